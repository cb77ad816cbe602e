/** The inspector's part about subgraphs: what an instance shows of its inside, and its definition; inside, what is shown outside. */
import { ArrowDown, ArrowUp, EyeOff } from "lucide-react";
import { useId, useMemo, useState } from "react";
import { useShallow } from "zustand/react/shallow";

import { t } from "@/i18n";
import { currentPath, documentStore, transactWhole } from "@/model/document";
import { linkInto } from "@/model/links";
import { pageOf } from "@/model/pages";
import { isOutput, movePort, portsOf, renamePort } from "@/model/ports";
import { isPromoted, previewsOf, promotable, promotedInputs } from "@/model/promote";
import { describe, forbiddenAt, instanceCount, recolor } from "@/model/subgraphs";
import { INPUT_SIDE, isSide, type NodeId } from "@/model/types";
import { runCommand } from "@/palette/registry";
import { serverDefs, titleOf, useDefs } from "@/session/store";
import { IconButton } from "@/ui/IconButton";
import { labelOf } from "@/widgets/WidgetRow";

import { convertTo, promoteWidget, setPreviewShown, showInput, showOutput, unpromoteWidget } from "./edit";
import styles from "./SubgraphSection.module.css";

export function SubgraphSection({ id }: { readonly id: NodeId }) {
  const type = documentStore(({ doc }) => (doc.subgraphs[doc.nodes[id]?.type ?? ""] === undefined ? null : (doc.nodes[id]?.type ?? null)));
  const isInside = documentStore(({ path }) => path.length > 0);
  if (type !== null)
    return (
      <>
        <ShownOutside id={id} type={type} />
        <Inside id={id} type={type} />
        <Definition id={id} type={type} />
      </>
    );
  return isInside && !isSide(id) ? <ToOutside id={id} /> : null;
}

