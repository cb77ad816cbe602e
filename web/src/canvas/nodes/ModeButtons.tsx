/** Mute and bypass with one click on the header; there when wanted, and as long as one of them is on. */
import { VolumeOff, Waypoints } from "lucide-react";
import type { MouseEvent } from "react";

import { t } from "@/i18n";
import { toggleMode } from "@/model/actions";
import { transact } from "@/model/document";
import { MODE } from "@/model/types";

import type { NodeFace } from "../hooks";
import styles from "./NodeHeader.module.css";

const stop = (event: MouseEvent): void => event.stopPropagation();

export function ModeButtons({ face: { id, mode } }: { readonly face: NodeFace }) {
  return (
    <span className={`${styles.modes} nodrag`} onDoubleClick={stop}>
      <button type="button" className={styles.mode} aria-label={t("action.bypass")} title={`${t("action.bypass")} (Ctrl+B)`} aria-pressed={mode === MODE.bypassed} onClick={() => transact("step.bypass", (doc) => toggleMode(doc, [id], MODE.bypassed))}>
        <Waypoints size={13} />
      </button>
      <button type="button" className={styles.mode} aria-label={t("action.mute")} title={`${t("action.mute")} (Ctrl+M)`} aria-pressed={mode === MODE.muted} onClick={() => transact("step.mute", (doc) => toggleMode(doc, [id], MODE.muted))}>
        <VolumeOff size={13} />
      </button>
    </span>
  );
}
