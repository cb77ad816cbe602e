/** Title line: fold, name, how long it took, and the progress line under it all. */
import { ChevronDown, ChevronRight, Pin } from "lucide-react";
import { memo } from "react";

import { t } from "@/i18n";
import { toggleFlag } from "@/model/actions";
import { transact } from "@/model/document";
import { MODE } from "@/model/types";
import { uiStore } from "@/session/ui";
import { useSetting } from "@/settings/store";
import { bytes, duration } from "@/ui/units";

import { useRun, useTitle, type NodeFace } from "../hooks";
import { EnterButton } from "./EnterButton";
import { ModeButtons } from "./ModeButtons";
import { TitleEditor } from "./TitleEditor";
import styles from "./NodeHeader.module.css";

interface Props {
  readonly face: NodeFace;
  readonly category: string;
}

export const NodeHeader = memo(function NodeHeader({ face, category }: Props) {
  const { id, collapsed } = face;
  const title = useTitle(id);
  const isRenaming = uiStore((state) => state.renaming === id);
  const Fold = collapsed ? ChevronRight : ChevronDown;
  return (
    <header className={styles.header} title={category} onDoubleClick={(event) => { event.stopPropagation(); uiStore.setState({ renaming: id }); }}>
      <button
        type="button"
        className={`${styles.fold} nodrag`}
        aria-expanded={!collapsed}
        aria-label={t(collapsed ? "node.expand" : "node.collapse", { title })}
        onClick={() => transact("step.collapse", (doc) => toggleFlag(doc, [id], "collapsed"))}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        <Fold size={14} />
      </button>
      {isRenaming ? <TitleEditor id={id} title={title} /> : <h3 className={styles.title}>{title}</h3>}
      {face.pinned && <Pin size={12} className={styles.pin} aria-label={t("action.pin")} />}
      <Badge face={face} />
      <ModeButtons face={face} />
      <EnterButton face={face} title={title} />
      <ProgressLine id={id} title={title} />
    </header>
  );
});

function Badge({ face }: { readonly face: NodeFace }) {
  const phase = useRun(face.id, (run) => run.phase);
  const seconds = useRun(face.id, (run) => run.seconds);
  const peak = useRun(face.id, (run) => run.peak);
  const hasMemory = useSetting("nodeMemory");
  const value = useRun(face.id, (run) => run.value);
  const max = useRun(face.id, (run) => run.max);
  if (face.mode === MODE.muted) return <span className={styles.badge}>{t("node.muted")}</span>;
  if (face.mode === MODE.bypassed) return <span className={styles.badge}>{t("node.bypassed")}</span>;
  if (phase === "running" && max > 1) return <span className={styles.badge} data-live>{`${value}/${max}`}</span>;
  if (phase === "cached") return <span className={styles.badge}>{t("node.cached")}</span>;
  if (phase === "skipped") return <span className={styles.badge}>{t("node.skipped")}</span>;
  if (phase === "waiting") return <span className={styles.badge} data-live>{t("chooser.badge")}</span>;
  if (phase === "done" && seconds !== null) return <span className={styles.badge} data-fresh>{hasMemory && peak !== null && peak > 0 ? `${duration(seconds)} · ${bytes(peak)}` : duration(seconds)}</span>;
  return null;
}

function ProgressLine({ id, title }: { readonly id: string; readonly title: string }) {
  const isRunning = useRun(id, (run) => run.phase === "running");
  const share = useRun(id, (run) => (run.max > 0 ? run.value / run.max : 0));
  if (!isRunning) return null;
  const percent = Math.round(share * 100);
  return (
    <div className={styles.progress} role="progressbar" aria-label={t("node.progress", { title })} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}>
      <div className={share > 0 ? styles.bar : styles.sweep} style={share > 0 ? { transform: `scaleX(${share})` } : undefined} />
    </div>
  );
}
