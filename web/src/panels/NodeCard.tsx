/** What a node type is, beside its row in the library: what it takes, what it gives, what it does. */
import { useLayoutEffect, useRef, useState, type CSSProperties } from "react";
import { createPortal } from "react-dom";

import { typeColor } from "@/canvas/colors";
import type { InputDef, NodeDef } from "@/formats/definitions";
import { text } from "@/formats/file";
import { partsOf } from "@/formats/parts";
import { widgetFor } from "@/formats/widgets";
import { t } from "@/i18n";
import { replacementStore } from "@/missing/table";
import { serverDefs } from "@/session/store";

import styles from "./Library.module.css";

interface Props {
  readonly def: NodeDef;
  readonly anchor: HTMLElement;
}

const GAP = 8;
const MOST = 12;
const nameOf = (input: InputDef): string => text(input.options["display_name"]) || input.name.replaceAll("_", " ");

export function NodeCard({ def, anchor }: Props) {
  const card = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<CSSProperties>({ visibility: "hidden" });
  const told = replacementStore((state) => state[def.type]);
  useLayoutEffect(() => {
    const box = anchor.getBoundingClientRect();
    const height = card.current?.offsetHeight ?? 0;
    const edge = anchor.closest("aside")?.getBoundingClientRect().right ?? box.right;
    setPlace({ left: edge + GAP, top: Math.max(GAP, Math.min(box.top - GAP, window.innerHeight - height - GAP)) });
  }, [anchor, def]);
  const inputs = partsOf(def, {});
  const sockets = inputs.filter((input) => widgetFor(input) === null);
  const widgets = inputs.filter((input) => widgetFor(input) !== null);
  return createPortal(
    <div ref={card} id="node-card" role="tooltip" className={styles.card} style={place}>
      <strong>{def.title}</strong>
      <small>{def.category.replaceAll("/", " › ")}</small>
      {def.description !== "" && <p>{def.description}</p>}
      {def.deprecated && <p className={styles.old}>{told === undefined ? t("help.node.deprecated") : t("help.node.replacedBy", { name: serverDefs()[told.type]?.title ?? told.type })}</p>}
      <div className={styles.sockets}>
        <ul>
          {sockets.slice(0, MOST).map((input) => (
            <Socket key={input.name} name={nameOf(input)} type={input.type} />
          ))}
        </ul>
        <ul data-end>
          {def.outputs.slice(0, MOST).map((output, i) => (
            <Socket key={i} name={output.name} type={output.type} />
          ))}
        </ul>
      </div>
      {widgets.length > 0 && (
        <ul className={styles.fields}>
          {widgets.slice(0, MOST).map((input) => (
            <li key={input.name}>
              <span>{nameOf(input)}</span>
              <span>{shown(input)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>,
    document.body,
  );
}

function Socket({ name, type }: { readonly name: string; readonly type: string }) {
  return (
    <li title={type}>
      <span className={styles.dot} style={{ "--socket": typeColor(type) } as CSSProperties} />
      {name.replaceAll("_", " ")}
    </li>
  );
}

function shown({ choices, options }: InputDef): string {
  const value = options["default"] ?? choices?.[0];
  if (typeof value === "object" || value === undefined) return "";
  const words = String(value);
  return words.length > 28 ? `${words.slice(0, 27)}…` : words;
}
