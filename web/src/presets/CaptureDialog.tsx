/** A value set is made: a name, and check marks for the widgets whose values belong to it. */
import { useState, type FormEvent } from "react";

import { widgetsIn, type Widget } from "@/formats/widgets";
import { t } from "@/i18n";
import { currentDoc, currentPath, currentSelection, currentWhole, transactWhole } from "@/model/document";
import { linkInto } from "@/model/links";
import { subgraphAt } from "@/model/pages";
import { currentDefs, titleOf } from "@/session/store";
import { nameOf } from "@/sweeps/document";
import { labelOf } from "@/sweeps/spec";
import { Dialog, dialogStyles } from "@/ui/Dialog";

import styles from "./Presets.module.css";
import { capture, putSet } from "./sets";
import { setupView } from "./view";

const close = (): void => setupView.setState({ isCapturing: false });

export function CaptureDialog() {
  const isOpen = setupView((state) => state.isCapturing);
  if (!isOpen) return null;
  return (
    <Dialog title={t("presets.capture.title")} description={t("presets.capture.hint")} isOpen wide onClose={close}>
      <Form />
    </Dialog>
  );
}

interface Row {
  readonly node: string;
  readonly title: string;
  readonly widgets: readonly Widget[];
}

/** Widgets of the selected nodes whose values count: those that no wire feeds. */
function rowsHere(): readonly Row[] {
  const doc = currentDoc();
  const defs = currentDefs();
  return currentSelection().nodes.flatMap((id) => {
    const node = doc.nodes[id];
    const def = node === undefined ? undefined : defs[node.type];
    if (node === undefined || def === undefined) return [];
    const widgets = widgetsIn(def, node).filter((widget) => widget.inPrompt && linkInto(doc, id, widget.name) === undefined);
    return widgets.length === 0 ? [] : [{ node: id, title: titleOf(doc, defs, id), widgets }];
  });
}

const mark = (node: string, key: string): string => `${node}|${key}`;

function Form() {
  const [rows] = useState(rowsHere);
  const [name, setName] = useState("");
  const [out, setOut] = useState<ReadonlySet<string>>(new Set());
  const chosen = rows.map(({ node, widgets }) => ({ node, keys: widgets.map((widget) => widget.key).filter((key) => !out.has(mark(node, key))) }));
  const canSave = name.trim() !== "" && chosen.some(({ keys }) => keys.length > 0);
  const check = (key: string, isOn: boolean): void => setOut(new Set(isOn ? [...out].filter((other) => other !== key) : [...out, key]));
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (!canSave) return;
    const page = subgraphAt(currentWhole(), currentPath()) ?? null;
    transactWhole("presets.step.capture", (whole) => putSet(whole, capture(whole, currentDefs(), page, chosen, name)));
    close();
  };
  return (
    <form className={styles.form} onSubmit={save}>
      <label className={styles.stack}>
        <span>{t("presets.name")}</span>
        <input className={dialogStyles.text} value={name} autoFocus autoComplete="off" data-testid="set-name" onChange={(event) => setName(event.target.value)} />
      </label>
      <div className={styles.list}>
        {rows.map(({ node, title, widgets }) => (
          <fieldset key={node} className={styles.group}>
            <legend>{title}</legend>
            {widgets.map((widget) => (
              <label key={widget.key} className={styles.check}>
                <input type="checkbox" checked={!out.has(mark(node, widget.key))} onChange={(event) => check(mark(node, widget.key), event.target.checked)} />
                <span>{nameOf(widget)}</span>
                <small>{labelOf(currentDoc().nodes[node]?.values[widget.key] ?? "")}</small>
              </label>
            ))}
          </fieldset>
        ))}
        {rows.length === 0 && <p className={styles.hint}>{t("presets.capture.nothing")}</p>}
      </div>
      <div className={dialogStyles.actions}>
        <button type="button" className={dialogStyles.secondary} onClick={close}>
          {t("action.cancel")}
        </button>
        <button type="submit" className={dialogStyles.primary} disabled={!canSave} data-testid="set-save">
          {t("presets.capture.save")}
        </button>
      </div>
    </form>
  );
}
