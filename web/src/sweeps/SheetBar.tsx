/** Above the sheet: which sweep, which output, how its axes lie, and how it leaves. */
import { ChevronDown, Download, Eye, RotateCw, Square, X } from "lucide-react";
import { DropdownMenu } from "radix-ui";

import { language, t } from "@/i18n";
import { IconButton } from "@/ui/IconButton";
import menu from "@/ui/Menu.module.css";

import { PLACES } from "./document";
import { downloadCsv, downloadPng, savePng } from "./exporting";
import { cancelRest, runAgain, unfinished } from "./run";
import { outputsOf, sheetStore, type SheetEntry } from "./sheet";
import styles from "./Sheet.module.css";
import { closeSheet, showSheet, sweepView } from "./view";

/** Width of a cell in rem. */
export const SIZES = { least: 6, most: 40, first: 13 };

interface Props {
  readonly size: number;
  readonly onSize: (size: number) => void;
}

const dated = ({ title, time, done, count }: SheetEntry): string => `${new Date(time).toLocaleString(language(), { dateStyle: "short", timeStyle: "short" })} · ${title} (${done}/${count})`;

export function SheetBar({ size, onSize }: Props) {
  const id = sweepView((state) => state.sheet);
  const cells = sheetStore((state) => state.cells);
  const states = Object.values(cells);
  const done = states.filter((cell) => cell.status === "completed").length;
  const open = states.filter((cell) => ["sending", "pending", "in_progress"].includes(cell.status)).length;
  const failed = states.length - done - open;
  const hidden = sheetStore((state) => state.hidden.size);
  return (
    <header className={styles.bar}>
      <History id={id} />
      <span className={styles.count} aria-live="polite" data-testid="sheet-count">{t("sweeps.sheet.done", { done, count: states.length })}</span>
      {open > 0 && (
        <button type="button" className={styles.button} onClick={() => void cancelRest()}>
          <Square size={13} />
          {t("sweeps.sheet.cancel", { count: open })}
        </button>
      )}
      {failed > 0 && (
        <button type="button" className={styles.button} onClick={() => void runAgain(unfinished())}>
          <RotateCw size={14} />
          {t("sweeps.sheet.rest", { count: failed })}
        </button>
      )}
      {hidden > 0 && (
        <button type="button" className={styles.button} onClick={() => sheetStore.setState({ hidden: new Set() })}>
          <Eye size={14} />
          {t("sweeps.sheet.showAll", { count: hidden })}
        </button>
      )}
      <span className={styles.gap} />
      <Outputs />
      <Axes />
      <label className={styles.size}>
        <span>{t("sweeps.sheet.size")}</span>
        <input type="range" min={SIZES.least} max={SIZES.most} step={1} value={size} onChange={(event) => onSize(event.target.valueAsNumber)} />
      </label>
      <Leave />
      <IconButton label={t("sweeps.sheet.close")} chord="Esc" onClick={closeSheet}>
        <X size={17} />
      </IconButton>
    </header>
  );
}

function History({ id }: { readonly id: string | null }) {
  const history = sheetStore((state) => state.history) ?? [];
  const title = sheetStore((state) => state.title);
  const isListed = history.some((entry) => entry.id === id);
  return (
    <select className={`${styles.select} ${styles.history}`} aria-label={t("sweeps.sheet.history")} value={id ?? ""} onChange={(event) => showSheet(event.target.value)}>
      {!isListed && <option value={id ?? ""}>{title === "" ? t("sweeps.sheet.title") : title}</option>}
      {history.map((entry) => (
        <option key={entry.id} value={entry.id}>
          {dated(entry)}
        </option>
      ))}
    </select>
  );
}

function Outputs() {
  const cells = sheetStore((state) => state.cells);
  const output = sheetStore((state) => state.output);
  const titles = sheetStore((state) => state.titles);
  const nodes = outputsOf(cells);
  if (nodes.length < 2) return null;
  return (
    <select className={styles.select} aria-label={t("sweeps.sheet.output")} value={output ?? ""} onChange={(event) => sheetStore.setState({ output: event.target.value === "" ? null : event.target.value })}>
      <option value="">{t("sweeps.sheet.firstOutput")}</option>
      {nodes.map((node) => (
        <option key={node} value={node}>{`${titles[node] ?? node} #${node}`}</option>
      ))}
    </select>
  );
}

/** Where each axis lies; the runs stay what they are. */
function Axes() {
  const axes = sheetStore((state) => state.axes);
  const places = sheetStore((state) => state.places);
  if (axes.length < 2) return null;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={styles.button}>
        {t("sweeps.sheet.axes")}
        <ChevronDown size={13} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={menu.menu} align="end" sideOffset={6} onKeyDown={(event) => event.stopPropagation()}>
          {axes.map((axis, i) => (
            <DropdownMenu.Group key={axis.title}>
              <DropdownMenu.Label className={styles.menuLabel}>{axis.title}</DropdownMenu.Label>
              <DropdownMenu.RadioGroup
                value={places[i] ?? "columns"}
                onValueChange={(value) => {
                  const place = PLACES.find((name) => name === value) ?? "columns";
                  sheetStore.setState({ places: places.map((other, k) => (k === i ? place : other)), sheet: 0, hidden: new Set() });
                }}
              >
                {PLACES.map((place) => (
                  <DropdownMenu.RadioItem key={place} value={place} className={menu.item} onSelect={(event) => event.preventDefault()}>
                    {t(`sweeps.places.${place}`)}
                  </DropdownMenu.RadioItem>
                ))}
              </DropdownMenu.RadioGroup>
            </DropdownMenu.Group>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Leave() {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={styles.button} data-testid="sheet-export">
        <Download size={14} />
        {t("sweeps.export.title")}
        <ChevronDown size={13} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={menu.menu} align="end" sideOffset={6} onKeyDown={(event) => event.stopPropagation()}>
          <DropdownMenu.Item className={menu.item} onSelect={() => void downloadPng()}>
            {t("sweeps.export.png")}
          </DropdownMenu.Item>
          <DropdownMenu.Item className={menu.item} onSelect={() => void savePng()}>
            {t("sweeps.export.save")}
          </DropdownMenu.Item>
          <DropdownMenu.Item className={menu.item} onSelect={downloadCsv}>
            {t("sweeps.export.csv")}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
