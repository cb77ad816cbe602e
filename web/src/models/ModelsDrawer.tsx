/** The model library: folders as a tree, each file with what is known of it, ready to be put on the canvas. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight, Plus, RefreshCw } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";

import { t } from "@/i18n";
import { DrawerHead } from "@/panels/NodesDrawer";
import panel from "@/panels/Panel.module.css";
import { IconButton } from "@/ui/IconButton";
import { SearchField } from "@/ui/SearchField";
import { rem } from "@/ui/rem";
import { bytes } from "@/ui/units";

import { addModel, refreshModels } from "./actions";
import { dragModel } from "./drag";
import { ModelDetails } from "./ModelDetails";
import styles from "./ModelsDrawer.module.css";
import { Picture } from "./Picture";
import { learn, modelStore, readModels, toggleFolder } from "./store";
import { fileKey, rowsOf, type Entry, type Row } from "./tree";


export function ModelsDrawer() {
  const { entries, open, query, state } = modelStore();
  const rows = useMemo(() => rowsOf(entries, open, query), [entries, open, query]);
  useEffect(() => void readModels(), []);
  return (
    <>
      <DrawerHead title={t("models.title")}>
        <IconButton label={t("models.refresh")} onClick={() => void refreshModels()}>
          <RefreshCw size={15} />
        </IconButton>
      </DrawerHead>
      <SearchField className={panel.search} label={t("models.search")} query={query} onQuery={(query) => modelStore.setState({ query })} type="search" />
      {state === "offline" && <p className={panel.hint} role="alert">{t("jobs.offline")}</p>}
      {state === "ready" && entries.length === 0 ? <Empty /> : state === "ready" && rows.length === 0 ? <p className={panel.hint}>{t("models.nothingFound")}</p> : <Tree rows={rows} />}
    </>
  );
}

/** Where files are to be put. */
function Empty() {
  const folders = modelStore((state) => state.folders);
  return (
    <div className={panel.scroll}>
      <p className={panel.hint}>{t("models.empty")}</p>
      <dl className={styles.places}>
        {folders.slice(0, 12).map(({ name, folders: paths }) => (
          <div key={name}>
            <dt>{name}</dt>
            {paths.map((path) => <dd key={path}>{path}</dd>)}
          </div>
        ))}
      </dl>
    </div>
  );
}

