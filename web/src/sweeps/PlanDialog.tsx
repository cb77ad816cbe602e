/** All sweeps of the workflow: which of them lie along columns, rows and sheets, and how many runs they come to. */
import { GripVertical, Pencil, Trash2 } from "lucide-react";
import { useState, type DragEvent } from "react";

import { t } from "@/i18n";
import { documentStore, transactWhole } from "@/model/document";
import { serverDefs, useDefs } from "@/session/store";
import { Dialog, dialogStyles } from "@/ui/Dialog";
import { IconButton } from "@/ui/IconButton";

import { axesOf, clearSweeps, PLACES, placeSweep, removeSweep, type Axis, type Place, type Spot } from "./document";
import { countOf, product } from "./grid";
import { runSweep } from "./run";
import styles from "./SweepDialog.module.css";
import { editSweep, openSheets, planSweeps, sweepView } from "./view";

const close = (): void => planSweeps(false);

export function PlanDialog() {
  const isOpen = sweepView((state) => state.isPlanning);
  if (!isOpen) return null;
  return (
    <Dialog title={t("sweeps.plan.title")} description={t("sweeps.plan.hint")} isOpen wide onClose={close}>
      <Plan />
    </Dialog>
  );
}

const move = (spot: Spot, place: Place, before: Spot | null = null): void => transactWhole("sweeps.step.place", (whole) => placeSweep(whole, spot, place, before));

function Plan() {
  const whole = documentStore((state) => state.whole);
  useDefs();
  const axes = axesOf(whole, serverDefs());
  const [dragged, setDragged] = useState<Axis | null>(null);
  const remove = (axis: Axis): void => transactWhole("sweeps.step.remove", (doc) => removeSweep(doc, axis));
  if (axes.length === 0)
    return (
      <>
        <p className={styles.hint} style={{ marginTop: "1rem" }}>
          {t("sweeps.none")}
        </p>
        <div className={dialogStyles.actions}>
          <button type="button" className={dialogStyles.secondary} onClick={openSheets}>
            {t("sweeps.sheets")}
          </button>
        </div>
      </>
    );
  return (
    <>
      <div className={styles.lanes}>
        {PLACES.map((place) => (
          <Lane key={place} place={place} axes={axes.filter((axis) => axis.place === place)} dragged={dragged} onDrag={setDragged} onRemove={remove} />
        ))}
      </div>
      <p className={styles.counter} style={{ marginTop: "0.875rem" }} data-testid="sweep-count" aria-live="polite">
        {t("sweeps.runs", { product: product(axes), count: countOf(axes) })}
      </p>
      <div className={dialogStyles.actions}>
        <button type="button" className={`${dialogStyles.secondary} ${styles.apart}`} onClick={() => transactWhole("sweeps.step.remove", clearSweeps)}>
          {t("sweeps.clear")}
        </button>
        <button type="button" className={dialogStyles.secondary} onClick={openSheets}>
          {t("sweeps.sheets")}
        </button>
        <button type="button" className={dialogStyles.primary} onClick={() => { close(); runSweep(); }} data-testid="sweep-run">
          {t("sweeps.run")}
        </button>
      </div>
    </>
  );
}

interface LaneProps {
  readonly place: Place;
  readonly axes: readonly Axis[];
  readonly dragged: Axis | null;
  readonly onDrag: (axis: Axis | null) => void;
  readonly onRemove: (axis: Axis) => void;
}

function Lane({ place, axes, dragged, onDrag, onRemove }: LaneProps) {
  const [isOver, setOver] = useState(false);
  const allow = (event: DragEvent): void => {
    if (dragged === null) return;
    event.preventDefault();
    setOver(true);
  };
  const drop = (event: DragEvent, before: Axis | null): void => {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    if (dragged !== null && dragged !== before) move(dragged, place, before);
    onDrag(null);
  };
  return (
    <section className={styles.lane} data-over={isOver || undefined} aria-label={t(`sweeps.places.${place}`)} onDragOver={allow} onDragLeave={() => setOver(false)} onDrop={(event) => drop(event, null)}>
      <h3>{t(`sweeps.places.${place}`)}</h3>
      {axes.map((axis) => (
        <div key={`${axis.page}/${axis.node}/${axis.key}`} className={styles.axis} role="group" aria-label={axis.title} draggable onDragStart={() => onDrag(axis)} onDragEnd={() => onDrag(null)} onDrop={(event) => drop(event, axis)}>
          <GripVertical size={14} aria-hidden />
          <span className={styles.words}>
            <strong>{axis.title}</strong>
            <small>{axis.labels.join(" · ")}</small>
          </span>
          <select className={styles.select} aria-label={t("sweeps.placeOf", { name: axis.title })} value={axis.place} onChange={(event) => move(axis, PLACES.find((name) => name === event.target.value) ?? "columns")}>
            {PLACES.map((name) => (
              <option key={name} value={name}>
                {t(`sweeps.places.${name}`)}
              </option>
            ))}
          </select>
          <IconButton label={t("sweeps.edit", { name: axis.title })} onClick={() => { close(); editSweep(axis); }}>
            <Pencil size={14} />
          </IconButton>
          <IconButton label={t("sweeps.removeOf", { name: axis.title })} onClick={() => onRemove(axis)}>
            <Trash2 size={14} />
          </IconButton>
        </div>
      ))}
    </section>
  );
}
