/** The editor of one widget's sweep. */
import { useState, type FormEvent, type ReactNode } from "react";

import { t } from "@/i18n";
import { currentWhole, documentStore, transactWhole } from "@/model/document";
import { graphOf } from "@/model/pages";
import type { Widget } from "@/formats/widgets";
import { serverDefs, useDefs } from "@/session/store";
import { Dialog, dialogStyles } from "@/ui/Dialog";

import { axesOf, nameOf, PLACES, putSweep, removeSweep, sweepAt, titleAt, valuesAt, widgetAt, type Place, type Spot, type Sweep } from "./document";
import { choicesOf, draftOf, modesOf, specOf, typed, type Draft, type Mode } from "./draft";
import { Checks, Numbers, Range, Replace, Seeds, Texts, type PartProps } from "./DraftFields";
import { countOf, product } from "./grid";
import { labelsOf } from "./spec";
import styles from "./SweepDialog.module.css";
import { editSweep, planSweeps, sweepView } from "./view";

export function SweepDialog() {
  const spot = sweepView((state) => state.editing);
  const defs = useDefs();
  const widget = documentStore((state) => (spot === null ? null : widgetAt(state.whole, defs, spot)));
  if (spot === null) return null;
  const title = widget === null ? t("sweeps.title") : t("sweeps.titleOf", { name: `${titleAt(currentWhole(), defs, spot)} · ${nameOf(widget)}` });
  return (
    <Dialog title={title} isOpen onClose={() => editSweep(null)}>
      {widget === null ? <p className={styles.hint}>{t("sweeps.fed")}</p> : <Editor key={`${spot.page}/${spot.node}/${spot.key}`} spot={spot} widget={widget} />}
    </Dialog>
  );
}

const PARTS: Readonly<Record<Mode, (props: PartProps) => ReactNode>> = { numbers: Numbers, range: Range, seeds: Seeds, checks: Checks, texts: Texts, replace: Replace };

function Editor({ spot, widget }: { readonly spot: Spot; readonly widget: Widget }) {
  const values = documentStore((state) => graphOf(state.whole, spot.page)?.nodes[spot.node]?.values) ?? {};
  const before = sweepAt(currentWhole(), spot);
  const [draft, setDraft] = useState(() => draftOf(widget, values, before?.spec ?? null));
  const [place, setPlace] = useState<Place | null>(before?.place ?? null);
  const modes = modesOf(widget, values);
  const spec = specOf(draft, widget);
  const sweep: Sweep | null = spec === null ? null : { ...spot, spec, place };
  const found = sweep === null ? [] : valuesAt(currentWhole(), widget, sweep);
  const Part = PARTS[draft.mode];
  const change = (next: Partial<Draft>): void => setDraft((now) => ({ ...now, ...next }));
  const close = (): void => editSweep(null);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (sweep === null || found.length === 0) return;
    transactWhole("sweeps.step.set", (whole) => putSweep(whole, sweep));
    close();
  };
  const remove = (): void => {
    transactWhole("sweeps.step.remove", (whole) => removeSweep(whole, spot));
    close();
  };
  return (
    <form className={styles.form} onSubmit={save}>
      {modes.length > 1 && (
        <div className={styles.modes} role="radiogroup" aria-label={t("sweeps.mode")}>
          {modes.map((mode) => (
            <label key={mode}>
              <input type="radio" name="sweep-mode" checked={draft.mode === mode} onChange={() => change({ mode })} />
              <span>{t(`sweeps.modes.${mode}`)}</span>
            </label>
          ))}
        </div>
      )}
      <Part draft={draft} widget={widget} now={values[widget.key]} choices={choicesOf(widget)} onChange={change} />
      {typed(draft, widget).bad.length > 0 && <p className={styles.bad} role="alert">{t("sweeps.bad", { values: typed(draft, widget).bad.join(", ") })}</p>}
      <p className={styles.values} aria-live="polite">
        {sweep === null || found.length === 0 ? t("sweeps.noValues") : t("sweeps.values", { count: found.length, values: shortened(labelsOf(sweep.spec, found)) })}
      </p>
      <label className={styles.line}>
        <span>{t("sweeps.place")}</span>
        <select className={styles.select} value={place ?? ""} onChange={(event) => setPlace(PLACES.find((name) => name === event.target.value) ?? null)}>
          <option value="">{t("sweeps.places.auto")}</option>
          {PLACES.map((name) => (
            <option key={name} value={name}>
              {t(`sweeps.places.${name}`)}
            </option>
          ))}
        </select>
      </label>
      <Counter sweep={sweep} />
      <div className={dialogStyles.actions}>
        {before !== undefined && (
          <button type="button" className={`${dialogStyles.secondary} ${styles.apart}`} onClick={remove}>
            {t("sweeps.remove")}
          </button>
        )}
        <button type="button" className={dialogStyles.secondary} onClick={() => { close(); planSweeps(); }}>
          {t("sweeps.all")}
        </button>
        <button type="submit" className={dialogStyles.primary} disabled={found.length === 0} data-testid="sweep-set">
          {t("sweeps.set")}
        </button>
      </div>
    </form>
  );
}

const shortened = (labels: readonly string[]): string => {
  const shown = labels.slice(0, 12).map((label) => (label.length > 40 ? `${label.slice(0, 39)}…` : label));
  return labels.length > 12 ? `${shown.join(" · ")} …` : shown.join(" · ");
};

/** How many runs it all comes to with this sweep. */
function Counter({ sweep }: { readonly sweep: Sweep | null }) {
  const axes = sweep === null ? [] : axesOf(putSweep(currentWhole(), sweep), serverDefs());
  if (axes.length === 0 || countOf(axes) === 0) return null;
  return <p className={styles.counter} data-testid="sweep-count">{t("sweeps.runs", { product: product(axes), count: countOf(axes) })}</p>;
}
