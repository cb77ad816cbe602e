/** What is known of a picture, each fact to be copied or used again; of several pictures, their tags. */
import { Copy, Download, Heart, ImagePlus, Maximize2, SplitSquareHorizontal, Trash2, Workflow, X } from "lucide-react";
import { useId, useState, type FormEvent } from "react";

import type { Item } from "@/api/gallery";
import { t } from "@/i18n";
import { copyText } from "@/ui/clipboard";
import { IconButton } from "@/ui/IconButton";
import { bytes, when } from "@/ui/units";

import { addTag, compare, download, isKept, openLarge, openWorkflow, putPrompt, putSeed, remove, removeTag, sendToWorkflow, toggleFavourite } from "./actions";
import styles from "./Details.module.css";
import { fileKey, kindOf } from "./kinds";
import { Media } from "./Media";
import { galleryStore } from "./store";

interface Props {
  readonly items: readonly Item[];
  /** Beside the picture itself: no second picture, and no buttons that stand above it already. */
  readonly isPlain?: boolean;
}

export function Details({ items, isPlain = false }: Props) {
  const [item] = items;
  if (item === undefined) return <aside className={styles.details} aria-label={t("outputs.details")}><p className={styles.hint}>{t("outputs.chooseOne")}</p></aside>;
  return (
    <aside className={styles.details} aria-label={t("outputs.details")} data-testid="details">
      {!isPlain && (items.length === 1 ? <Preview item={item} /> : <p className={styles.many}>{t("outputs.chosen", { count: items.length })}</p>)}
      {!isPlain && <Acts items={items} />}
      {items.every(isKept) && <Tags items={items} />}
      {items.length === 1 && <Facts item={item} />}
    </aside>
  );
}

function Preview({ item }: { readonly item: Item }) {
  const all = galleryStore((state) => state.items);
  return (
    <div className={styles.preview}>
      {kindOf(item) === "image" ? (
        <button type="button" aria-label={t("gallery.open", { name: item.filename })} onClick={() => openLarge(all, all.findIndex((other) => fileKey(other) === fileKey(item)))}>
          <Media file={item} alt="" />
        </button>
      ) : (
        <Media file={item} alt={item.filename} className={styles.player} />
      )}
    </div>
  );
}

function Acts({ items }: { readonly items: readonly Item[] }) {
  const [item] = items;
  const all = galleryStore((state) => state.items);
  if (item === undefined) return null;
  const isOne = items.length === 1;
  const isFavourite = items.every((other) => other.favourite);
  return (
    <div className={styles.acts}>
      {isOne && <button type="button" className={styles.act} onClick={() => openWorkflow(item)}><Workflow size={14} />{t("outputs.action.workflowShort")}</button>}
      {isOne && <button type="button" className={styles.act} onClick={() => sendToWorkflow(item)}><ImagePlus size={14} />{t("outputs.action.sendShort")}</button>}
      {items.length === 2 && <button type="button" className={styles.act} onClick={compare}><SplitSquareHorizontal size={14} />{t("outputs.action.compare")}</button>}
      <span className={styles.icons}>
        {isOne && <IconButton label={t("outputs.action.large")} chord="↵" onClick={() => openLarge(all, all.findIndex((other) => fileKey(other) === fileKey(item)))}><Maximize2 size={15} /></IconButton>}
        {items.every(isKept) && <IconButton label={t(isFavourite ? "outputs.action.unfavourite" : "outputs.action.favourite")} chord="F" aria-pressed={isFavourite} onClick={() => void toggleFavourite(items)}><Heart size={15} fill={isFavourite ? "currentColor" : "none"} /></IconButton>}
        <IconButton label={t("outputs.action.download", { count: items.length })} onClick={() => download(items)}><Download size={15} /></IconButton>
        {items.every(isKept) && <IconButton label={t("outputs.action.delete", { count: items.length })} chord="Del" onClick={() => void remove(items)}><Trash2 size={15} /></IconButton>}
      </span>
    </div>
  );
}

