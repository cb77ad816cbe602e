/** The panel beside the stage: settings of the tool, layers, changes of the layer, display. */
import { t } from "@/i18n";

import { clearLayer, closeHoles, FARTHEST, featherLayer, growLayer, invert, shrinkLayer } from "./adjust";
import { Choices } from "./Choices";
import { LayerList } from "./LayerList";
import styles from "./Panel.module.css";
import { chooseBackdrop } from "./sight";
import { PercentSlider, Slider } from "./Slider";
import { maskStore, type Backdrop } from "./state";
import { ToolSettings } from "./ToolSettings";

const BACKDROPS: readonly Backdrop[] = ["picture", "checker", "black", "white"];

export function Panel() {
  const tool = maskStore((state) => state.tool);
  const erases = maskStore((state) => state.erases && state.tool === "brush");
  return (
    <aside className={styles.panel} aria-label={t("mask.options")}>
      <section className={styles.section}>
        <h2>{t(erases ? "mask.tool.eraser" : `mask.tool.${tool}`)}</h2>
        <ToolSettings tool={tool} />
      </section>
      <section className={styles.section}>
        <h2>{t("mask.layers")}</h2>
        <LayerList />
      </section>
      <section className={styles.section}>
        <h2>{t("mask.change")}</h2>
        <Changes />
      </section>
      <section className={styles.section}>
        <h2>{t("mask.display")}</h2>
        <Display />
      </section>
    </aside>
  );
}

function Changes() {
  const reach = maskStore((state) => state.reach);
  const softness = maskStore((state) => state.softness);
  return (
    <>
      <div className={styles.buttons}>
        <Do label={t("mask.step.invert")} onClick={invert} />
        <Do label={t("mask.step.holes")} onClick={closeHoles} />
        <Do label={t("mask.step.clear")} onClick={clearLayer} />
      </div>
      <Slider label={t("mask.reach")} value={reach} min={1} max={FARTHEST} unit="px" isCurved onChange={(value) => maskStore.setState({ reach: value })} />
      <div className={styles.buttons}>
        <Do label={t("mask.step.grow")} onClick={growLayer} />
        <Do label={t("mask.step.shrink")} onClick={shrinkLayer} />
      </div>
      <p className={styles.hint}>{t("mask.hint.crisp")}</p>
      <Slider label={t("mask.softness")} value={softness} min={1} max={FARTHEST} unit="px" isCurved onChange={(value) => maskStore.setState({ softness: value })} />
      <div className={styles.buttons}>
        <Do label={t("mask.step.feather")} onClick={featherLayer} />
      </div>
    </>
  );
}

function Do({ label, onClick }: { readonly label: string; readonly onClick: () => void }) {
  const isBusy = maskStore((state) => state.busy !== null);
  // Not disabled, which would take the focus away; pressed meanwhile it says why it waits.
  return <button type="button" className={styles.button} aria-disabled={isBusy || undefined} onClick={onClick}>{label}</button>;
}

function Display() {
  const color = maskStore((state) => state.color);
  const display = maskStore((state) => state.display);
  const backdrop = maskStore((state) => state.backdrop);
  return (
    <>
      <Choices label={t("mask.backdrops")} value={backdrop} options={BACKDROPS.map((value) => [value, t(`mask.backdrop.${value}`)])} onChange={chooseBackdrop} isWide />
      <label className={styles.row}>
        <span>{t("mask.displayColor")}</span>
        <input type="color" value={color} onChange={(event) => maskStore.setState({ color: event.target.value })} />
      </label>
      <PercentSlider label={t("mask.displayOpacity")} value={display} min={5} onChange={(value) => maskStore.setState({ display: value })} />
    </>
  );
}
