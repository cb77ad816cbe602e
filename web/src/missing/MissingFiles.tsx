/** Files that the workflow names and the server does not have: where they belong, where to get them, what could stand for them. */
import { Copy, ExternalLink, LocateFixed, RefreshCw } from "lucide-react";
import { toast } from "sonner";

import { t } from "@/i18n";
import { runCommand } from "@/palette/registry";
import { toClipboard } from "@/ui/clipboard";

import { goToWhere, nameInstead } from "./actions";
import styles from "./Missing.module.css";
import type { MissingFile } from "./scan";
import { closest } from "./similar";

interface Props {
  readonly title: string;
  readonly files: readonly MissingFile[];
  /** Folder of models -> its directories. */
  readonly folders: Readonly<Record<string, readonly string[]>>;
}

export function MissingFiles({ title, files, folders }: Props) {
  if (files.length === 0) return null;
  const nearest = files.flatMap((file) => { const name = closest(file.name, file.where[0]?.choices ?? []); return name === null ? [] : [{ file, name }]; });
  return (
    <section>
      <div className={styles.titleRow}>
        <h3 className={styles.title}>{title}</h3>
        <button type="button" className={styles.button} onClick={() => runCommand("refresh")}>
          <RefreshCw size={13} aria-hidden />
          {t("missing.again")}
        </button>
        {nearest.length > 1 && (
          <button type="button" className={styles.button} onClick={() => nearest.forEach(({ file, name }) => nameInstead(file, name))}>
            {t("missing.allNearest", { count: nearest.length })}
          </button>
        )}
      </div>
      <ul className={styles.items}>
        {files.map((file) => (
          <FileItem key={`${file.folder}/${file.name}`} file={file} directories={folders[file.folder] ?? []} />
        ))}
      </ul>
    </section>
  );
}

function FileItem({ file, directories }: { readonly file: MissingFile; readonly directories: readonly string[] }) {
  const { name, folder, url, where, kind } = file;
  const choices = where[0]?.choices ?? [];
  const near = closest(name, choices);
  const isAddress = /^https?:\/\//.test(url);
  const place = directories[0] ?? (folder === "" ? "" : kind === "media" ? folder : `models/${folder}`);
  const copy = (text: string): void => void toClipboard(text).then((isCopied) => toast(isCopied ? t("missing.copied") : text, { id: "copy" }));
  return (
    <li className={styles.item} data-testid={`missing-${name}`}>
      <div className={styles.itemHead}>
        <strong>{name}</strong>
        {place !== "" && <span>{t("missing.belongs", { folder: place })}</span>}
        <span>{t("missing.used", { count: where.length })}</span>
      </div>
      <div className={styles.actions}>
        {near !== null && (
          <button type="button" className={styles.primary} onClick={() => nameInstead(file, near)}>
            {t("missing.instead", { name: near })}
          </button>
        )}
        {choices.length > 0 && (
          <select className={styles.text} aria-label={t("missing.choose", { name })} value="" onChange={(event) => { if (event.target.value !== "") nameInstead(file, event.target.value); }}>
            <option value="">{t("missing.chooseShort")}</option>
            {choices.map((choice) => (
              <option key={choice} value={choice}>
                {choice}
              </option>
            ))}
          </select>
        )}
        {isAddress && (
          <>
            <a className={styles.button} href={url} target="_blank" rel="noreferrer">
              <ExternalLink size={13} aria-hidden />
              {t("missing.address")}
            </a>
            <button type="button" className={styles.button} onClick={() => copy(url)}>
              <Copy size={13} aria-hidden />
              {t("missing.copyAddress")}
            </button>
          </>
        )}
        {place !== "" && kind === "model" && (
          <button type="button" className={styles.button} onClick={() => copy(place)}>
            <Copy size={13} aria-hidden />
            {t("missing.copyFolder")}
          </button>
        )}
        <button type="button" className={styles.button} onClick={() => { const first = where[0]; if (first !== undefined) goToWhere(first); }}>
          <LocateFixed size={13} aria-hidden />
          {t("missing.show")}
        </button>
      </div>
    </li>
  );
}
