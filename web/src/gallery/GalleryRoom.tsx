/** The gallery in the canvas's place: folders and filters, the grid, and what is known of the chosen picture. */
import { Info, PanelLeft, X } from "lucide-react";
import { useEffect, useRef, useState, type DragEvent, type KeyboardEvent } from "react";

import { SORTS, type Sort } from "@/api/gallery";
import { t } from "@/i18n";
import { IconButton } from "@/ui/IconButton";
import { rem } from "@/ui/rem";

import { Compare } from "./Compare";
import { Details } from "./Details";
import { Facets } from "./Facets";
import styles from "./GalleryRoom.module.css";
import { Grid } from "./Grid";
import { SearchField } from "./SearchField";
import { chosenItems, followResults, galleryStore, keepPreferences, narrow } from "./store";
import { upload } from "./upload";
import { closeGallery } from "./view";


/** Keys with these go on to the program: the palette, running, tabs. */
const isCommand = (event: KeyboardEvent): boolean => (event.ctrlKey || event.metaKey ? ["k", "Enter", "s", "o"].includes(event.key) : event.altKey || event.key === "F3" || (event.shiftKey && event.key === "G"));

export function GalleryRoom() {
  const room = useRef<HTMLElement>(null);
  const { hasDetails, compared, said, size, sort, items, selection } = galleryStore();
  const [hasFacets, setFacets] = useState(() => window.innerWidth / rem() > 62);
  useEffect(followResults, []);
  useEffect(() => {
    const before = document.activeElement;
    room.current?.querySelector("input")?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    // Nobody has the focus after its picture is gone: Escape leaves all the same.
    const leave = (event: globalThis.KeyboardEvent): void => {
      const isCovered = document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null;
      if (event.key === "Escape" && !event.defaultPrevented && document.activeElement === document.body && !isCovered) closeGallery();
    };
    window.addEventListener("keydown", leave);
    return () => window.removeEventListener("keydown", leave);
  }, []);
  const drop = useUpload();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !event.defaultPrevented) {
      if (compared !== null) galleryStore.setState({ compared: null });
      else closeGallery();
      event.preventDefault();
    }
    // What the canvas would do with a key is not to happen out of sight.
    if (!isCommand(event)) event.stopPropagation();
  };
  return (
    // The keys are those of the grid and the fields inside.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section ref={room} className={styles.room} aria-label={t("outputs.title")} data-testid="gallery-room" onKeyDown={onKeyDown} {...drop}>
      <header className={styles.bar}>
        <IconButton label={t("outputs.folders")} aria-pressed={hasFacets} onClick={() => setFacets(!hasFacets)}><PanelLeft size={16} /></IconButton>
        <SearchField />
        <label className={styles.sort}>
          <span className="visually-hidden">{t("outputs.sortBy")}</span>
          <select value={sort} onChange={(event) => narrow({ sort: event.target.value as Sort })}>
            {SORTS.map((name) => <option key={name} value={name}>{t(`outputs.sort.${name}`)}</option>)}
          </select>
        </label>
        <label className={styles.size} title={t("outputs.size")}>
          <span className="visually-hidden">{t("outputs.size")}</span>
          <input type="range" min={6} max={24} step={1} value={size} onChange={(event) => keepPreferences({ size: Number(event.target.value) })} />
        </label>
        <IconButton label={t("outputs.details")} chord="I" aria-pressed={hasDetails} className={styles.info ?? ""} onClick={() => keepPreferences({ hasDetails: !hasDetails })}><Info size={16} /></IconButton>
        <IconButton label={t("action.close")} chord="Esc" onClick={closeGallery}><X size={17} /></IconButton>
      </header>
      <div className={styles.body}>
        {hasFacets && <Facets />}
        <div className={styles.middle}>{compared === null ? <Grid /> : <Compare pair={compared} />}</div>
        {hasDetails && compared === null && <Details items={chosenItems({ ...galleryStore.getState(), items, selection })} />}
      </div>
      <p className="visually-hidden" role="status">{said}</p>
    </section>
  );
}

/** Files that are dropped go into the inputs. */
function useUpload() {
  const [isOver, setOver] = useState(false);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes("Files");
  return {
    "data-dropping": isOver || undefined,
    onDragOver: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
    },
    onDrop: (event: DragEvent) => {
      setOver(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      void upload([...event.dataTransfer.files]);
    },
  };
}
