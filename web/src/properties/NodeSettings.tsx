/** How nodes look and whether they run: title, state, colour, size, and a person's remark. */
import { useId } from "react";

import { NODE_COLORS } from "@/canvas/colors";
import { t, type MessageKey } from "@/i18n";
import { updateNode, updateNodes } from "@/model/actions";
import { documentStore, transact } from "@/model/document";
import { defaultSize, estimatedSize, MIN_WIDTH } from "@/model/geometry";
import { MODE, type DocNode, type NodeId } from "@/model/types";
import { useDefs } from "@/session/store";

import { noteOf, withNote } from "./info";
import styles from "./Properties.module.css";
import { agreed } from "./several";

interface Props {
  readonly ids: readonly NodeId[];
}

export function NodeSettings({ ids }: Props) {
  const only = ids.length === 1 ? ids[0] : undefined;
  return (
    <>
      {only !== undefined && <Title id={only} />}
      <Modes ids={ids} />
      <Colors ids={ids} />
      <Flags ids={ids} />
      <SizeFields ids={ids} />
      {only !== undefined && <Note key={only} id={only} />}
    </>
  );
}

function Title({ id }: { readonly id: NodeId }) {
  const title = documentStore((state) => state.doc.nodes[id]?.title ?? "");
  const type = documentStore((state) => state.doc.nodes[id]?.type ?? "");
  const defs = useDefs();
  const field = useId();
  return (
    <section className={styles.section}>
      <label className={styles.label} htmlFor={field}>
        {t("inspector.title")}
      </label>
      <input
        id={field}
        key={title}
        className={styles.text}
        defaultValue={title}
        placeholder={defs[type]?.title ?? type}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
        }}
        onBlur={(event) => {
          const next = event.target.value.trim();
          if (next !== title) transact("step.rename", (doc) => updateNode(doc, id, { title: next === "" ? null : next }));
        }}
      />
    </section>
  );
}

const MODES: readonly (readonly [number, MessageKey])[] = [[MODE.always, "inspector.active"], [MODE.muted, "node.muted"], [MODE.bypassed, "node.bypassed"]];

function Modes({ ids }: Props) {
  const mode = documentStore(({ doc }) => agreed(doc, ids, (node) => node.mode));
  return (
    <section className={styles.section}>
      <h3 className={styles.label}>{t("inspector.state")}</h3>
      <div className={styles.modes} role="group" aria-label={t("inspector.state")}>
        {MODES.map(([value, label]) => (
          <button key={value} type="button" aria-pressed={mode === value} onClick={() => transact("step.mute", (doc) => updateNodes(doc, ids, () => ({ mode: value })))}>
            {t(label)}
          </button>
        ))}
      </div>
    </section>
  );
}

function Colors({ ids }: Props) {
  const color = documentStore(({ doc }) => agreed(doc, ids, (node) => node.color));
  const set = (next: string | null): void => transact("step.color", (doc) => updateNodes(doc, ids, () => ({ color: next })));
  const isOwn = typeof color === "string" && !NODE_COLORS.some(({ file }) => file === color);
  return (
    <section className={styles.section}>
      <h3 className={styles.label}>{t("inspector.color")}</h3>
      <div className={styles.colors}>
        <button type="button" data-none aria-label={t("inspector.noColor")} aria-pressed={color === null} onClick={() => set(null)} />
        {NODE_COLORS.map(({ file, tint }, i) => (
          <button key={file} type="button" style={{ background: tint }} aria-label={t("properties.colorNumber", { index: i + 1 })} aria-pressed={color === file} onClick={() => set(file)} />
        ))}
        <input type="color" aria-label={t("properties.ownColor")} title={t("properties.ownColor")} data-own={isOwn || undefined} value={/^#[0-9a-f]{6}$/i.test(color ?? "") ? (color ?? "#888888") : "#888888"} onChange={(event) => transact("step.color", (doc) => updateNodes(doc, ids, () => ({ color: event.target.value })), "node-color")} />
      </div>
    </section>
  );
}

const FLAGS = [["pinned", "properties.pinned", "step.pin"], ["collapsed", "properties.collapsed", "step.collapse"]] as const;

function Flags({ ids }: Props) {
  const doc = documentStore((state) => state.doc);
  return (
    <section className={styles.section}>
      {FLAGS.map(([flag, label, step]) => {
        const value = agreed(doc, ids, (node) => node[flag]);
        return (
          <label key={flag} className={styles.check}>
            <input type="checkbox" checked={value === true} ref={(element) => { if (element !== null) element.indeterminate = value === undefined; }} onChange={(event) => transact(step, (now) => updateNodes(now, ids, () => ({ [flag]: event.target.checked })))} />
            {t(label)}
          </label>
        );
      })}
    </section>
  );
}

function SizeFields({ ids }: Props) {
  const defs = useDefs();
  const doc = documentStore((state) => state.doc);
  const sizeOf = (node: DocNode): { width: number; height: number } => ({ width: node.size.width, height: Math.max(node.size.height, estimatedSize({ ...node, collapsed: false }, defs[node.type]).height) });
  const width = agreed(doc, ids, (node) => Math.round(sizeOf(node).width));
  const height = agreed(doc, ids, (node) => Math.round(sizeOf(node).height));
  const set = (change: Partial<DocNode["size"]>): void => transact("step.resize", (now) => updateNodes(now, ids, (node) => ({ size: { ...node.size, ...change } })));
  const natural = (): void => transact("step.resize", (now) => updateNodes(now, ids, (node) => ({ size: defaultSize(node, defs[node.type]) })));
  return (
    <section className={styles.section}>
      <h3 className={styles.label}>{t("properties.size")}</h3>
      <div className={styles.pair}>
        <Amount key={`w${width ?? ""}`} label={t("properties.width")} value={width} least={MIN_WIDTH - 70} onChange={(value) => set({ width: value })} />
        <span aria-hidden>×</span>
        <Amount key={`h${height ?? ""}`} label={t("properties.height")} value={height} least={40} onChange={(value) => set({ height: value })} />
        <button type="button" className={styles.button} onClick={natural}>
          {t("properties.natural")}
        </button>
      </div>
    </section>
  );
}

interface AmountProps {
  readonly label: string;
  readonly value: number | undefined;
  readonly least: number;
  readonly onChange: (value: number) => void;
}

function Amount({ label, value, least, onChange }: AmountProps) {
  const commit = (text: string): void => {
    const next = Math.round(Number(text));
    if (text.trim() !== "" && Number.isFinite(next) && next !== value) onChange(Math.max(least, Math.min(4000, next)));
  };
  return <input className={styles.text} type="text" inputMode="numeric" aria-label={label} defaultValue={value ?? ""} placeholder={t("properties.mixed")} onBlur={(event) => commit(event.target.value)} onKeyDown={(event) => { if (event.key === "Enter") event.currentTarget.blur(); }} />;
}

function Note({ id }: { readonly id: NodeId }) {
  const text = documentStore(({ doc }) => { const node = doc.nodes[id]; return node === undefined ? "" : noteOf(node); });
  const field = useId();
  return (
    <section className={styles.section}>
      <label className={styles.label} htmlFor={field}>
        {t("properties.note")}
      </label>
      <textarea
        id={field}
        key={text}
        className={styles.area}
        rows={3}
        defaultValue={text}
        placeholder={t("properties.noteHint")}
        onBlur={(event) => {
          const next = event.target.value;
          if (next !== text) transact("properties.step.note", (doc) => updateNodes(doc, [id], (node) => withNote(node, next)));
        }}
      />
    </section>
  );
}
