/** The pictures as a grid: drawn as they come into sight, walked through with the arrow keys. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { Check, Heart } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";

import type { Item } from "@/api/gallery";
import { stepTo } from "@/chooser/choice";
import { t } from "@/i18n";
import { PopupMenu } from "@/ui/PopupMenu";
import { rem } from "@/ui/rem";

import { compare, isKept, itemSections, openLarge, remove, toggleFavourite } from "./actions";
import { dragPicture } from "./drag";
import styles from "./Grid.module.css";
import { fileKey } from "./kinds";
import { Media } from "./Media";
import { clicked, NOTHING, toggledKey, walked } from "./selection";
import { chosenItems, galleryStore, keepPreferences, readMore, say } from "./store";

const GAP = 0.5;
const PADDING = 0.75;

export function Grid() {
  const { items, state, total, size, selection, source, search, filters } = galleryStore();
  const scroll = useRef<HTMLDivElement>(null);
  const width = useWidth(scroll);
  const [menu, setMenu] = useState<{ item: Item; at: { x: number; y: number } } | null>(null);
  const columns = Math.max(1, Math.floor((width / rem() - 2 * PADDING + GAP) / (size + GAP)));
  const cell = width === 0 ? size * rem() : (width - 2 * PADDING * rem() - (columns - 1) * GAP * rem()) / columns;
  // The library keeps state that the compiler must not remember for us.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({ count: Math.ceil(items.length / columns), getScrollElement: () => scroll.current, estimateSize: () => cell + GAP * rem(), overscan: 2, paddingStart: PADDING * rem(), paddingEnd: PADDING * rem() });
  useEffect(() => virtual.measure(), [virtual, cell]);
  const rows = virtual.getVirtualItems();
  const last = rows[rows.length - 1]?.index ?? 0;
  useEffect(() => {
    if ((last + 4) * columns >= items.length && items.length < total) void readMore();
  }, [last, columns, items.length, total]);

  const keys = items.map(fileKey);
  const at = Math.max(0, keys.indexOf(selection.focused ?? ""));
  const focus = (index: number): void => {
    virtual.scrollToIndex(Math.floor(index / columns), { align: "auto" });
    requestAnimationFrame(() => scroll.current?.querySelector<HTMLElement>(`[data-cell="${index}"]`)?.focus({ preventScroll: true }));
  };
  const go = (index: number, shift: boolean): void => {
    const key = keys[index];
    if (key === undefined) return;
    galleryStore.setState({ selection: walked(selection, keys, key, shift) });
    focus(index);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset["cell"] === undefined) return;
    const page = { PageDown: 4 * columns, PageUp: -4 * columns }[event.key];
    const next = page === undefined ? stepTo(event.key, at, items.length, columns) : Math.max(0, Math.min(items.length - 1, at + page));
    const item = items[at];
    if (next !== null) go(next, event.shiftKey);
    else if (item === undefined || !onKey(event, item, at)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const click = (event: MouseEvent, item: Item): void => {
    galleryStore.setState({ selection: clicked(selection, keys, fileKey(item), { shift: event.shiftKey, mod: event.ctrlKey || event.metaKey }) });
  };
  if (items.length === 0) return <Empty state={state} isNarrowed={search !== "" || Object.values(filters).some((value) => value !== "" && value !== false && value !== null)} isInput={source === "input"} />;
  return (
    <div ref={scroll} className={styles.scroll}>
      <div className={styles.rows} role="grid" tabIndex={-1} aria-label={t("outputs.title")} aria-multiselectable aria-rowcount={Math.ceil(items.length / columns)} style={{ height: virtual.getTotalSize() }} onKeyDown={onKeyDown}>
        {rows.map((row) => (
          <div key={row.key} role="row" aria-rowindex={row.index + 1} className={styles.row} style={{ transform: `translateY(${row.start}px)`, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, height: cell }}>
            {items.slice(row.index * columns, (row.index + 1) * columns).map((item, i) => {
              const index = row.index * columns + i;
              const isChosen = selection.chosen.has(fileKey(item));
              return (
                // The grid has the keys.
                // eslint-disable-next-line jsx-a11y/click-events-have-key-events
                <div
                  key={fileKey(item)}
                  role="gridcell"
                  className={styles.cell}
                  data-cell={index}
                  tabIndex={index === at ? 0 : -1}
                  aria-selected={isChosen}
                  aria-label={nameOf(item)}
                  draggable
                  onDragStart={(event) => dragPicture(event, item)}
                  onClick={(event) => click(event, item)}
                  onDoubleClick={() => openLarge(items, index)}
                  onContextMenu={(event) => {
                    event.preventDefault();
                    if (!isChosen) click(event, item);
                    const box = event.currentTarget.getBoundingClientRect();
                    setMenu({ item, at: event.clientX === 0 ? { x: box.left + 24, y: box.top + 24 } : { x: event.clientX, y: event.clientY } });
                  }}
                >
                  <Media file={item} isSmall alt="" className={styles.media} testId="gallery-cell" />
                  <button
                    type="button"
                    className={styles.check}
                    tabIndex={-1}
                    aria-label={t("outputs.choose", { name: item.filename })}
                    aria-pressed={isChosen}
                    onClick={(event) => {
                      event.stopPropagation();
                      galleryStore.setState({ selection: event.shiftKey ? clicked(selection, keys, fileKey(item), { shift: true, mod: true }) : { chosen: toggledKey(selection.chosen, fileKey(item)), anchor: fileKey(item), focused: fileKey(item) } });
                    }}
                  >
                    {isChosen && <Check size={14} />}
                  </button>
                  {isKept(item) && (
                    <button
                      type="button"
                      className={styles.heart}
                      tabIndex={-1}
                      aria-label={t(item.favourite ? "outputs.action.unfavourite" : "outputs.action.favourite")}
                      aria-pressed={item.favourite}
                      onClick={(event) => {
                        event.stopPropagation();
                        void toggleFavourite([item]);
                      }}
                    >
                      <Heart size={15} fill={item.favourite ? "currentColor" : "none"} />
                    </button>
                  )}
                </div>
              );
            })}
          </div>
        ))}
      </div>
      {menu !== null && <PopupMenu at={menu.at} label={t("outputs.menu")} sections={itemSections(menu.item, items)} onClose={() => { setMenu(null); focus(items.indexOf(menu.item)); }} />}
    </div>
  );
}

/** Whether the key was one of the grid's. */
function onKey(event: KeyboardEvent, item: Item, index: number): boolean {
  const { items, selection, hasDetails } = galleryStore.getState();
  const own = selection.chosen.has(fileKey(item)) ? chosenItems() : [item];
  const isMod = event.ctrlKey || event.metaKey;
  if (event.key === "Enter") openLarge(items, index);
  else if (event.key === " ") galleryStore.setState({ selection: { ...selection, chosen: toggledKey(selection.chosen, fileKey(item)), anchor: fileKey(item) } });
  else if (event.key === "Delete" || event.key === "Backspace") void remove(own);
  else if (event.key === "a" && isMod) {
    galleryStore.setState({ selection: { ...selection, chosen: new Set(items.map(fileKey)) } });
    say(t("outputs.chosen", { count: items.length }));
  } else if (isMod || event.altKey) return false;
  else if (event.key === "f") void toggleFavourite(own);
  else if (event.key === "i") keepPreferences({ hasDetails: !hasDetails });
  else if (event.key === "c") compare();
  else if (event.key === "t") document.querySelector<HTMLElement>("[data-tag-input]")?.focus();
  else if (event.key === "Escape" && selection.chosen.size > 0) galleryStore.setState({ selection: { ...NOTHING, focused: selection.focused } });
  else return false;
  return true;
}

const nameOf = ({ filename, prompt, favourite }: Item): string => [filename, favourite ? t("outputs.isFavourite") : "", prompt].filter((part) => part !== "").join(", ");

function Empty({ state, isNarrowed, isInput }: { readonly state: "loading" | "ready" | "offline"; readonly isNarrowed: boolean; readonly isInput: boolean }) {
  const words = state === "loading" ? t("app.opening") : state === "offline" ? t("outputs.offline") : isNarrowed ? t("outputs.nothingFound") : t(isInput ? "library.empty" : "outputs.empty");
  return <p className={styles.empty}>{words}</p>;
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  const isThere = galleryStore((state) => state.items.length > 0);
  useEffect(() => {
    const watched = element.current;
    if (watched === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(watched);
    return () => observer.disconnect();
  }, [element, isThere]);
  return width;
}
