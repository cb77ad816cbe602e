/** Near Run while the queue is paused: nothing new begins until somebody resumes it. */
import { Play } from "lucide-react";

import { t } from "@/i18n";
import { runCommand } from "@/palette/registry";
import { runtimeStore } from "@/runtime/store";

import styles from "./PausedChip.module.css";

export function PausedChip() {
  const isPaused = runtimeStore((state) => state.isPaused);
  if (!isPaused) return null;
  return (
    <button type="button" className={styles.chip} data-testid="paused" onClick={() => runCommand("pauseQueue")}>
      <Play size={12} fill="currentColor" aria-hidden />
      <span className={styles.state}>{t("jobs.paused")}</span>
      <span aria-hidden>·</span>
      <span className={styles.act}>{t("jobs.resume")}</span>
    </button>
  );
}
