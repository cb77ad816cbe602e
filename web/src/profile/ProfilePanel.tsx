/** What each node of a run took: sorted by any column, subgraphs as a tree, held against another run. */
import { ChevronDown, ChevronRight, ClipboardCopy, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";

import { fetchJob, fetchJobList, type Job, type Measured } from "@/api/jobs";
import { showExecuted } from "@/canvas/viewport";
import { t } from "@/i18n";
import { nodeTitle } from "@/runtime/queue";
import { runtimeStore } from "@/runtime/store";
import { goToTab, tabStore } from "@/tabs/store";
import { copyText } from "@/ui/clipboard";
import { IconButton } from "@/ui/IconButton";
import { bytes, duration, when } from "@/ui/units";

import styles from "./ProfilePanel.module.css";
import { profileStore } from "./store";
import { costs, csv, difference, lines, sorted, totalOf, type Column, type Cost, type Line } from "./table";

const RUNS = 60;

/** The newest run of the workflow in front, else the newest of all. */
function lastOf(runs: readonly Job[], tab: string): string | null {
  const { jobs } = runtimeStore.getState();
  const own = runs.find((run) => jobs[run.id]?.tab === tab);
  return (own ?? runs[0])?.id ?? null;
}

function useRuns(): readonly Job[] {
  const [runs, setRuns] = useState<readonly Job[]>([]);
  const version = runtimeStore((state) => state.ended);
  useEffect(() => {
    let isWanted = true;
    void fetchJobList({ statuses: ["completed", "failed", "cancelled"], limit: RUNS })
      .then(({ jobs }) => { if (isWanted) setRuns(jobs); })
      // The banner says that the server is away.
      .catch(() => undefined);
    return () => {
      isWanted = false;
    };
  }, [version]);
  return runs;
}

function useNodes(id: string | null, version: unknown): readonly Measured[] | null {
  const [read, setRead] = useState<{ id: string; nodes: readonly Measured[] } | null>(null);
  useEffect(() => {
    if (id === null) return;
    let isWanted = true;
    void fetchJob(id)
      .then(({ nodes }) => { if (isWanted) setRead({ id, nodes }); })
      .catch(() => { if (isWanted) setRead({ id, nodes: [] }); });
    return () => {
      isWanted = false;
    };
  }, [id, version]);
  return read !== null && read.id === id ? read.nodes : null;
}

export function ProfilePanel() {
  const runs = useRuns();
  const { run: asked, against } = profileStore();
  const front = tabStore((state) => state.front);
  const run = useMemo(() => asked ?? lastOf(runs, front), [asked, runs, front]);
  const nodes = useNodes(run, runs);
  const other = useNodes(against, null);
  const [column, setColumn] = useState<Column | null>("seconds");
  const [isDescending, setDescending] = useState(true);
  const rows = useMemo(() => (nodes === null ? [] : costs(nodes, against === null ? null : other, { subgraph: nodeTitle })), [nodes, other, against]);
  const shown = useMemo(() => sorted(rows, column, isDescending), [rows, column, isDescending]);
  const sort = (next: Column): void => {
    setDescending(next === column ? !isDescending : next === "seconds" || next === "peak" || next === "difference");
    setColumn(next);
  };
  const copy = (): void => void copyText(csv(shown, against !== null), t("profile.copied"));
  const peak = rows.reduce((most, row) => Math.max(most, row.peak ?? 0), 0);
  return (
    // Escape closes it from wherever one is inside.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section className={styles.panel} aria-label={t("profile.title")} data-testid="profile" onKeyDown={(event) => { if (event.key === "Escape") profileStore.setState({ isOpen: false }); }}>
      <header className={styles.bar}>
        <h2>{t("profile.title")}</h2>
        <RunChoice label={t("profile.run")} runs={runs} value={asked ?? ""} none={t("profile.last")} onChange={(id) => profileStore.setState({ run: id === "" ? null : id })} />
        <RunChoice label={t("profile.against")} runs={runs.filter((job) => job.id !== run)} value={against ?? ""} none={t("profile.noOther")} onChange={(id) => profileStore.setState({ against: id === "" ? null : id })} />
        {rows.length > 0 && <p className={styles.total}>{[duration(totalOf(rows)), ...(peak > 0 ? [t("profile.most", { bytes: bytes(peak) })] : [])].join(" · ")}</p>}
        <span className={styles.space} />
        <IconButton label={t("profile.copy")} disabled={rows.length === 0} onClick={copy}><ClipboardCopy size={15} /></IconButton>
        <IconButton label={t("action.close")} onClick={() => profileStore.setState({ isOpen: false })}><X size={16} /></IconButton>
      </header>
      {rows.length === 0 ? <p className={styles.empty}>{run !== null && nodes === null ? t("app.opening") : t("profile.empty")}</p> : <Table rows={shown} run={run} isCompared={against !== null} column={column} isDescending={isDescending} onSort={sort} />}
    </section>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly runs: readonly Job[];
  readonly value: string;
  readonly none: string;
  readonly onChange: (id: string) => void;
}

function RunChoice({ label, runs, value, none, onChange }: ChoiceProps) {
  const hasIt = value === "" || runs.some((job) => job.id === value);
  return (
    <label className={styles.choice}>
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{none}</option>
        {!hasIt && <option value={value}>{value.slice(0, 8)}</option>}
        {runs.map((job) => (
          <option key={job.id} value={job.id}>
            {[when(job.execution_end_time ?? job.create_time), t(`job.${job.status}`), job.execution_end_time && job.execution_start_time ? duration((job.execution_end_time - job.execution_start_time) / 1000) : "", job.id.slice(0, 8)].filter((part) => part !== "").join(" · ")}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TableProps {
  readonly rows: readonly Cost[];
  readonly run: string | null;
  readonly isCompared: boolean;
  readonly column: Column | null;
  readonly isDescending: boolean;
  readonly onSort: (column: Column) => void;
}

function Table({ rows, run, isCompared, column, isDescending, onSort }: TableProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState<string | null>(null);
  const table = useRef<HTMLTableElement>(null);
  const all = lines(rows, closed);
  const total = totalOf(rows);
  const columns: readonly Column[] = ["title", "type", "seconds", "peak", "cached", ...(isCompared ? (["difference"] as const) : [])];
  const current = all.find(({ cost }) => cost.id === focused) ?? all[0];
  const focus = (line: Line | undefined): void => {
    if (line === undefined) return;
    setFocused(line.cost.id);
    table.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(line.cost.id)}"]`)?.focus();
  };
  const fold = (cost: Cost): void => setClosed(closed.has(cost.id) ? new Set([...closed].filter((id) => id !== cost.id)) : new Set([...closed, cost.id]));
  const onKeyDown = (event: KeyboardEvent): void => {
    if (current === undefined || !(event.target instanceof HTMLElement) || event.target.dataset["row"] === undefined) return;
    const at = all.indexOf(current);
    const isGroup = current.cost.inside.length > 0;
    if (event.key === "ArrowDown") focus(all[at + 1]);
    else if (event.key === "ArrowUp") focus(all[at - 1]);
    else if (event.key === "Home") focus(all[0]);
    else if (event.key === "End") focus(all[all.length - 1]);
    else if (isGroup && ((event.key === "ArrowLeft" && !closed.has(current.cost.id)) || (event.key === "ArrowRight" && closed.has(current.cost.id)))) fold(current.cost);
    else if (event.key === "Enter") jump(current.cost.id, run);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={styles.scroll}>
      {/* A table whose rows unfold is a treegrid. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role */}
      <table ref={table} role="treegrid" aria-label={t("profile.title")} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col" data-column={name} aria-sort={column === name ? (isDescending ? "descending" : "ascending") : "none"}>
                <button type="button" onClick={() => onSort(name)}>
                  {t(`profile.column.${name}`)}
                  <span aria-hidden>{column === name ? (isDescending ? "↓" : "↑") : ""}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map(({ cost, depth }) => (
            <tr
              key={cost.id}
              data-row={cost.id}
              aria-level={depth + 1}
              {...(cost.inside.length > 0 ? { "aria-expanded": !closed.has(cost.id) } : {})}
              tabIndex={cost === current?.cost ? 0 : -1}
              data-cached={cost.cached || undefined}
              title={t("profile.jump")}
              onFocus={() => setFocused(cost.id)}
              onClick={() => jump(cost.id, run)}
            >
              <td style={{ paddingLeft: `${0.75 + depth * 1.125}rem` }}>
                <span className={styles.title}>
                  {cost.inside.length > 0 ? (
                    <button type="button" tabIndex={-1} className={styles.fold} aria-label={t(closed.has(cost.id) ? "node.expand" : "node.collapse", { title: cost.title })} onClick={(event) => { event.stopPropagation(); fold(cost); }}>
                      {closed.has(cost.id) ? <ChevronRight size={13} /> : <ChevronDown size={13} />}
                    </button>
                  ) : null}
                  <span className={styles.name}>{cost.title}</span>
                  <span className={styles.id}>{cost.id}</span>
                </span>
              </td>
              <td className={styles.type}>{cost.inside.length > 0 ? t("profile.subgraph", { count: cost.parts }) : cost.type}</td>
              <td className={styles.seconds}>
                <span className={styles.share} aria-hidden><span style={{ transform: `scaleX(${total === 0 ? 0 : cost.seconds / total})` }} /></span>
                <span className={styles.number}>{cost.cached || cost.parts === 0 ? "–" : duration(cost.seconds)}</span>
                <span className={styles.percent}>{total === 0 || cost.cached ? "" : t("jobs.percent", { percent: Math.round((cost.seconds / total) * 100) })}</span>
              </td>
              <td className={styles.number}>{cost.peak === null || cost.peak === 0 ? "–" : bytes(cost.peak)}</td>
              <td>{cost.cached ? t("node.cached") : ""}</td>
              {isCompared && <Difference cost={cost} />}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Difference({ cost }: { readonly cost: Cost }) {
  const seconds = difference(cost);
  if (seconds === null) return <td className={styles.number}>{t("profile.new")}</td>;
  if (cost.parts === 0) return <td className={styles.number}>{t("profile.gone")}</td>;
  const sign = seconds > 0 ? "+" : "−";
  const isSame = Math.abs(seconds) < 0.0005;
  return (
    <td className={styles.number} data-change={isSame ? undefined : seconds > 0 ? "more" : "less"}>
      {isSame ? "±0" : `${sign}${duration(Math.abs(seconds))}`}
    </td>
  );
}

/** Into the tab where the run belongs, and to the node. */
function jump(id: string, run: string | null): void {
  const tab = run === null ? undefined : runtimeStore.getState().jobs[run]?.tab;
  if (tab !== undefined && tabStore.getState().tabs.some((item) => item.id === tab)) goToTab(tab);
  requestAnimationFrame(() => showExecuted(id));
}
