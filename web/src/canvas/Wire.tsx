/** A wire in the colour of its type, with a casing that keeps crossings readable; it runs from bend to bend. */
import { BaseEdge, EdgeLabelRenderer, useStore, type ConnectionLineComponentProps, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { useShallow } from "zustand/react/shallow";

import { currentDefs } from "@/session/store";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { outputType } from "@/model/matching";
import { MODE, type Doc, type DocLink } from "@/model/types";
import { wiresThrough } from "@/model/reroutes";
import { uiStore } from "@/session/ui";

import { turnAt } from "./bends";
import { typeColor } from "./colors";
import { bendOf, type CanvasEdge, type CanvasNode } from "./derive";
import { hands } from "./hands";
import { useLinkStyle } from "./preferences";
import styles from "./Wire.module.css";
import { WireName } from "./WireName";
import { wirePath, type Turn } from "./wirePath";

const HIT_WIDTH = 14;
/** With more wires than this the area around each costs more than it helps. */
const MANY = 500;

/** The wire that a stretch is drawn for: of those that share it, the first. */
function linkOf(doc: Doc, id: string): DocLink | undefined {
  const bend = bendOf(id);
  return bend === null ? doc.links[Number(id)] : wiresThrough(doc, bend)[0];
}

export function typeOfLink(doc: Doc, link: DocLink | undefined): string {
  if (link === undefined) return "*";
  return doc.nodes[link.from]?.outputs[link.slot] === undefined ? link.type : outputType(doc, currentDefs(), link.from, link.slot);
}

const isMuted = (doc: Doc, id: string | undefined): boolean => id !== undefined && doc.nodes[id]?.mode === MODE.muted;

/** A bend at one end of a stretch, or the socket where React Flow says that it is. */
function useEnd(id: string, x: number, y: number): Turn {
  const bend = bendOf(id);
  const turn = documentStore(({ doc }) => (bend === null ? null : turnAt(doc, bend)));
  return turn ?? { x, y };
}

export const Wire = memo(function Wire({ id, selected, source, target, sourceX, sourceY, targetX, targetY }: EdgeProps<CanvasEdge>) {
  const { link, type, isQuiet, isNamed } = documentStore(
    useShallow(({ doc }) => {
      const found = linkOf(doc, id);
      return { link: found?.id ?? -1, type: typeOfLink(doc, found), isQuiet: isMuted(doc, found?.from) || isMuted(doc, found?.to), isNamed: found?.label !== null && bendOf(id) === null };
    }),
  );
  const isLifted = uiStore((state) => state.lifted === link);
  const isNaming = hands((state) => state.naming === Number(id));
  const mark = hands((state) => (state.marked.has(id) ? state.mark : null));
  const style = useLinkStyle();
  const hasMany = useStore((state) => state.edges.length > MANY);
  const from = useEnd(source, sourceX, sourceY);
  const to = useEnd(target, targetX, targetY);
  const path = wirePath(style, [from, to]);
  return (
    <g
      className={styles.wire}
      data-selected={selected === true || undefined}
      data-quiet={isQuiet || undefined}
      data-lifted={(isLifted && bendOf(id) === null) || undefined}
      data-mark={mark ?? undefined}
      data-testid={`wire-${id}`}
      onMouseEnter={() => uiStore.setState({ hoveredLink: link })}
      onMouseLeave={() => uiStore.setState({ hoveredLink: null })}
    >
      <path d={path} className={styles.casing} />
      <BaseEdge path={path} style={{ stroke: typeColor(type) }} interactionWidth={hasMany ? 0 : HIT_WIDTH} />
      {(isNamed || isNaming) && (
        <EdgeLabelRenderer>
          <WireName link={link} x={(from.x + to.x) / 2} y={(from.y + to.y) / 2} type={type} />
        </EdgeLabelRenderer>
      )}
    </g>
  );
});

export function LooseWire({ fromX, fromY, toX, toY, fromHandle, connectionStatus }: ConnectionLineComponentProps<CanvasNode>) {
  const type = uiStore((state) => state.wire?.type ?? "*");
  const style = useLinkStyle();
  const from = useEnd(fromHandle.nodeId, fromX, fromY);
  const ends = [from, { x: toX, y: toY }];
  return (
    <g className={styles.wire} data-status={connectionStatus ?? undefined} aria-label={t("links.loose")}>
      <path d={wirePath(style, fromHandle.type === "target" ? ends.toReversed() : ends)} className={styles.loose} style={{ stroke: typeColor(type) }} />
      <circle cx={toX} cy={toY} r={4} style={{ fill: typeColor(type) }} />
    </g>
  );
}