function Tree({ rows }: { readonly rows: readonly Row[] }) {
  const scroll = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const shown = modelStore((state) => state.shown);
  // The library keeps state that the compiler must not remember for us.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroll.current, estimateSize: (index) => (rows[index]?.kind === "file" ? 3 : 1.875) * rem(), getItemKey: (index) => rows[index]?.key ?? index, overscan: 8 });
  const current = rows.find((row) => row.key === focused) ?? rows[0];
  const focus = (row: Row | undefined): void => {
    if (row === undefined) return;
    setFocused(row.key);
    virtual.scrollToIndex(rows.indexOf(row), { align: "auto" });
    requestAnimationFrame(() => scroll.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(row.key)}"]`)?.focus({ preventScroll: true }));
  };
  const show = (entry: Entry): void => modelStore.setState((state) => ({ shown: state.shown === fileKey(entry) ? null : fileKey(entry) }));
  const onKeyDown = (event: KeyboardEvent): void => {
    if (current === undefined || !(event.target instanceof HTMLElement) || event.target.dataset["key"] === undefined) return;
    const at = rows.indexOf(current);
    const parent = rows.slice(0, at).findLast((row) => row.depth < current.depth);
    if (event.key === "ArrowDown") focus(rows[at + 1]);
    else if (event.key === "ArrowUp") focus(rows[at - 1]);
    else if (event.key === "Home") focus(rows[0]);
    else if (event.key === "End") focus(rows[rows.length - 1]);
    else if (event.key === "ArrowRight" && current.kind === "folder" && !current.isOpen) toggleFolder(current.key);
    else if (event.key === "ArrowRight" && current.kind === "file" && shown !== current.key) show(current.entry);
    else if (event.key === "ArrowLeft" && current.kind === "folder" && current.isOpen) toggleFolder(current.key);
    else if (event.key === "ArrowLeft" && current.kind === "file" && shown === current.key) show(current.entry);
    else if (event.key === "ArrowLeft") focus(parent);
    else if (event.key === "Enter" && current.kind === "file") addModel(current.entry);
    else if (event.key === " " && current.kind === "file") show(current.entry);
    else if (event.key === "Enter" || event.key === " ") toggleFolder(current.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={scroll} className={panel.scroll}>
      <div role="treegrid" tabIndex={-1} aria-label={t("models.title")} className={styles.tree} style={{ height: virtual.getTotalSize() }} onKeyDown={onKeyDown}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const common = { isFocusable: row === current, onFocus: () => setFocused(row.key) };
          return (
            <div key={key} ref={virtual.measureElement} data-index={index} role="presentation" className={styles.place} style={{ transform: `translateY(${start}px)` }}>
              {row.kind === "folder" ? <FolderRow row={row} {...common} /> : <FileRow row={row} {...common} isShown={shown === row.key} onShow={() => show(row.entry)} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface Common {
  readonly isFocusable: boolean;
  readonly onFocus: () => void;
}

function FolderRow({ row, isFocusable, onFocus }: Common & { readonly row: Extract<Row, { kind: "folder" }> }) {
  const Fold = row.isOpen ? ChevronDown : ChevronRight;
  return (
    // The tree has the keys.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div role="row" aria-expanded={row.isOpen} aria-level={row.depth + 1} tabIndex={isFocusable ? 0 : -1} data-key={row.key} className={styles.folder} onFocus={onFocus} onClick={() => toggleFolder(row.key)}>
      <div role="gridcell" className={panel.row} style={{ paddingLeft: `${0.25 + row.depth * 0.75}rem` }}>
        <Fold size={14} />
        <span className={panel.label}>{row.depth === 0 ? row.name.replaceAll("_", " ") : row.name}</span>{" "}
        <span className={panel.count}>{row.count}</span>
      </div>
    </div>
  );
}

function FileRow({ row: { entry, key, name, depth }, isFocusable, onFocus, isShown, onShow }: Common & { readonly row: Extract<Row, { kind: "file" }>; readonly isShown: boolean; readonly onShow: () => void }) {
  const about = modelStore((state) => state.about[key]);
  useEffect(() => learn(entry), [entry]);
  const bare = name.replace(/\.(safetensors|ckpt|pt|pth|bin|gguf|sft)$/i, "");
  const facts = [about?.family, bytes(entry.size)].filter(Boolean).join(" · ");
  return (
    <div className={styles.file} data-shown={isShown || undefined}>
      {/* The tree has the keys. */}
      {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events */}
      <div
        role="row"
        aria-expanded={isShown}
        aria-selected={isShown}
        aria-level={depth + 1}
        tabIndex={isFocusable ? 0 : -1}
        data-key={key}
        data-testid="model"
        className={styles.line}
        style={{ paddingLeft: `${0.25 + depth * 0.75}rem` }}
        draggable
        onDragStart={(event) => dragModel(event, entry)}
        onFocus={onFocus}
        onClick={(event) => {
          if (!isOnButton(event)) onShow();
        }}
        onDoubleClick={(event) => {
          if (!isOnButton(event)) addModel(entry);
        }}
      >
        <div role="gridcell" className={styles.about}>
          <Picture entry={entry} />
          <span className={styles.words}>
            <span className={styles.name} title={entry.name}>{bare}</span>{" "}
            <span className={styles.facts}>{facts}</span>
          </span>
        </div>
        <div role="gridcell">
          <IconButton label={t(entry.folder === "embeddings" ? "models.insert" : "models.add")} className={styles.add ?? ""} tabIndex={isFocusable ? 0 : -1} onClick={() => addModel(entry)}>
            <Plus size={16} />
          </IconButton>
        </div>
      </div>
      {isShown && (
        <div role="row" aria-level={depth + 2}>
          <div role="gridcell">
            <ModelDetails entry={entry} about={about} />
          </div>
        </div>
      )}
    </div>
  );
}

const isOnButton = ({ target }: MouseEvent): boolean => (target as HTMLElement).closest("button") !== null;
