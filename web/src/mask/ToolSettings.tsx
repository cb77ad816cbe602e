/** What the chosen tool can be set to. */
import { t } from "@/i18n";

import { LARGEST_SIZE, TOLERANCE } from "./adjust";
import { Choices } from "./Choices";
import { adjustPick, pickColor } from "./draw";
import styles from "./Panel.module.css";
import { PercentSlider, Slider } from "./Slider";
import { maskStore, type Pressure, type Tool } from "./state";

const PRESSURES: readonly Pressure[] = ["size", "opacity", "none"];

export function ToolSettings({ tool }: { readonly tool: Tool }) {
  if (tool === "brush") return <BrushSettings />;
  if (tool === "fill") return <FillSettings />;
  if (tool === "color") return <ColorSettings />;
  return (
    <>
      <Opacity />
      <p className={styles.hint}>{t(tool === "lasso" ? "mask.hint.lasso" : "mask.hint.shape")}</p>
    </>
  );
}

function Opacity() {
  const opacity = maskStore((state) => state.opacity);
  return <PercentSlider label={t("mask.opacity")} value={opacity} min={5} onChange={(value) => maskStore.setState({ opacity: value })} />;
}

function BrushSettings() {
  const size = maskStore((state) => state.size);
  const hardness = maskStore((state) => state.hardness);
  const shape = maskStore((state) => state.shape);
  const pressure = maskStore((state) => state.pressure);
  return (
    <>
      <Slider label={t("mask.size")} value={size} min={1} max={LARGEST_SIZE} unit="px" isCurved onChange={(value) => maskStore.setState({ size: value })} />
      <PercentSlider label={t("mask.hardness")} value={hardness} onChange={(value) => maskStore.setState({ hardness: value })} />
      <Opacity />
      <Choices label={t("mask.shapes")} value={shape} options={[["round", t("mask.shape.round")], ["square", t("mask.shape.square")]]} onChange={(value) => maskStore.setState({ shape: value })} />
      <label className={styles.row}>
        <span>{t("mask.pressures")}</span>
        <select value={pressure} onChange={(event) => maskStore.setState({ pressure: PRESSURES.find((each) => each === event.target.value) ?? "none" })}>
          {PRESSURES.map((each) => <option key={each} value={each}>{t(`mask.pressure.${each}`)}</option>)}
        </select>
      </label>
      <p className={styles.hint}>{t("mask.hint.brush")}</p>
    </>
  );
}

function Tolerance() {
  const tolerance = maskStore((state) => state.tolerance);
  return <Slider label={t("mask.tolerance")} value={tolerance} min={0} max={TOLERANCE} unit="" onChange={(value) => adjustPick({ tolerance: value })} />;
}

function FillSettings() {
  const isContiguous = maskStore((state) => state.isContiguous);
  const fillsBy = maskStore((state) => state.fillsBy);
  return (
    <>
      <Tolerance />
      <Choices label={t("mask.fillsBy")} value={fillsBy} options={[["picture", t("mask.fill.picture")], ["mask", t("mask.fill.mask")]]} onChange={(value) => adjustPick({ fillsBy: value })} />
      <label className={styles.row}>
        <span>{t("mask.contiguous")}</span>
        <input type="checkbox" checked={isContiguous} onChange={(event) => adjustPick({ isContiguous: event.target.checked })} />
      </label>
      <Opacity />
      <p className={styles.hint}>{t("mask.hint.fill")}</p>
    </>
  );
}

function ColorSettings() {
  const picked = maskStore((state) => state.picked);
  return (
    <>
      <Tolerance />
      <label className={styles.row}>
        <span>{t("mask.picked")}</span>
        <input type="color" value={picked} onChange={(event) => adjustPick({ picked: event.target.value })} />
      </label>
      <div className={styles.buttons}>
        <button type="button" className={styles.button} onClick={pickColor}>{t("mask.pick")}</button>
      </div>
      <Opacity />
      <p className={styles.hint}>{t("mask.hint.fill")}</p>
    </>
  );
}
