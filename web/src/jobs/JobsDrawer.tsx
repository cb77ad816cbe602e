/** Queue and history: what runs, what waits, what is done. */
import { Ellipsis, Pause, Play, X } from "lucide-react";
import { useEffect, useMemo, useState } from "react";

import { t } from "@/i18n";
import { DrawerHead } from "@/panels/NodesDrawer";
import panel from "@/panels/Panel.module.css";
import { runtimeStore } from "@/runtime/store";
import { IconButton } from "@/ui/IconButton";
import { PopupMenu, type MenuItem } from "@/ui/PopupMenu";
import { SearchField } from "@/ui/SearchField";

import { askToCancelAll, askToClear, cancel, forget, runAgain, setPaused, togglePaused } from "./actions";
import styles from "./JobsDrawer.module.css";
import { JobList } from "./JobList";
import { FILTERS, isOpenJob, passes, rowsOf } from "./listing";
import { followJobs, jobsStore, learnAll, shownJobs } from "./store";

export function JobsDrawer() {
  useEffect(followJobs, []);
  const state = jobsStore();
  const { jobs, filter, query, facts, open, isLoaded, hasFailed, said } = state;
  const shown = useMemo(() => shownJobs({ jobs, filter, query, facts }), [jobs, filter, query, facts]);
  const rows = useMemo(() => rowsOf(shown, open), [shown, open]);
  useEffect(() => {
    if (query !== "") void learnAll();
  }, [query, jobs]);
  return (
    <>
      <DrawerHead title={t("jobs.title")}>
        <PauseButton />
        <MoreMenu />
      </DrawerHead>
      <SearchField className={panel.search} label={t("jobs.search")} query={query} onQuery={(query) => jobsStore.setState({ query })} type="search" />
      <Filters />
      <PausedNote />
      {hasFailed && <p className={styles.note} role="alert">{t("jobs.offline")}</p>}
      {isLoaded && rows.length === 0 ? <p className={panel.hint}>{t(jobs.length === 0 ? "jobs.empty" : "jobs.nothingFound")}</p> : <JobList rows={rows} />}
      <Chosen />
      <p className="visually-hidden" role="status">{said}</p>
    </>
  );
}

function PauseButton() {
  const isPaused = runtimeStore((state) => state.isPaused);
  const Icon = isPaused ? Play : Pause;
  return (
    <IconButton label={t(isPaused ? "jobs.resumeQueue" : "jobs.pauseQueue")} aria-pressed={isPaused} onClick={() => void togglePaused()}>
      <Icon size={15} />
    </IconButton>
  );
}

function MoreMenu() {
  const [at, setAt] = useState<{ x: number; y: number } | null>(null);
  const hasOpen = jobsStore((state) => state.jobs.some(isOpenJob));
  const hasEnded = jobsStore((state) => state.ended > 0);
  const items: MenuItem[] = [
    { id: "cancel", label: t("jobs.command.cancelAll"), isDisabled: !hasOpen, run: askToCancelAll },
    { id: "clear", label: t("jobs.command.clear"), isDisabled: !hasEnded, isDanger: true, run: askToClear },
  ];
  return (
    <>
      <IconButton
        label={t("jobs.more")}
        aria-haspopup="menu"
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          setAt({ x: box.left, y: box.bottom });
        }}
      >
        <Ellipsis size={16} />
      </IconButton>
      {at !== null && <PopupMenu at={at} label={t("jobs.more")} sections={[items]} onClose={() => setAt(null)} />}
    </>
  );
}

function Filters() {
  const { jobs, filter } = jobsStore();
  return (
    <div className={styles.filters} role="radiogroup" aria-label={t("jobs.filters")}>
      {FILTERS.map((which) => {
        // What needs somebody's eye is counted; the rest is told by the headlines.
        const number = which === "open" || which === "failed" ? jobs.filter((job) => passes(job, which)).length : 0;
        return (
          <button key={which} type="button" role="radio" aria-checked={filter === which} className={styles.filter} onClick={() => jobsStore.setState({ filter: which })}>
            {t(`jobs.filter.${which}`)}
            {number > 0 && <span>{number}</span>}
          </button>
        );
      })}
    </div>
  );
}

function PausedNote() {
  const isPaused = runtimeStore((state) => state.isPaused);
  if (!isPaused) return null;
  return (
    <div className={styles.paused}>
      <p>{t("jobs.pausedHint")}</p>
      <button type="button" onClick={() => void setPaused(false)}>
        {t("jobs.resume")}
      </button>
    </div>
  );
}

/** What can be done with all that are chosen. */
function Chosen() {
  const { chosen, jobs } = jobsStore();
  if (chosen.size === 0) return null;
  const own = jobs.filter((job) => chosen.has(job.id));
  const open = own.filter(isOpenJob).map((job) => job.id);
  const ended = own.filter((job) => !isOpenJob(job)).map((job) => job.id);
  return (
    <div className={styles.chosen} role="toolbar" aria-label={t("jobs.chosen", { count: chosen.size })}>
      <span>{t("jobs.chosen", { count: chosen.size })}</span>
      {open.length > 0 && <button type="button" onClick={() => void cancel(open)}>{t("jobs.action.cancelSome", { count: open.length })}</button>}
      {ended.length > 0 && <button type="button" onClick={() => void runAgain(ended)}>{t("jobs.action.again")}</button>}
      {ended.length > 0 && <button type="button" data-danger onClick={() => void forget(ended)}>{t("jobs.action.deleteSome", { count: ended.length })}</button>}
      <IconButton label={t("jobs.action.none")} onClick={() => jobsStore.setState({ chosen: new Set(), anchor: null })}>
        <X size={15} />
      </IconButton>
    </div>
  );
}
