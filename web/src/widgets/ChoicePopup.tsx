/** The list of a drop-down: search, folders, pictures; only the rows in view exist. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { Check, ChevronDown, ChevronRight, FolderTree, RefreshCw, Search } from "lucide-react";
import { Popover } from "radix-ui";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from "react";

import { text as asText } from "@/formats/file";
import type { Json } from "@/formats/json";
import type { Widget } from "@/formats/widgets";
import { t } from "@/i18n";
import { rem } from "@/ui/rem";

import { flatRows, foldersOf, hasFolders, searchChoices, treeRows, type Row } from "./choices";
import styles from "./ChoicePopup.module.css";
import { learnPlaces, modelFolder, modelPreviews, thumbnailsOf, usePlaces } from "./previews";
import type { RemoteList } from "./remote";

/** Fewer choices than this are seen at a glance. */
const SEARCH_FROM = 8;
const TREE = "heddle.choiceTree";

interface Props {
  readonly id: string;
  readonly widget: Widget;
  readonly label: string;
  readonly choices: readonly Json[];
  readonly chosen: readonly Json[];
  readonly isMany?: boolean;
  readonly anchor: RefObject<HTMLButtonElement | null>;
  readonly remote: (RemoteList & { readonly refresh: () => void }) | null;
  readonly onChoose: (choice: Json) => void;
  readonly onClose: () => void;
}

export function ChoicePopup(props: Props) {
  const { anchor, onClose } = props;
  return (
    <Popover.Root open onOpenChange={(isOpen) => { if (!isOpen) onClose(); }}>
      <Popover.Anchor virtualRef={anchor as RefObject<HTMLButtonElement>} />
      <Popover.Portal>
        <Popover.Content
          className={styles.popup}
          align="start"
          sideOffset={4}
          collisionPadding={12}
          style={{ minWidth: anchor.current?.getBoundingClientRect().width }}
          onKeyDown={(event) => event.stopPropagation()}
          onDoubleClick={(event) => event.stopPropagation()}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            anchor.current?.focus({ preventScroll: true });
          }}
          onInteractOutside={(event) => {
            // The button closes by itself.
            if (anchor.current?.contains(event.target as Node) === true) event.preventDefault();
          }}
        >
          <Choices {...props} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

const wantsTree = (): boolean => localStorage.getItem(TREE) !== "no";

function useRows(choices: readonly Json[], chosen: readonly Json[]) {
  const [query, setQuery] = useState("");
  const [isTree, setTree] = useState(wantsTree);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(chosen.flatMap(foldersOf)));
  const foldable = hasFolders(choices);
  const rows = useMemo(() => {
    if (query.trim() !== "") return flatRows(searchChoices(choices, query));
    return foldable && isTree ? treeRows(choices, open) : flatRows(choices);
  }, [choices, query, foldable, isTree, open]);
  const toggleFolder = (path: string, on = !open.has(path)): void => setOpen(new Set(on ? [...open, path] : [...open].filter((other) => other !== path)));
  const toggleTree = (): void => {
    localStorage.setItem(TREE, isTree ? "no" : "yes");
    setTree(!isTree);
  };
  return { rows, query, setQuery, foldable, isTree, toggleTree, toggleFolder };
}

const indexOf = (rows: readonly Row[], chosen: readonly Json[]): number => Math.max(0, rows.findIndex((row) => row.kind === "choice" && chosen.includes(row.choice)));

