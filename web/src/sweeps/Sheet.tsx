/** The XY sheet: what a sweep made, in rows and columns. */
import { MoveDown, MoveRight } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent } from "react";

import { t } from "@/i18n";

import type { Axis, Place } from "./document";
import { joined } from "./grid";
import { lineKey, shownOf } from "./shown";
import { SheetBar, SIZES } from "./SheetBar";
import { SheetCell } from "./SheetCell";
import { SheetFoot } from "./SheetFoot";
import { SheetHead } from "./SheetHead";
import { SheetLarge } from "./SheetLarge";
import { runAgain } from "./run";
import { cellKey, followSheet, MISSING, sheetStore } from "./sheet";
import styles from "./Sheet.module.css";
import { applyCell } from "./use";
import { closeSheet, sweepView } from "./view";
import { useZoom } from "./zoom";

export function Sheet() {
  const isOpen = sweepView((state) => state.isSheetOpen);
  return isOpen ? <OpenSheet /> : null;
}

function OpenSheet() {
  const id = sweepView((state) => state.sheet);
  useEffect(() => followSheet(id), [id]);
  const [size, setSize] = useState<number | null>(null);
  const isLoaded = sheetStore((state) => state.isLoaded && (id === null || state.id === id));
  const isEmpty = sheetStore((state) => state.axes.length === 0 || state.id !== id);
  const problem = sheetStore((state) => state.problem);
  const root = useRef<HTMLElement>(null);
  // The keys of the sheet work as soon as it is there.
  useEffect(() => root.current?.focus(), []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.stopPropagation();
    closeSheet();
  };
  return (
    // The keys are those of the grid inside.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section ref={root} className={styles.sheet} tabIndex={-1} aria-label={t("sweeps.sheet.title")} onKeyDown={onKeyDown} data-testid="sweep-sheet">
      <SheetBar size={size ?? SIZES.first} onSize={setSize} />
      {problem !== null && <p className={styles.problem} role="alert">{t("sweeps.sheet.problem", { message: problem })}</p>}
      {!isEmpty && <Grid key={id} size={size} onFit={setSize} />}
      {isEmpty && <p className={styles.empty}>{t(id === null ? "sweeps.sheet.none" : isLoaded ? "sweeps.sheet.gone" : "app.opening")}</p>}
    </section>
  );
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

interface GridProps {
  /** Null until somebody chose one, or one was found that shows all. */
  readonly size: number | null;
  readonly onFit: (size: number) => void;
}

/** The largest size at which the whole grid is seen, as far as pictures can be told apart then. */
function fitting(frame: HTMLElement | null, columns: number, rows: number): number {
  if (frame === null) return SIZES.first;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  const [width, height] = [frame.clientWidth / rem - 13, frame.clientHeight / rem - 4];
  const found = Math.floor(Math.min(width / Math.max(1, columns), height / Math.max(1, rows)) - 0.5);
  return Math.max(SIZES.least + 3, Math.min(SIZES.most, found));
}

function Grid({ size, onFit }: GridProps) {
  const axes = sheetStore((state) => state.axes);
  const places = sheetStore((state) => state.places);
  const hidden = sheetStore((state) => state.hidden);
  const sheet = sheetStore((state) => state.sheet);
  const { columns, rows, cells, grid } = useMemo(() => shownOf({ axes, places, hidden, sheet }), [axes, places, hidden, sheet]);
  const [at, setAt] = useState<readonly [number, number]>([0, 0]);
  const [isLarge, setLarge] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const zoom = useZoom(frame);
  const [across, down] = [columns.length, rows.length];
  useLayoutEffect(() => {
    if (size === null) onFit(fitting(frame.current, across, down));
  }, [size, onFit, across, down]);
  const focusCell = (): void => void requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>('[role="gridcell"][tabindex="0"]')?.focus());
  const [y, x] = [Math.min(at[0], rows.length - 1), Math.min(at[1], columns.length - 1)];
  const cell = cells[y]?.[x];
  const go = (dy: number, dx: number): void => {
    const next = [Math.max(0, Math.min(rows.length - 1, y + dy)), Math.max(0, Math.min(columns.length - 1, x + dx))] as const;
    setAt(next);
    if (!isLarge) focusCell();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || cell === undefined || !(event.target as HTMLElement).matches('[role="gridcell"]')) return;
    if (step !== undefined) go(...step);
    else if (event.key === "Home") go(0, -columns.length);
    else if (event.key === "End") go(0, columns.length);
    else if (event.key === "PageUp") sheetStore.setState({ sheet: Math.max(0, sheet - 1) });
    else if (event.key === "PageDown") sheetStore.setState({ sheet: Math.min(grid.sheets.length - 1, sheet + 1) });
    else if (event.key === "Enter" || event.key === " ") setLarge(true);
    else if (event.key === "u") applyCell(axes, cell);
    else if (event.key === "r" && ["failed", "cancelled", "missing"].includes((sheetStore.getState().cells[cellKey(cell)] ?? MISSING).status)) void runAgain([cell]);
    else if (event.key === "+" || event.key === "=") zoom.by(1.5);
    else if (event.key === "-") zoom.by(1 / 1.5);
    else if (event.key === "0") zoom.reset();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const hasRows = rows.some((line) => line.label !== "");
  return (
    <>
      {grid.sheets.length > 1 && <Sheets labels={grid.sheets.map((line) => line.label)} sheet={Math.min(sheet, grid.sheets.length - 1)} />}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div ref={frame} className={styles.frame} style={{ "--size": `${size ?? SIZES.first}rem`, ...zoom.style } as CSSProperties} onKeyDown={onKeyDown}>
        <div role="grid" className={styles.grid} aria-label={t("sweeps.sheet.grid")} aria-rowcount={rows.length} aria-colcount={columns.length} style={{ gridTemplateColumns: `minmax(${hasRows ? "5rem" : "0"}, 11rem) repeat(${columns.length}, var(--size))` }}>
          <div role="row" className={styles.row}>
            <div role="columnheader" className={styles.corner} aria-label={t("sweeps.sheet.corner")}>
              <Corner axes={axes} places={places} />
            </div>
            {columns.map((line) => (
              <SheetHead key={lineKey("columns", line)} side="columns" line={line} canHide={columns.length > 1} />
            ))}
          </div>
          {rows.map((line, row) => (
            <div key={lineKey("rows", line)} role="row" className={styles.row}>
              <SheetHead side="rows" line={line} canHide={rows.length > 1} />
              {(cells[row] ?? []).map((item, column) => (
                <SheetCell
                  key={cellKey(item)}
                  cell={item}
                  isCurrent={row === y && column === x}
                  onFocus={() => setAt([row, column])}
                  onOpen={() => {
                    setAt([row, column]);
                    setLarge(true);
                  }}
                />
              ))}
            </div>
          ))}
        </div>
      </div>
      {cell !== undefined && <SheetFoot cell={cell} zoom={zoom} onOpen={() => setLarge(true)} />}
      {isLarge && cell !== undefined && <SheetLarge cell={cell} onStep={go} onClose={() => { setLarge(false); focusCell(); }} />}
    </>
  );
}

