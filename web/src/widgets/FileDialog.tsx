/** Choosing among the files that the server has: inputs and results, with their pictures. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { AudioLines, File as FileIcon, Film, Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";

import { annotatedFile, fetchGallery, viewUrl } from "@/api/client";
import { fetchFileNames } from "@/api/uploads";
import { t } from "@/i18n";
import { Dialog, dialogStyles } from "@/ui/Dialog";
import { rem } from "@/ui/rem";

import { searchChoices } from "./choices";
import { Covered } from "./Covered";
import styles from "./FileDialog.module.css";
import type { Media } from "./media";
import { annotatedName, mediaKind } from "./outputs";

const FOLDERS = ["input", "output"] as const;
type Folder = (typeof FOLDERS)[number];
const TITLES = { input: "fields.inputs", output: "fields.results" } as const;
const GALLERY = 500;
const TILE = 7.5;
const ICONS = { audio: AudioLines, video: Film, file: FileIcon, image: FileIcon };

interface Props {
  readonly media: Media;
  readonly chosen: readonly string[];
  readonly isMany: boolean;
  readonly onChoose: (names: readonly string[]) => void;
  readonly onClose: () => void;
}

/** Values for the loader, newest first. Results lie in folders of their own, which only the gallery knows. */
async function namesIn(folder: Folder, media: Media): Promise<readonly string[]> {
  const plain = (await fetchFileNames(folder)).map((name) => annotatedName({ filename: name, subfolder: "", type: folder }));
  const pictures = folder === "output" && media === "image" ? (await fetchGallery(GALLERY)).map(annotatedName) : [];
  return [...new Set([...pictures, ...plain])].filter((name) => media === "file" || mediaKind(annotatedFile(name)) === media);
}

type Listing = { readonly names: readonly string[]; readonly error: string | null } | null;

function useListing(folder: Folder, media: Media): Listing {
  const [listing, setListing] = useState<{ readonly of: Folder; readonly found: Listing }>({ of: folder, found: null });
  useEffect(() => {
    let isWanted = true;
    const show = (found: Listing): void => {
      if (isWanted) setListing({ of: folder, found });
    };
    namesIn(folder, media).then(
      (names) => show({ names, error: null }),
      (error: unknown) => show({ names: [], error: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [folder, media]);
  return listing.of === folder ? listing.found : null;
}

export function FileDialog({ media, chosen, isMany, onChoose, onClose }: Props) {
  const [folder, setFolder] = useState<Folder>(chosen[0]?.endsWith("[output]") === true ? "output" : "input");
  const [query, setQuery] = useState("");
  const [marked, setMarked] = useState<readonly string[]>(chosen);
  const listing = useListing(folder, media);
  const names = useMemo(() => searchChoices(listing?.names ?? [], query).map(String), [listing, query]);
  const press = (name: string): void => {
    if (isMany) setMarked(marked.includes(name) ? marked.filter((other) => other !== name) : [...marked, name]);
    else {
      onChoose([name]);
      onClose();
    }
  };
  return (
    <Covered>
      <Dialog title={t("fields.chooseFile")} isOpen wide onClose={onClose}>
        <div className={styles.head}>
          <div className={styles.tabs} role="group" aria-label={t("fields.where")}>
            {FOLDERS.map((each) => (
              <button key={each} type="button" aria-pressed={folder === each} onClick={() => setFolder(each)}>
                {t(TITLES[each])}
              </button>
            ))}
          </div>
          <label className={styles.search}>
            <Search size={14} />
            <input autoFocus aria-label={t("widget.search")} placeholder={t("widget.search")} value={query} onChange={(event) => setQuery(event.target.value)} />
          </label>
        </div>
        {listing?.error !== null && listing !== null && (
          <p className={styles.note} role="alert">
            {t("fields.listFailed", { message: listing.error })}
          </p>
        )}
        {listing === null && <p className={styles.note}>{t("fields.asking")}</p>}
        {listing?.error === null && names.length === 0 && <p className={styles.note}>{t(query === "" ? "fields.noFiles" : "widget.none")}</p>}
        <Tiles names={names} marked={isMany ? marked : chosen} onPress={press} />
        {isMany && (
          <div className={dialogStyles.actions}>
            <button
              type="button"
              className={dialogStyles.primary}
              disabled={marked.length === 0}
              onClick={() => {
                onChoose(marked);
                onClose();
              }}
            >
              {t("fields.takeFiles", { count: marked.length })}
            </button>
          </div>
        )}
      </Dialog>
    </Covered>
  );
}

interface TilesProps {
  readonly names: readonly string[];
  readonly marked: readonly string[];
  readonly onPress: (name: string) => void;
}

function Tiles({ names, marked, onPress }: TilesProps) {
  const box = useRef<HTMLDivElement>(null);
  const [columns, setColumns] = useState(4);
  const [active, setActive] = useState(0);
  const size = TILE * rem();
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const watch = new ResizeObserver(() => setColumns(Math.max(1, Math.floor(element.clientWidth / size))));
    watch.observe(element);
    return () => watch.disconnect();
  }, [size]);
  // Its functions change with every drawing, and are given to nobody.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({ count: Math.ceil(names.length / columns), getScrollElement: () => box.current, estimateSize: () => size + 24, overscan: 2 });
  const go = (index: number): void => {
    const next = Math.min(names.length - 1, Math.max(0, index));
    setActive(next);
    virtual.scrollToIndex(Math.floor(next / columns), { align: "auto" });
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    const move = moves[event.key];
    if (move !== undefined) go(active + move);
    else if (event.key === "Home" || event.key === "End") go(event.key === "Home" ? 0 : names.length - 1);
    else return;
    event.preventDefault();
  };
  return (
    // The tiles are buttons; the arrows go from one to the next.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={box} className={styles.grid} onKeyDown={onKeyDown}>
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((line) => (
          <div key={line.index} className={styles.line} style={{ top: line.start, gridTemplateColumns: `repeat(${columns}, 1fr)` }}>
            {names.slice(line.index * columns, (line.index + 1) * columns).map((name, i) => {
              const index = line.index * columns + i;
              return <Tile key={name} name={name} index={index} isMarked={marked.includes(name)} isActive={index === active} onPress={() => onPress(name)} onFocus={() => setActive(index)} />;
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

interface TileProps {
  readonly name: string;
  readonly index: number;
  readonly isMarked: boolean;
  readonly isActive: boolean;
  readonly onPress: () => void;
  readonly onFocus: () => void;
}

function Tile({ name, index, isMarked, isActive, onPress, onFocus }: TileProps) {
  const file = annotatedFile(name);
  const kind = mediaKind(file);
  const Icon = ICONS[kind];
  return (
    <button type="button" className={styles.tile} data-index={index} aria-pressed={isMarked} tabIndex={isActive ? 0 : -1} title={name} onClick={onPress} onFocus={onFocus}>
      {kind === "image" ? <img src={viewUrl(file, true)} alt="" loading="lazy" draggable={false} /> : <span className={styles.icon}><Icon size={28} /></span>}
      <span className={styles.name}>{file.filename}</span>
    </button>
  );
}