function Tags({ items }: { readonly items: readonly Item[] }) {
  const known = galleryStore((state) => state.tags);
  const [text, setText] = useState("");
  const id = useId();
  const own = [...new Set(items.flatMap((item) => item.tags))].sort();
  const add = (event: FormEvent): void => {
    event.preventDefault();
    const tag = text.trim();
    setText("");
    if (tag !== "") void addTag(items, tag);
  };
  return (
    <section className={styles.section}>
      <h3>{t("outputs.tags")}</h3>
      {own.length > 0 && (
        <ul className={styles.tags}>
          {own.map((tag) => (
            <li key={tag}>
              {tag}
              <button type="button" aria-label={t("outputs.removeTag", { tag })} onClick={() => void removeTag(items, tag)}>
                <X size={12} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={add}>
        <input className={styles.tagInput} list={id} value={text} maxLength={64} placeholder={t("outputs.addTag")} aria-label={t("outputs.addTag")} onChange={(event) => setText(event.target.value)} data-tag-input />
        <datalist id={id}>
          {known.map((tag) => (
            <option key={tag} value={tag} />
          ))}
        </datalist>
      </form>
    </section>
  );
}

function Facts({ item }: { readonly item: Item }) {
  const { prompt, negative, seed, model, sampler, scheduler, steps, cfg, width, height, filename, subfolder, size, created } = item;
  const facts: readonly (readonly [string, string])[] = [
    [t("outputs.fact.model"), model ?? ""],
    [t("outputs.fact.sampler"), [sampler, scheduler].filter(Boolean).join(", ")],
    [t("outputs.fact.steps"), steps === null || steps === undefined ? "" : String(steps)],
    [t("outputs.fact.cfg"), cfg === null || cfg === undefined ? "" : String(cfg)],
    [t("outputs.fact.size"), width && height ? `${width} × ${height}` : ""],
    [t("outputs.fact.file"), subfolder === "" ? filename : `${subfolder}/${filename}`],
    [t("outputs.fact.bytes"), size > 0 ? bytes(size) : ""],
    [t("outputs.fact.created"), created > 0 ? when(created) : ""],
  ];
  return (
    <>
      {prompt !== "" && <Words title={t("outputs.fact.prompt")} text={prompt} onUse={() => putPrompt(prompt, "positive")} />}
      {negative !== "" && <Words title={t("outputs.fact.negative")} text={negative} onUse={() => putPrompt(negative, "negative")} />}
      <section className={styles.section}>
        {seed !== null && seed !== undefined && (
          <div className={styles.fact}>
            <span>{t("outputs.fact.seed")}</span>
            <button type="button" title={t("outputs.copyFact", { name: t("outputs.fact.seed") })} onClick={() => void copyText(String(seed))}>{String(seed)}<Copy size={12} aria-hidden /></button>
            <button type="button" className={styles.use} onClick={() => putSeed(seed)}>{t("outputs.use")}</button>
          </div>
        )}
        {facts.filter(([, value]) => value !== "").map(([name, value]) => (
          <div key={name} className={styles.fact}>
            <span>{name}</span>
            <button type="button" title={t("outputs.copyFact", { name })} onClick={() => void copyText(value)}>{value}<Copy size={12} aria-hidden /></button>
          </div>
        ))}
      </section>
    </>
  );
}

function Words({ title, text, onUse }: { readonly title: string; readonly text: string; readonly onUse: () => void }) {
  return (
    <section className={styles.section}>
      <header className={styles.head}>
        <h3>{title}</h3>
        <button type="button" className={styles.use} onClick={onUse}>{t("outputs.use")}</button>
        <IconButton label={t("outputs.copyFact", { name: title })} onClick={() => void copyText(text)}><Copy size={13} /></IconButton>
      </header>
      <p className={styles.words}>{text}</p>
    </section>
  );
}
