/** One picture, as large as the window allows and as closely as one likes. */
import { ChevronLeft, ChevronRight, Download, ExternalLink, Heart, ImagePlus, Info, Trash2, Workflow, X, ZoomIn, ZoomOut } from "lucide-react";
import { Dialog } from "radix-ui";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";

import { viewUrl, type GalleryItem } from "@/api/client";
import { fetchPage, plainItem, type Item } from "@/api/gallery";
import { t } from "@/i18n";
import { uiStore } from "@/session/ui";
import { IconButton } from "@/ui/IconButton";

import { isKept, openWorkflow, remove, sendToWorkflow, toggleFavourite } from "./actions";
import { Details } from "./Details";
import { fileKey, kindOf } from "./kinds";
import styles from "./Lightbox.module.css";
import { Media } from "./Media";
import { NO_FILTERS, wishOf } from "./query";
import { galleryStore, keepPreferences, patchItems } from "./store";
import { actualScale, moved, WHOLE, zoomed, type Look } from "./zoom";
import { Zoomed, ZoomStage } from "./ZoomStage";

const close = (): void => uiStore.setState({ lightbox: null });
const MIDDLE = { x: 0, y: 0 };
const STEP = 1.4;
const PAN = 80;

function turn(step: number): void {
  uiStore.setState(({ lightbox }) => {
    if (lightbox === null) return {};
    const count = lightbox.items.length;
    return { lightbox: { ...lightbox, index: (lightbox.index + step + count) % count } };
  });
}

export function Lightbox() {
  const lightbox = uiStore((state) => state.lightbox);
  const item = lightbox?.items[lightbox.index];
  if (lightbox === null || item === undefined) return null;
  return <Opened items={lightbox.items} index={lightbox.index} item={item} />;
}

