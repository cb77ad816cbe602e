/** The layers, the highest above, and what can be done to the chosen one. */
import { ArrowDown, ArrowUp, Copy, Eye, EyeOff, Plus, Trash2 } from "lucide-react";
import type { KeyboardEvent } from "react";

import { t } from "@/i18n";
import { IconButton } from "@/ui/IconButton";

import { Choices } from "./Choices";
import { addLayer, changeLayer, chooseLayer, copyLayer, deleteLayer, moveLayer } from "./edit";
import type { Layer } from "./layers";
import styles from "./Panel.module.css";
import { PercentSlider } from "./Slider";
import { activeLayer, maskStore } from "./state";

export function LayerList() {
  const layers = maskStore((state) => state.layers);
  const active = maskStore(activeLayer);
  if (active === undefined) return null;
  return (
    <>
      <ul className={styles.layers} aria-label={t("mask.layers")}>
        {layers.toReversed().map((layer) => <Row key={layer.id} layer={layer} isActive={layer === active} />)}
      </ul>
      <LayerButtons layers={layers} active={active} />
      <label className={styles.row}>
        <span>{t("mask.layer.rename")}</span>
        <input type="text" value={active.name} onChange={(event) => changeLayer(active.id, { name: event.target.value })} />
      </label>
      <PercentSlider label={t("mask.layer.opacity")} value={active.opacity} onChange={(opacity) => changeLayer(active.id, { opacity })} />
      <Choices label={t("mask.layer.mode")} value={active.mode} options={[["add", t("mask.layer.add_mode")], ["cut", t("mask.layer.cut_mode")]]} onChange={(mode) => changeLayer(active.id, { mode })} />
      {layers.length > 1 && <p className={styles.hint}>{t("mask.layer.hint")}</p>}
    </>
  );
}

/** Up and down go from layer to layer. */
function walk(event: KeyboardEvent<HTMLButtonElement>): void {
  const row = event.currentTarget.closest("li");
  const next = event.key === "ArrowUp" ? row?.previousElementSibling : event.key === "ArrowDown" ? row?.nextElementSibling : null;
  const button = next?.querySelector<HTMLButtonElement>("[data-layer]");
  if (button === null || button === undefined) return;
  event.preventDefault();
  button.focus();
  button.click();
}

function Row({ layer, isActive }: { readonly layer: Layer; readonly isActive: boolean }) {
  return (
    <li className={styles.layer} data-active={isActive || undefined} data-hidden={!layer.isVisible || undefined}>
      <IconButton label={t(layer.isVisible ? "mask.layer.hide" : "mask.layer.show", { name: layer.name })} className={styles.icon} onClick={() => changeLayer(layer.id, { isVisible: !layer.isVisible })}>
        {layer.isVisible ? <Eye /> : <EyeOff />}
      </IconButton>
      <button type="button" data-layer className={styles.layerName} aria-pressed={isActive} onClick={() => chooseLayer(layer.id)} onKeyDown={walk}>
        <span>{layer.name}</span>
        {layer.mode === "cut" && <small>{t("mask.layer.cut_mode")}</small>}
        {layer.opacity < 1 && <small>{t("mask.view.percent", { percent: Math.round(layer.opacity * 100) })}</small>}
      </button>
    </li>
  );
}

function LayerButtons({ layers, active }: { readonly layers: readonly Layer[]; readonly active: Layer }) {
  const at = layers.indexOf(active);
  return (
    <div className={styles.icons}>
      <IconButton label={t("mask.layer.add")} chord="N" className={styles.icon} onClick={addLayer}><Plus /></IconButton>
      <IconButton label={t("mask.layer.copy")} className={styles.icon} onClick={() => copyLayer(active.id)}><Copy /></IconButton>
      <IconButton label={t("mask.layer.up")} className={styles.icon} disabled={at === layers.length - 1} onClick={() => moveLayer(active.id, 1)}><ArrowUp /></IconButton>
      <IconButton label={t("mask.layer.down")} className={styles.icon} disabled={at === 0} onClick={() => moveLayer(active.id, -1)}><ArrowDown /></IconButton>
      <IconButton label={t("mask.layer.delete")} className={styles.icon} disabled={layers.length < 2} onClick={() => deleteLayer(active.id)}><Trash2 /></IconButton>
    </div>
  );
}