/** What the columns and the rows go through. */
function Corner({ axes, places }: { readonly axes: readonly Axis[]; readonly places: readonly Place[] }) {
  const along = (place: Place): string => joined(...axes.filter((_axis, i) => places[i] === place).map((axis) => axis.title));
  const [columns, rows] = [along("columns"), along("rows")];
  return (
    <>
      {columns !== "" && (
        <span>
          {columns} <MoveRight size={12} aria-hidden />
        </span>
      )}
      {rows !== "" && (
        <span>
          {rows} <MoveDown size={12} aria-hidden />
        </span>
      )}
    </>
  );
}

function Sheets({ labels, sheet }: { readonly labels: readonly string[]; readonly sheet: number }) {
  const go = (to: number): void => sheetStore.setState({ sheet: Math.max(0, Math.min(labels.length - 1, to)) });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    event.stopPropagation();
    go(sheet + (event.key === "ArrowLeft" ? -1 : 1));
    const tabs = event.currentTarget;
    requestAnimationFrame(() => tabs.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  };
  return (
    <div className={styles.sheets} role="tablist" tabIndex={-1} aria-label={t("sweeps.places.sheets")} onKeyDown={onKeyDown}>
      {labels.map((label, i) => (
        <button key={label} type="button" role="tab" aria-selected={i === sheet} tabIndex={i === sheet ? 0 : -1} onClick={() => go(i)}>
          {label}
        </button>
      ))}
    </div>
  );
}
