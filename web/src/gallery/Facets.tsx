/** Left of the grid: which of the server's folders, and what narrows it. */
import { Blocks, FolderClosed, Heart, Hourglass, ImageUp, Images, Tag, Upload, type LucideIcon } from "lucide-react";
import { useRef } from "react";

import { t } from "@/i18n";

import styles from "./Facets.module.css";
import { NO_FILTERS, type Filters } from "./query";
import { galleryStore, narrow, SOURCES, type Source } from "./store";
import { upload } from "./upload";

const ICONS: Readonly<Record<Source, LucideIcon>> = { output: Images, input: ImageUp, temp: Hourglass };
const KINDS = ["image", "video", "audio"] as const;

export function Facets() {
  const { source, filters, folders, models, tags, total, pending } = galleryStore();
  const picker = useRef<HTMLInputElement>(null);
  const set = (change: Partial<Filters>): void => narrow({ filters: { ...filters, ...change } });
  return (
    <nav className={styles.facets} aria-label={t("outputs.folders")}>
      {SOURCES.map((name) => (
        <Row key={name} Icon={ICONS[name]} label={t(`library.${name}`)} isOn={source === name} {...(source === name ? { count: total } : {})} onClick={() => narrow({ source: name, filters: NO_FILTERS })} />
      ))}
      {pending > 0 && <p className={styles.note} role="status">{t("outputs.pending", { count: pending })}</p>}
      {source === "input" && (
        <>
          <input ref={picker} type="file" hidden multiple accept="image/*,video/*,audio/*" onChange={(event) => void upload([...(event.target.files ?? [])])} />
          <Row Icon={Upload} label={t("library.upload")} onClick={() => picker.current?.click()} />
        </>
      )}
      <h3>{t("outputs.kinds")}</h3>
      {KINDS.map((kind) => (
        <Row key={kind} label={t(`outputs.kind.${kind}`)} isOn={filters.kind === kind} onClick={() => set({ kind: filters.kind === kind ? null : kind })} />
      ))}
      {source === "output" && (
        <>
          <Row Icon={Heart} label={t("outputs.favourites")} isOn={filters.favourite} onClick={() => set({ favourite: !filters.favourite })} />
          {folders.length > 0 && <h3>{t("outputs.folders")}</h3>}
          {folders.map(({ name, count }) => (
            <Row key={name} Icon={FolderClosed} label={name.slice(name.lastIndexOf("/") + 1)} depth={name.split("/").length - 1} count={count} isOn={filters.folder === name} onClick={() => set({ folder: filters.folder === name ? "" : name })} />
          ))}
          {tags.length > 0 && <h3>{t("outputs.tags")}</h3>}
          {tags.map((tag) => (
            <Row key={tag} Icon={Tag} label={tag} isOn={filters.tag === tag} onClick={() => set({ tag: filters.tag === tag ? "" : tag })} />
          ))}
          {models.length > 0 && <h3>{t("outputs.models")}</h3>}
          {models.map((model) => (
            <Row key={model} Icon={Blocks} label={model.replace(/^.*[\\/]/, "").replace(/\.safetensors$/, "")} isOn={filters.model === model} onClick={() => set({ model: filters.model === model ? "" : model })} />
          ))}
        </>
      )}
    </nav>
  );
}

interface RowProps {
  readonly Icon?: LucideIcon;
  readonly label: string;
  readonly count?: number;
  readonly depth?: number;
  readonly isOn?: boolean;
  readonly onClick: () => void;
}

function Row({ Icon, label, count, depth = 0, isOn, onClick }: RowProps) {
  return (
    <button type="button" className={styles.row} {...(isOn === undefined ? {} : { "aria-pressed": isOn })} title={label} style={{ paddingLeft: `${0.5 + depth * 0.75}rem` }} onClick={onClick}>
      {Icon !== undefined && <Icon size={14} aria-hidden />}
      <span className={styles.label}>{label}</span>
      {count !== undefined && <span className={styles.count}>{count}</span>}
    </button>
  );
}
