/** The rows of the list: drawn as they come into sight, walked through with the arrow keys. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";

import { t } from "@/i18n";
import { PopupMenu } from "@/ui/PopupMenu";
import { rem } from "@/ui/rem";

import { remove, stepWaiting } from "./actions";
import { GroupRow } from "./GroupRow";
import { JobRow } from "./JobRow";
import styles from "./JobsDrawer.module.css";
import { chosenRange, jobsOfRow, type Row } from "./listing";
import { rowSections } from "./menu";
import { useReorder } from "./reorder";
import { jobsStore, learn, readMore, toggle } from "./store";

const HEIGHTS = { head: 2, group: 3.75, job: 3.75 } as const;

export function JobList({ rows }: { readonly rows: readonly Row[] }) {
  const scroll = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const [menu, setMenu] = useState<{ row: Row; at: { x: number; y: number } } | null>(null);
  const anchor = jobsStore((state) => state.anchor);
  const shown = jobsStore((state) => state.shown);
  const { grip, mark } = useReorder(scroll);
  // The library keeps state that the compiler must not remember for us.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: (index) => HEIGHTS[rows[index]?.kind ?? "job"] * rem(),
    getItemKey: (index) => `${rows[index]?.kind ?? ""}:${rows[index]?.key ?? index}`,
    overscan: 6,
  });
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  const visible = items.flatMap(({ index }) => (rows[index] === undefined ? [] : jobsOfRow(rows[index]).slice(0, 1))).map((job) => job.id).join(" ");
  useEffect(() => learn(visible.split(" ").filter((id) => id !== "")), [visible]);
  useEffect(() => {
    if (last >= rows.length - 10) readMore();
  }, [last, rows.length]);

  const walkable = rows.filter((row) => row.kind !== "head");
  const current = walkable.find((row) => row.key === focused) ?? walkable[0];
  const focus = (row: Row | undefined): void => {
    if (row === undefined) return;
    setFocused(row.key);
    virtual.scrollToIndex(rows.indexOf(row), { align: "auto" });
    requestAnimationFrame(() => scroll.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(row.key)}"]`)?.focus({ preventScroll: true }));
  };
  const choose = (row: Row, event: { readonly shiftKey: boolean }): void => {
    const ids = jobsOfRow(row).map((job) => job.id);
    jobsStore.setState(({ chosen }) => {
      if (event.shiftKey) return { chosen: new Set([...chosen, ...chosenRange(rows, anchor, row.key)]) };
      const isIn = ids.every((id) => chosen.has(id));
      return { chosen: new Set(isIn ? [...chosen].filter((id) => !ids.includes(id)) : [...chosen, ...ids]), anchor: row.key };
    });
  };
  const act = (row: Row): void => {
    if (row.kind === "group") jobsStore.setState(({ open }) => ({ open: toggle(open, row.key) }));
    else if (row.kind === "job") jobsStore.setState((state) => ({ shown: state.shown === row.job.id ? null : row.job.id, anchor: row.key }));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    // Buttons and menus inside of a row have keys of their own.
    const isRow = event.target instanceof HTMLElement && event.target.dataset["key"] !== undefined;
    if (!isRow || current === undefined) return;
    if (onKey(event, { rows: walkable, row: current, focus, choose, act })) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  const onClick = (event: MouseEvent<HTMLElement>, row: Row): void => {
    if ((event.target as HTMLElement).closest("button, a, input, summary, [data-details], [data-grip]") !== null) return;
    setFocused(row.key);
    if (event.ctrlKey || event.metaKey || event.shiftKey) choose(row, event);
    else act(row);
  };
  return (
    <div ref={scroll} className={styles.scroll}>
      <div role="treegrid" tabIndex={-1} aria-label={t("jobs.title")} aria-multiselectable aria-rowcount={rows.length} className={styles.rows} style={{ height: virtual.getTotalSize() }} onKeyDown={onKeyDown}>
        {items.map(({ index, key, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const common = {
            isFocusable: row === current,
            onFocus: () => setFocused(row.key),
            onClick: (event: MouseEvent<HTMLElement>) => onClick(event, row),
            onMenu: (at: { x: number; y: number }) => setMenu({ row, at }),
            onChoose: (event: { readonly shiftKey: boolean }) => choose(row, event),
            index,
          };
          return (
            <div key={key} ref={virtual.measureElement} data-index={index} role="presentation" className={styles.place} style={{ transform: `translateY(${start}px)` }}>
              {row.kind === "head" && <div role="row" aria-rowindex={index + 1} className={styles.head}><span role="rowheader">{t(`jobs.section.${row.key}`)}</span><span role="gridcell">{row.count}</span></div>}
              {row.kind === "group" && <GroupRow row={row} {...common} />}
              {row.kind === "job" && <JobRow row={row} {...common} isShown={shown === row.job.id} grip={row.job.status === "pending" ? grip(row.job.id) : null} mark={mark(row.job.id)} />}
            </div>
          );
        })}
      </div>
      {menu !== null && <PopupMenu at={menu.at} label={t("jobs.rowMenu")} sections={rowSections(menu.row)} onClose={() => { setMenu(null); focus(menu.row); }} />}
    </div>
  );
}

interface Place {
  readonly rows: readonly Row[];
  readonly row: Row;
  readonly focus: (row: Row | undefined) => void;
  readonly choose: (row: Row, event: { readonly shiftKey: boolean }) => void;
  readonly act: (row: Row) => void;
}

/** Whether the key was one of the list's. */
function onKey(event: KeyboardEvent, { rows, row, focus, choose, act }: Place): boolean {
  const at = rows.indexOf(row);
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
  const isMod = event.ctrlKey || event.metaKey;
  if (step !== undefined && event.altKey) {
    if (row.kind === "job" && row.job.status === "pending") stepWaiting(row.job.id, Math.sign(step));
  } else if (step !== undefined) {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    if (event.shiftKey && next !== undefined) {
      if (jobsStore.getState().chosen.size === 0) choose(row, { shiftKey: false });
      choose(next, { shiftKey: true });
    }
    focus(next);
  } else if (event.key === "Home") focus(rows[0]);
  else if (event.key === "End") focus(rows[rows.length - 1]);
  else if (event.key === "Enter") act(row);
  else if (event.key === " ") choose(row, event);
  else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    if (row.kind === "group" && row.isOpen !== (event.key === "ArrowRight")) act(row);
  } else if (event.key === "Delete" || event.key === "Backspace") {
    const { chosen } = jobsStore.getState();
    const own = jobsOfRow(row).map((job) => job.id);
    remove(own.some((id) => chosen.has(id)) ? [...chosen] : own);
    focus(rows[at + 1] ?? rows[at - 1]);
  } else if (event.key === "a" && isMod) jobsStore.setState({ chosen: new Set(rows.flatMap((item) => jobsOfRow(item).map((job) => job.id))) });
  else if (event.key === "Escape" && jobsStore.getState().chosen.size > 0) jobsStore.setState({ chosen: new Set() });
  else return false;
  return true;
}
