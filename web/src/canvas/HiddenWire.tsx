/** A wire that is not drawn: a stub and a tag at either end; the whole wire shows under the pointer, and a tag leads to the other end. */
import { EdgeLabelRenderer, type EdgeProps } from "@xyflow/react";
import { MoveRight } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { memo, type CSSProperties, type MouseEvent, type ReactNode } from "react";
import { useShallow } from "zustand/react/shallow";

import { currentDefs, titleOf } from "@/session/store";
import { t } from "@/i18n";
import { currentDoc, documentStore } from "@/model/document";
import { linksOutOf } from "@/model/links";
import type { Doc, DocLink, NodeId } from "@/model/types";
import { uiStore } from "@/session/ui";
import menu from "@/ui/Menu.module.css";

import { turnsOf } from "./bends";
import { typeColor } from "./colors";
import type { CanvasEdge } from "./derive";
import { hands } from "./hands";
import { useLinkStyle } from "./preferences";
import { showNode } from "./viewport";
import styles from "./Wire.module.css";
import { typeOfLink } from "./Wire";
import { NameEditor } from "./WireName";
import tags from "./WireTag.module.css";
import { wirePath } from "./wirePath";

const STUB = 14;

/** Hidden wires of the same output and name share the tag at that end. */
const sharing = (doc: Doc, link: DocLink): readonly DocLink[] => (link.label === null ? [link] : linksOutOf(doc, link.from, link.slot).filter((other) => other.hidden && other.label === link.label));

export const HiddenWire = memo(function HiddenWire({ id, selected, sourceX, sourceY, targetX, targetY }: EdgeProps<CanvasEdge>) {
  const link = Number(id);
  const { type, name, from, to, fromTitle, toTitle, count } = documentStore(
    useShallow(({ doc }) => {
      const found = doc.links[link];
      const alike = found === undefined ? [] : sharing(doc, found);
      return {
        ...{ type: typeOfLink(doc, found), name: found?.label ?? null, from: found?.from ?? "", to: found?.to ?? "" },
        ...{ fromTitle: titleOf(doc, currentDefs(), found?.from ?? ""), toTitle: titleOf(doc, currentDefs(), found?.to ?? "") },
        // Only the first of those that share a tag draws it.
        count: alike[0]?.id === link ? alike.length : 0,
      };
    }),
  );
  const isLit = uiStore((state) => state.hoveredLink === link);
  const isNaming = hands((state) => state.naming === link);
  const whole = documentStore(({ doc }) => (isLit || selected === true ? doc.links[link] : undefined));
  const turns = documentStore(useShallow(({ doc }) => (whole === undefined ? [] : turnsOf(doc, whole))));
  const style = useLinkStyle();
  const color = { stroke: typeColor(type) };
  const look = { type, isSelected: selected === true, isLit, isQuiet: name === null, link };
  return (
    <g className={styles.wire} data-selected={selected === true || undefined} data-testid={`wire-${id}`}>
      <path d={`M${sourceX} ${sourceY}h${STUB}M${targetX} ${targetY}h${-STUB}`} className="react-flow__edge-path" style={color} />
      {whole !== undefined && <path d={wirePath(style, [{ x: sourceX, y: sourceY }, ...turns, { x: targetX, y: targetY }])} className={styles.ghost} style={color} />}
      <EdgeLabelRenderer>
        {count > 0 && (
          <Place x={sourceX + STUB} y={sourceY} side="source">
            {isNaming ? (
              <NameEditor link={link} name={name ?? ""} />
            ) : count > 1 ? (
              <Targets {...look} text={name ?? ""} count={count} />
            ) : (
              <Tag {...look} text={name} title={toTitle} hint={t("links.jumpTo", { title: toTitle })} onJump={() => showNode(to)} />
            )}
          </Place>
        )}
        <Place x={targetX - STUB} y={targetY} side="target">
          {isNaming && count === 0 ? (
            <NameEditor link={link} name={name ?? ""} />
          ) : (
            <Tag {...look} text={name} title={fromTitle} hint={t("links.jumpTo", { title: fromTitle })} onJump={() => showNode(from)} />
          )}
        </Place>
      </EdgeLabelRenderer>
    </g>
  );
});

function Place({ x, y, side, children }: { readonly x: number; readonly y: number; readonly side: "source" | "target"; readonly children: ReactNode }) {
  const anchor = side === "source" ? "0" : "-100%";
  return (
    <div className={tags.place} style={{ transform: `translate(${anchor}, -50%) translate(${x}px, ${y}px)` }}>
      {children}
    </div>
  );
}

interface Look {
  readonly link: number;
  readonly type: string;
  readonly isSelected: boolean;
  readonly isLit: boolean;
  readonly isQuiet: boolean;
}

const light = (link: number | null): void => uiStore.setState({ hoveredLink: link });

function tagProps({ link, type, isSelected, isLit, isQuiet }: Look) {
  return {
    type: "button" as const,
    className: `${tags.tag} nodrag nopan`,
    style: { "--socket": typeColor(type) } as CSSProperties,
    "data-selected": isSelected || undefined,
    "data-lit": isLit || undefined,
    "data-quiet": isQuiet || undefined,
    "data-link": link,
    onMouseEnter: () => light(link),
    onMouseLeave: () => light(null),
    onFocus: () => light(link),
    onBlur: () => light(null),
  };
}

/** Tags belong to their wire, which a click would select. */
const stop = (event: MouseEvent): void => event.stopPropagation();

function jump(event: MouseEvent, onJump: () => void): void {
  stop(event);
  light(null);
  onJump();
}

interface TagProps extends Look {
  readonly text: string | null;
  readonly title: string;
  readonly hint: string;
  readonly onJump: () => void;
}

function Tag({ text, title, hint, onJump, ...look }: TagProps) {
  return (
    <button {...tagProps(look)} title={hint} aria-label={`${text ?? title}: ${hint}`} data-testid={`tag-${look.link}`} onClick={(event) => jump(event, onJump)} onDoubleClick={stop}>
      {text ?? <MoveRight size={12} />}
    </button>
  );
}

/** One name, several ends: the tag asks which. */
function Targets({ text, count, ...look }: Look & { readonly text: string; readonly count: number }) {
  const ends = (): readonly { readonly id: number; readonly to: NodeId; readonly title: string }[] => {
    const [doc, link] = [currentDoc(), currentDoc().links[look.link]];
    return link === undefined ? [] : sharing(doc, link).map(({ id, to, input }) => ({ id, to, title: `${titleOf(doc, currentDefs(), to)} · ${input}` }));
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button {...tagProps(look)} title={t("links.jump")} data-testid={`tag-${look.link}`}>
          {text} <span className={tags.count}>×{count}</span>
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={menu.menu} collisionPadding={12}>
          {ends().map(({ id, to, title }) => (
            <DropdownMenu.Item key={id} className={menu.item} onSelect={() => showNode(to)}>
              {title}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
