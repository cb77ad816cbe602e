/** Top: the file menu, the open workflows, and running at the right. */
import { AppWindow, PanelRight, Redo2, Search, Undo2 } from "lucide-react";
import { Suspense } from "react";
import { useStore } from "zustand";

import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { useChord } from "@/palette/bindings";
import { chordLabel } from "@/palette/keymap";
import { runCommand } from "@/palette/registry";
import { runtimeStore } from "@/runtime/store";
import { openPalette, uiStore } from "@/session/ui";
import { TabDialogs } from "@/tabs/TabDialogs";
import { IconButton } from "@/ui/IconButton";
import { later } from "@/ui/later";

import { FileMenu } from "./FileMenu";
import { RunControls } from "./RunControls";
import styles from "./TopBar.module.css";

/** There is nothing in it before the workflows are there. */
const TabBar = later(() => import("@/tabs/TabBar"), "TabBar");

export function TopBar() {
  const hasInspector = uiStore((state) => state.inspector);
  const appChord = useChord("app");
  const canUndo = useStore(documentStore.temporal, (state) => state.pastStates.length > 0 || !state.isTracking);
  const canRedo = useStore(documentStore.temporal, (state) => state.futureStates.length > 0);
  return (
    <header className={styles.bar}>
      <FileMenu>
        <Mark />
      </FileMenu>
      <Suspense fallback={<span className={styles.tabs} />}>
        <TabBar />
      </Suspense>
      <div className={styles.side}>
        <IconButton label={t("action.undo")} chord={useChord("undo")} disabled={!canUndo} onClick={() => runCommand("undo")}>
          <Undo2 size={16} />
        </IconButton>
        <IconButton label={t("action.redo")} chord={useChord("redo")} disabled={!canRedo} onClick={() => runCommand("redo")}>
          <Redo2 size={16} />
        </IconButton>
        <span className={styles.rule} />
        <button type="button" className={styles.search} onClick={() => openPalette("all")} title={t("action.search")}>
          <Search size={14} />
          <span>{t("action.search")}</span>
          <kbd>{chordLabel("mod+k")}</kbd>
        </button>
      </div>
      <div className={styles.side} data-end>
        <RunControls />
        <IconButton label={t("appMode.open")} chord={chordLabel(appChord)} onClick={() => runCommand("app")}>
          <AppWindow size={17} strokeWidth={1.75} />
        </IconButton>
        <IconButton label={t("action.inspector")} chord={useChord("inspector")} aria-pressed={hasInspector} onClick={() => runCommand("inspector")} className={styles.inspector ?? ""}>
          <PanelRight size={17} strokeWidth={1.75} />
        </IconButton>
      </div>
      <TotalProgress />
      <TabDialogs />
    </header>
  );
}

/** Two threads of the loom and the one that is lifted between them. */
function Mark() {
  return (
    <svg className={styles.mark} viewBox="0 0 24 24" role="img" aria-label={t("app.name")}>
      <g fill="none" strokeLinecap="round" strokeWidth="2.2">
        <path d="M7 3.5v17M17 3.5v17" stroke="currentColor" />
        <path d="M2.5 14.5c4.5 0 5-5 9.5-5s5 5 9.5 5" stroke="var(--accent)" />
      </g>
    </svg>
  );
}

function TotalProgress() {
  const isRunning = runtimeStore((state) => state.run !== null);
  const progress = runtimeStore((state) => state.progress);
  if (!isRunning) return null;
  return (
    <div className={styles.progress} role="progressbar" aria-label={t("run.progress")} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(progress * 100)}>
      <div style={{ transform: `scaleX(${progress})` }} />
    </div>
  );
}