function Choices({ id, widget, label, choices, chosen, isMany = false, remote, onChoose }: Props) {
  const { rows, query, setQuery, foldable, isTree, toggleTree, toggleFolder } = useRows(choices, chosen);
  const [active, setActive] = useState(() => indexOf(rows, chosen));
  const list = useRef<HTMLDivElement>(null);
  const thumbnails = useMemo(() => thumbnailsOf(widget), [widget]);
  const height = thumbnails !== null ? 3 : matchMedia("(pointer: coarse)").matches ? 2.5 : 1.75;
  // Its functions change with every drawing, and are given to nobody.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => list.current,
    estimateSize: () => height * rem(),
    overscan: 6,
  });
  const hasSearch = choices.length >= SEARCH_FROM;
  useEffect(() => {
    if (active < rows.length) virtual.scrollToIndex(active, { align: "auto" });
  }, [active, rows.length, virtual]);
  useEffect(() => {
    if (!hasSearch) list.current?.focus();
  }, [hasSearch]);
  const row = rows[active];

  const choose = (at: Row | undefined): void => {
    if (at?.kind === "folder") toggleFolder(at.path);
    else if (at !== undefined) onChoose(at.choice);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const isText = event.target instanceof HTMLInputElement;
    const page = Math.max(1, Math.floor((list.current?.clientHeight ?? 280) / virtual.options.estimateSize(0)) - 1);
    const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, ...(isText ? {} : { Home: -rows.length, End: rows.length }) };
    const move = moves[event.key];
    if (event.target instanceof HTMLButtonElement) return;
    if (move !== undefined) setActive(Math.min(rows.length - 1, Math.max(0, active + move)));
    else if (event.key === "Enter" || (event.key === " " && !isText)) choose(row);
    else if (row?.kind === "folder" && query === "" && (event.key === "ArrowRight" || event.key === "ArrowLeft")) toggleFolder(row.path, event.key === "ArrowRight");
    else return;
    event.preventDefault();
  };
  return (
    // Keys are handled for search and list alike.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div onKeyDown={onKeyDown}>
      {(hasSearch || remote !== null) && (
        <div className={styles.search}>
          <Search size={14} />
          <input
            autoFocus
            role="combobox"
            aria-expanded
            aria-controls={id}
            aria-activedescendant={`${id}-${active}`}
            aria-label={label}
            placeholder={t("widget.search")}
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setActive(0);
            }}
          />
          {foldable && (
            <button type="button" aria-pressed={isTree} aria-label={t("fields.folders")} title={t("fields.folders")} onClick={toggleTree}>
              <FolderTree size={14} />
            </button>
          )}
          {remote !== null && (
            <button type="button" aria-label={t("fields.refresh")} title={t("fields.refresh")} disabled={remote.isBusy} data-busy={remote.isBusy || undefined} onClick={remote.refresh}>
              <RefreshCw size={14} />
            </button>
          )}
        </div>
      )}
      {remote?.error !== null && remote !== null && (
        <p className={styles.error} role="alert">
          {t("fields.remoteFailed", { message: remote.error })}
        </p>
      )}
      <div
        ref={list}
        id={id}
        className={styles.list}
        role="listbox"
        aria-label={label}
        aria-multiselectable={isMany || undefined}
        aria-busy={remote?.isBusy || undefined}
        tabIndex={hasSearch ? -1 : 0}
        aria-activedescendant={`${id}-${active}`}
      >
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map(({ index, start, size }) => {
            const item = rows[index];
            return (
              item !== undefined && (
                <Option
                  key={index}
                  row={item}
                  place={{ id: `${id}-${index}`, start, size, index, total: rows.length }}
                  isActive={index === active}
                  isChosen={item.kind === "choice" && chosen.includes(item.choice)}
                  picture={item.kind === "choice" ? (thumbnails?.(item.choice) ?? null) : null}
                  hasPictures={thumbnails !== null}
                  onActive={() => setActive(index)}
                  onChoose={() => choose(item)}
                />
              )
            );
          })}
        </div>
        {rows.length === 0 && <p className={styles.none}>{t(remote?.isBusy === true ? "fields.asking" : "widget.none")}</p>}
      </div>
      {row?.kind === "choice" && <ModelPreview widget={widget} choice={row.choice} />}
    </div>
  );
}

interface OptionProps {
  readonly row: Row;
  readonly place: { readonly id: string; readonly start: number; readonly size: number; readonly index: number; readonly total: number };
  readonly isActive: boolean;
  readonly isChosen: boolean;
  readonly picture: string | null;
  readonly hasPictures: boolean;
  readonly onActive: () => void;
  readonly onChoose: () => void;
}

function Option({ row, place, isActive, isChosen, picture, hasPictures, onActive, onChoose }: OptionProps) {
  const full = row.kind === "choice" ? asText(row.choice) : row.path;
  const Chevron = row.kind === "folder" && row.isOpen ? ChevronDown : ChevronRight;
  return (
    // Keys are handled by the list around them.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={place.id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      aria-expanded={row.kind === "folder" ? row.isOpen : undefined}
      aria-setsize={place.total}
      aria-posinset={place.index + 1}
      data-active={isActive || undefined}
      className={styles.option}
      style={{ top: place.start, height: place.size, paddingLeft: `${0.625 + row.depth}rem` }}
      title={full}
      onPointerMove={onActive}
      onClick={onChoose}
    >
      {row.kind === "folder" && <Chevron size={13} />}
      {hasPictures && row.kind === "choice" && (picture === null ? <span className={styles.thumb} /> : <img className={styles.thumb} src={picture} alt="" loading="lazy" draggable={false} />)}
      <span className={styles.name}>{row.name}</span>
      {row.kind === "folder" && <span className={styles.count}>{row.count}</span>}
      {isChosen && <Check size={14} />}
    </div>
  );
}

/** How a model's pictures look: only of the one that is looked at, where it has one. */
function ModelPreview({ widget, choice }: { readonly widget: Widget; readonly choice: Json }) {
  const folder = modelFolder(widget);
  const previewOf = modelPreviews(folder, usePlaces(folder));
  const [broken, setBroken] = useState("");
  useEffect(() => {
    if (folder !== null) void learnPlaces(folder);
  }, [folder]);
  const url = previewOf?.(choice) ?? null;
  if (url === null || url === broken) return null;
  return <img className={styles.preview} src={url} alt={t("fields.previewOf", { name: asText(choice) })} onError={() => setBroken(url)} />;
}