/** What the gallery knows of the file; the server is asked when the gallery was not opened yet. */
function useItem(file: GalleryItem, isWanted: boolean): Item {
  const key = fileKey(file);
  const known = galleryStore((state) => state.items.find((item) => fileKey(item) === key));
  const [asked, setAsked] = useState<Item | null>(null);
  const isUnknown = known === undefined;
  useEffect(() => {
    if (!isWanted || !isUnknown || file.type !== "output") return;
    let isCurrent = true;
    void fetchPage(wishOf(file.filename.replace(/\.\w+$/, ""), { ...NO_FILTERS, folder: file.subfolder }, "newest"), 20, 0)
      .then(({ items }) => {
        if (isCurrent) setAsked(items.find((item) => fileKey(item) === key) ?? null);
      })
      // The file's name is all there is to tell.
      .catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [file, key, isWanted, isUnknown]);
  if (known !== undefined) return known;
  if (asked !== null && fileKey(asked) === key) return asked;
  return "tags" in file ? (file as Item) : plainItem(file);
}

interface Props {
  readonly items: readonly GalleryItem[];
  readonly index: number;
  readonly item: GalleryItem;
}

function Opened({ items, index, item: file }: Props) {
  const [{ look, of }, setLook] = useState<{ look: Look; of: string }>({ look: WHOLE, of: "" });
  const key = fileKey(file);
  const current = of === key ? look : WHOLE;
  const picture = useRef<HTMLDivElement>(null);
  // The dialog has no button of its own that the focus could go back to.
  const [opener] = useState(() => document.activeElement);
  const hasDetails = galleryStore((state) => state.hasDetails);
  const item = useItem(file, true);
  const hasMany = items.length > 1;
  const isPicture = kindOf(file) === "image";
  const change = (next: (look: Look, stage: DOMRect) => Look): void => {
    const stage = picture.current?.querySelector('[role="group"]')?.getBoundingClientRect();
    if (stage !== undefined) setLook((before) => ({ look: next(before.of === key ? before.look : WHOLE, stage), of: key }));
  };
  const actual = (): void => {
    const shown = picture.current?.querySelector("img");
    if (!(shown instanceof HTMLImageElement)) return;
    const size = { width: shown.naturalWidth / window.devicePixelRatio, height: shown.naturalHeight / window.devicePixelRatio };
    change((before, stage) => (before.scale > 1 ? WHOLE : zoomed(WHOLE, Math.max(2, actualScale(size, stage)), MIDDLE, stage)));
  };
  const drop = (): void => {
    const rest = items.filter((other) => other !== file);
    uiStore.setState({ lightbox: rest.length === 0 ? null : { items: rest, index: Math.min(index, rest.length - 1) } });
    void remove([file]);
  };
  const favourite = (): void => {
    void toggleFavourite([item]);
    patchItems(new Set([key]), () => ({ favourite: !item.favourite }));
  };
  const KEYS: Readonly<Record<string, () => void>> = {
    ...{ "+": () => change((before, stage) => zoomed(before, STEP, MIDDLE, stage)), "=": () => change((before, stage) => zoomed(before, STEP, MIDDLE, stage)) },
    ...{ "-": () => change((before, stage) => zoomed(before, 1 / STEP, MIDDLE, stage)), "0": () => change(() => WHOLE), "1": actual },
    ...{ PageDown: () => turn(1), PageUp: () => turn(-1), i: () => keepPreferences({ hasDetails: !hasDetails }) },
    ...(isKept(file) ? { f: favourite, Delete: drop } : {}),
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement || event.target instanceof HTMLMediaElement) return;
    const arrow = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] }[event.key];
    const act = KEYS[event.key];
    if (arrow !== undefined && current.scale > 1) change((before, stage) => moved(before, arrow[0] ?? 0, arrow[1] ?? 0, stage));
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") turn(event.key === "ArrowLeft" ? -1 : 1);
    else if (act !== undefined) act();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const url = viewUrl(file);
  return (
    <Dialog.Root open onOpenChange={(open) => { if (!open) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.overlay} />
        <Dialog.Content className={styles.box} aria-describedby={undefined} data-testid="lightbox" onKeyDown={onKeyDown} onOpenAutoFocus={(event) => { event.preventDefault(); if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus(); }} onCloseAutoFocus={(event) => { event.preventDefault(); if (opener instanceof HTMLElement) opener.focus({ preventScroll: true }); }}>
          <Dialog.Title className="visually-hidden">{t("gallery.lightbox")}</Dialog.Title>
          <header className={styles.bar}>
            <span className={styles.name}>{file.filename}</span>
            {hasMany && <span className={styles.count}>{t("gallery.count", { index: index + 1, total: items.length })}</span>}
            <span className={styles.actions}>
              {isPicture && (
                <>
                  <IconButton label={t("outputs.zoom.out")} chord="−" disabled={current.scale <= 1} onClick={() => KEYS["-"]?.()}><ZoomOut size={16} /></IconButton>
                  <button type="button" className={styles.percent} title={t("outputs.zoom.actual")} onClick={actual}>{Math.round(current.scale * 100)} %</button>
                  <IconButton label={t("outputs.zoom.in")} chord="+" onClick={() => KEYS["+"]?.()}><ZoomIn size={16} /></IconButton>
                </>
              )}
              {isKept(file) && <IconButton label={t(item.favourite ? "outputs.action.unfavourite" : "outputs.action.favourite")} chord="F" aria-pressed={item.favourite} onClick={favourite}><Heart size={16} fill={item.favourite ? "currentColor" : "none"} /></IconButton>}
              <IconButton label={t("outputs.details")} chord="I" aria-pressed={hasDetails} onClick={() => keepPreferences({ hasDetails: !hasDetails })}><Info size={16} /></IconButton>
              <button type="button" className={styles.action} onClick={() => openWorkflow(file)}><Workflow size={15} />{t("gallery.workflow")}</button>
              <button type="button" className={styles.action} onClick={() => sendToWorkflow(file)}><ImagePlus size={15} />{t("outputs.action.sendShort")}</button>
              <a className={styles.icon} href={url} download={file.filename} aria-label={t("gallery.save")} title={t("gallery.save")}><Download size={16} /></a>
              <a className={styles.icon} href={url} target="_blank" rel="noreferrer" aria-label={t("gallery.original")} title={t("gallery.original")}><ExternalLink size={16} /></a>
              {isKept(file) && <IconButton label={t("outputs.action.delete", { count: 1 })} chord="Del" onClick={drop}><Trash2 size={16} /></IconButton>}
              <Dialog.Close className={styles.icon} aria-label={t("action.close")}><X size={18} /></Dialog.Close>
            </span>
          </header>
          <div className={styles.body}>
            <div ref={picture} className={styles.middle}>
              <ZoomStage look={current} onLook={change} label={t("outputs.zoom.label")} className={styles.stage} onDouble={actual}>
                {isPicture ? <Zoomed><Media file={file} alt={item.prompt || file.filename} /></Zoomed> : <div className={styles.player}><Media file={file} alt={file.filename} className={styles.video} /></div>}
              </ZoomStage>
              {hasMany && <button type="button" className={styles.turn} data-side="left" aria-label={t("gallery.previous")} onClick={() => turn(-1)}><ChevronLeft size={22} /></button>}
              {hasMany && <button type="button" className={styles.turn} data-side="right" aria-label={t("gallery.next")} onClick={() => turn(1)}><ChevronRight size={22} /></button>}
            </div>
            {hasDetails && <Details items={[item]} isPlain />}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
