/** All that is known of a model file: what it is, the words that bring it out, its metadata. */
import { Copy, CornerDownLeft, Plus } from "lucide-react";

import type { About } from "@/api/models";
import { t } from "@/i18n";
import { copyText } from "@/ui/clipboard";
import { bytes, when } from "@/ui/units";

import { addModel, insertWords } from "./actions";
import styles from "./ModelDetails.module.css";
import { Picture } from "./Picture";
import type { Entry } from "./tree";

export function ModelDetails({ entry, about }: { readonly entry: Entry; readonly about: About | undefined }) {
  const facts: readonly (readonly [string, string])[] = [
    [t("models.fact.kind"), about?.kind ?? ""],
    [t("models.fact.family"), about?.family ?? ""],
    [t("models.fact.size"), bytes(entry.size)],
    [t("models.fact.file"), entry.name],
    [t("models.fact.changed"), entry.modified > 0 ? when(entry.modified * 1000) : ""],
  ];
  const metadata = Object.entries(about?.metadata ?? {});
  const said = about?.metadata["modelspec.description"];
  return (
    <div className={styles.details}>
      <Picture entry={entry} isLarge />
      {said !== undefined && <p className={styles.said}>{said}</p>}
      <dl className={styles.facts}>
        {facts.filter(([, value]) => value !== "").map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {about !== undefined && about.words.length > 0 && (
        <section>
          <h4>{t("models.words")}</h4>
          <ul className={styles.words}>
            {about.words.map((word) => (
              <li key={word}>
                <button type="button" title={t("models.insertWord", { word })} onClick={() => insertWords(word)}>
                  <CornerDownLeft size={12} aria-hidden />
                  {word}
                </button>
                <button type="button" aria-label={t("models.copyWord", { word })} title={t("models.copyWord", { word })} onClick={() => void copyText(word)}>
                  <Copy size={12} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <button type="button" className={styles.add} onClick={() => addModel(entry)}>
        <Plus size={14} />
        {t(entry.folder === "embeddings" ? "models.insert" : "models.add")}
      </button>
      {metadata.length > 0 && (
        <details className={styles.metadata}>
          <summary>{t("models.metadata", { count: metadata.length })}</summary>
          {/* Long metadata is scrolled by key too. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <dl tabIndex={0}>
            {metadata.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <button type="button" onClick={() => void copyText(JSON.stringify(about?.metadata, null, 2))}>{t("models.copyMetadata")}</button>
        </details>
      )}
    </div>
  );
}
