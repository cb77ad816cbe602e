/** The right edge: the selected node in full, else the last result. */
import { X } from "lucide-react";

import { viewUrl } from "@/api/client";
import { useDef } from "@/app/session";
import { uiStore } from "@/app/ui";
import { NODE_COLORS } from "@/canvas/colors";
import { useFace, useRun, useTitle, useWidgets } from "@/canvas/hooks";
import { t } from "@/i18n";
import { updateNode, updateNodes } from "@/model/actions";
import { documentStore, transact } from "@/model/document";
import { hasOwnRow } from "@/model/geometry";
import { MODE, type NodeId } from "@/model/types";
import { runtimeStore } from "@/runtime/store";
import { SubgraphSection } from "@/subgraphs/SubgraphSection";
import { IconButton } from "@/ui/IconButton";
import { PlaceContext } from "@/widgets/place";
import { WidgetRow } from "@/widgets/WidgetRow";

import styles from "./Inspector.module.css";
import { InspectorLinks } from "./InspectorLinks";

export function Inspector() {
  const nodes = documentStore((state) => state.selection.nodes);
  const only = nodes.length === 1 ? nodes[0] : undefined;
  return (
    <aside className={styles.inspector} aria-label={t("action.inspector")}>
      <header className={styles.head}>
        <h2>{only === undefined ? t(nodes.length > 1 ? "inspector.many" : "inspector.result", { count: nodes.length }) : t("inspector.id", { id: only })}</h2>
        <IconButton label={t("action.close")} onClick={() => uiStore.setState({ inspector: false })}>
          <X size={15} />
        </IconButton>
      </header>
      <PlaceContext value="panel">
      <div className={styles.scroll}>
        {only !== undefined && <NodeDetails key={only} id={only} />}
        {nodes.length > 1 && <Modes ids={nodes} />}
        {nodes.length === 0 && <LastResult />}
      </div>
      </PlaceContext>
    </aside>
  );
}

function LastResult() {
  const item = runtimeStore((state) => state.gallery[0]);
  const items = runtimeStore((state) => state.gallery);
  if (item === undefined) return <p className={styles.hint}>{t("inspector.nothing")}</p>;
  return (
    <>
      <button type="button" className={styles.result} onClick={() => uiStore.setState({ lightbox: { items, index: 0 } })} aria-label={t("gallery.open", { name: item.filename })}>
        <img src={viewUrl(item)} alt={item.filename} />
      </button>
      <p className={styles.hint}>{item.filename}</p>
    </>
  );
}

function NodeDetails({ id }: { readonly id: NodeId }) {
  const face = useFace(id);
  const title = useTitle(id);
  const def = useDef(face?.type ?? "");
  const error = useRun(id, (run) => run.error);
  const trace = useRun(id, (run) => run.traceback);
  const all = useWidgets(id, def);
  if (face === undefined) return null;
  const widgets = all.filter((widget) => hasOwnRow(widget) && widget.kind !== "upload");
  return (
    <>
      <section className={styles.section}>
        <label className={styles.label} htmlFor={`title-${id}`}>
          {t("inspector.title")}
        </label>
        <input
          id={`title-${id}`}
          key={title}
          className={styles.text}
          defaultValue={title}
          onBlur={(event) => {
            const next = event.target.value.trim();
            if (next !== title) transact("step.rename", (doc) => updateNode(doc, id, { title: next === "" ? null : next }));
          }}
        />
        {def !== undefined && <p className={styles.hint}>{def.description || def.category.replaceAll("/", " › ")}</p>}
      </section>
      {error !== null && (
        <section className={styles.section}>
          <h3 className={styles.label}>{t("inspector.error")}</h3>
          <p className={styles.error}>{error}</p>
          {trace.length > 0 && (
            <details className={styles.trace}>
              <summary>{t("inspector.trace")}</summary>
              <pre>{trace.join("")}</pre>
            </details>
          )}
        </section>
      )}
      <Modes ids={[id]} />
      {widgets.length > 0 && (
        <section className={styles.section}>
          <h3 className={styles.label}>{t("inspector.parameters")}</h3>
          <div className={styles.widgets}>
            {widgets.map((widget) => (
              <WidgetRow key={widget.key} node={id} widget={widget} />
            ))}
          </div>
        </section>
      )}
      <SubgraphSection id={id} />
      <InspectorLinks id={id} />
      <Colors id={id} color={face.color} />
    </>
  );
}

function Modes({ ids }: { readonly ids: readonly NodeId[] }) {
  const mode = documentStore(({ doc }) => {
    const modes = new Set(ids.map((id) => doc.nodes[id]?.mode));
    return modes.size === 1 ? [...modes][0] : undefined;
  });
  const all = [
    { value: MODE.always, label: t("inspector.active") },
    { value: MODE.muted, label: t("node.muted") },
    { value: MODE.bypassed, label: t("node.bypassed") },
  ];
  return (
    <section className={styles.section}>
      <h3 className={styles.label}>{t("inspector.state")}</h3>
      <div className={styles.modes} role="radiogroup" aria-label={t("inspector.state")}>
        {all.map(({ value, label }) => (
          <button key={value} type="button" role="radio" aria-checked={mode === value} onClick={() => transact("step.mute", (doc) => updateNodes(doc, ids, () => ({ mode: value })))}>
            {label}
          </button>
        ))}
      </div>
    </section>
  );
}

function Colors({ id, color }: { readonly id: NodeId; readonly color: string | null }) {
  const set = (next: string | null): void => transact("step.color", (doc) => updateNode(doc, id, { color: next }));
  return (
    <section className={styles.section}>
      <h3 className={styles.label}>{t("inspector.color")}</h3>
      <div className={styles.colors}>
        <button type="button" aria-label={t("inspector.noColor")} aria-pressed={color === null} onClick={() => set(null)} />
        {NODE_COLORS.map(({ file, tint }) => (
          <button key={file} type="button" style={{ background: tint }} aria-label={tint} aria-pressed={color === file} onClick={() => set(file)} />
        ))}
      </div>
    </section>
  );
}