/** The widgets that the instance shows: in order, by name. */
function ShownOutside({ id, type }: { readonly id: NodeId; readonly type: string }) {
  const names = documentStore(useShallow(({ whole }) => promotedInputs(whole, type)));
  const ports = documentStore(({ whole }) => portsOf(whole.subgraphs[type], "input"));
  const slotOf = (name: string | undefined): number => ports.findIndex((port) => port.name === name);
  const move = (name: string, other: string | undefined): void => transactWhole("subgraphs.step.port", (whole) => movePort(whole, type, "input", slotOf(name), slotOf(other)), `port:${name}:${other ?? ""}`);
  return (
    <section className={styles.section}>
      <h3 className={styles.label}>{t("subgraphs.shownOutside")}</h3>
      {names.length === 0 && <p className={styles.hint}>{t("subgraphs.nothingShown")}</p>}
      <ol className={styles.list}>
        {names.map((name, i) => {
          const port = ports[slotOf(name)];
          const label = port?.label ?? name.replaceAll("_", " ");
          return (
            <li key={name} className={styles.row}>
              <input
                key={label}
                className={styles.name}
                aria-label={t("subgraphs.socketName")}
                defaultValue={label}
                onBlur={(event) => {
                  const text = event.target.value;
                  if (text !== label) transactWhole("subgraphs.step.port", (whole) => renamePort(whole, type, "input", slotOf(name), text), `name:${name}`);
                }}
                onKeyDown={(event) => { if (event.key === "Enter") event.currentTarget.blur(); }}
              />
              <IconButton label={t("subgraphs.up")} disabled={i === 0} onClick={() => move(name, names[i - 1])}>
                <ArrowUp size={13} />
              </IconButton>
              <IconButton label={t("subgraphs.down")} disabled={i === names.length - 1} onClick={() => move(name, names[i + 1])}>
                <ArrowDown size={13} />
              </IconButton>
              <IconButton label={t("subgraphs.hide", { name: label })} onClick={() => unpromoteWidget([...currentPath(), id], name)}>
                <EyeOff size={13} />
              </IconButton>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** All widgets and pictures of the inside, to be shown or not. */
function Inside({ id, type }: { readonly id: NodeId; readonly type: string }) {
  const defs = useDefs();
  const subgraph = documentStore(({ whole }) => whole.subgraphs[type]);
  const whole = documentStore((state) => state.whole);
  const shown = documentStore(useShallow(({ doc }) => previewsOf(doc.nodes[id])));
  const nodes = useMemo(() => {
    const page = pageOf(whole, [...currentPath(), id]);
    return Object.keys(subgraph?.nodes ?? {})
      .filter((inner) => !isSide(inner))
      .map((inner) => ({ id: inner, title: titleOf(page, defs, inner), hasPictures: defs[page.nodes[inner]?.type ?? ""]?.isOutput === true, widgets: promotable(page, serverDefs(), inner).map((widget) => ({ widget, on: isPromoted(page, inner, widget.name) })) }))
      .filter(({ widgets, hasPictures }) => widgets.length > 0 || hasPictures);
  }, [whole, subgraph, id, defs]);
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.section} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={styles.summary}>{t("subgraphs.choose")}</summary>
      {nodes.length === 0 && <p className={styles.hint}>{t("subgraphs.noPromotable")}</p>}
      {isOpen && nodes.map((node) => (
        <fieldset key={node.id} className={styles.node}>
          <legend>{node.title}</legend>
          {node.widgets.map(({ widget, on }) => (
            <Choice key={widget.key} label={labelOf(widget)} isOn={on} onChange={(next) => choose(id, type, node.id, widget.name, next)} />
          ))}
          {node.hasPictures && <Choice label={t("subgraphs.previews")} isOn={shown.includes(node.id)} onChange={(next) => setPreviewShown(id, node.id, next)} />}
        </fieldset>
      ))}
    </details>
  );
}

function choose(id: NodeId, type: string, inner: NodeId, input: string, isOn: boolean): void {
  const path = [...currentPath(), id];
  if (isOn) return promoteWidget(path, inner, input);
  const { whole } = documentStore.getState();
  const link = Object.values(whole.subgraphs[type]?.links ?? {}).find((candidate) => candidate.to === inner && candidate.input === input);
  const name = link === undefined ? undefined : portsOf(whole.subgraphs[type], "input")[link.slot]?.name;
  if (name !== undefined) unpromoteWidget(path, name);
}

function Choice({ label, isOn, onChange }: { readonly label: string; readonly isOn: boolean; readonly onChange: (isOn: boolean) => void }) {
  return (
    <label className={styles.choice}>
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}

/** Inside a subgraph: which of the node's widgets and sockets the instance has. */
function ToOutside({ id }: { readonly id: NodeId }) {
  const doc = documentStore((state) => state.doc);
  const isDeep = documentStore((state) => state.path.length > 1);
  const node = doc.nodes[id];
  const widgets = promotable(doc, serverDefs(), id);
  const sockets = node?.inputs.filter((socket) => !socket.isWidget && [undefined, INPUT_SIDE].includes(linkInto(doc, id, socket.name)?.from)) ?? [];
  if (node === undefined || widgets.length + sockets.length + node.outputs.length === 0) return null;
  return (
    <section className={styles.section}>
      <h3 className={styles.label}>{t("subgraphs.onInstance")}</h3>
      {widgets.map((widget) => (
        <Choice key={widget.key} label={labelOf(widget)} isOn={isPromoted(doc, id, widget.name)} onChange={(isOn) => showInput(id, widget.name, isOn)} />
      ))}
      {sockets.map((socket) => (
        <Choice key={socket.name} label={socket.label ?? socket.name.replaceAll("_", " ")} isOn={isPromoted(doc, id, socket.name)} onChange={(isOn) => showInput(id, socket.name, isOn)} />
      ))}
      {node.outputs.map((output, slot) => (
        <Choice key={slot} label={t("subgraphs.outputOf", { name: output.label ?? output.name })} isOn={isOutput(doc, id, slot)} onChange={(isOn) => showOutput(id, slot, isOn)} />
      ))}
      {isDeep && widgets.length > 0 && (
        <button type="button" className={styles.button} onClick={() => runCommand("promoteThrough")}>
          {t("subgraphs.command.promoteAll")}
        </button>
      )}
    </section>
  );
}

function Definition({ id, type }: { readonly id: NodeId; readonly type: string }) {
  const name = documentStore(({ whole }) => whole.subgraphs[type]?.name ?? "");
  const description = documentStore(({ whole }) => String(whole.subgraphs[type]?.raw["description"] ?? ""));
  const category = documentStore(({ whole }) => String(whole.subgraphs[type]?.raw["category"] ?? ""));
  const count = documentStore(({ whole }) => instanceCount(whole, type));
  const others = documentStore(useShallow(({ whole, path }) => {
    const out = forbiddenAt(whole, path);
    return Object.values(whole.subgraphs).filter((subgraph) => !out.has(subgraph.id));
  }));
  const color = documentStore(({ doc }) => doc.nodes[id]?.color ?? null);
  const keep = (change: Parameters<typeof describe>[2]): void => transactWhole("subgraphs.step.describe", (whole) => describe(whole, type, change), `describe:${Object.keys(change).join()}`);
  const definitionId = useId();
  return (
    <section className={styles.section}>
      <h3 className={styles.label}>{`${t("subgraphs.definition")} · ${t("subgraphs.count", { count })}`}</h3>
      <div className={styles.form}>
        <Text label={t("subgraphs.name")} value={name} onKeep={(text) => keep({ name: text })} />
        <Text label={t("subgraphs.description")} value={description} onKeep={(text) => keep({ description: text })} />
        <Text label={t("subgraphs.category")} value={category} onKeep={(text) => keep({ category: text })} />
        <label className={styles.label} htmlFor={definitionId}>
          {t("subgraphs.definition")}
        </label>
        <select id={definitionId} className={styles.text} value={type} onChange={(event) => convertTo(id, event.target.value)}>
          {others.map((subgraph) => (
            <option key={subgraph.id} value={subgraph.id}>
              {subgraph.name}
            </option>
          ))}
        </select>
        {count > 1 && <Action id="independentSubgraph" label={t("subgraphs.command.independent")} />}
        {count > 1 && (
          <button type="button" className={styles.button} onClick={() => transactWhole("subgraphs.step.color", (whole) => recolor(whole, type, color))}>
            {t("subgraphs.colourAll")}
          </button>
        )}
        <Action id="publishSubgraph" label={t("subgraphs.command.publish")} />
        <Action id="unpackSubgraph" label={t("subgraphs.command.unpack")} />
      </div>
    </section>
  );
}

function Action({ id, label }: { readonly id: string; readonly label: string }) {
  return (
    <button type="button" className={styles.button} onClick={() => runCommand(id)}>
      {label}
    </button>
  );
}

function Text({ label, value, onKeep }: { readonly label: string; readonly value: string; readonly onKeep: (text: string) => void }) {
  const id = useId();
  return (
    <>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <input id={id} key={value} className={styles.text} defaultValue={value} onBlur={(event) => { if (event.target.value !== value) onKeep(event.target.value); }} onKeyDown={(event) => { if (event.key === "Enter") event.currentTarget.blur(); }} />
    </>
  );
}
