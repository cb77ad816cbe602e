/** One ready-made workflow: what it looks like, what it does, what it needs. */
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { t } from "@/i18n";
import type { Doc } from "@/model/types";
import { Drawing } from "@/versions/Drawing";

import { documentOf, openCard } from "./documents";
import { missingOf, type Card } from "./listing";
import { closeTemplates } from "./store";
import styles from "./Templates.module.css";

const NOTHING: ReadonlySet<string> = new Set();

export function TemplateCard({ card }: { readonly card: Card }) {
  const missing = missingOf(card);
  const open = (): void => {
    closeTemplates();
    void openCard(card);
  };
  return (
    <li className={styles.item}>
      <button type="button" data-card className={styles.card} onClick={open} data-testid={`template-${card.id}`}>
        <Thumbnail card={card} />
        <span className={styles.title}>{card.title}</span>
        {card.description !== "" && <span className={styles.description}>{card.description}</span>}
        <span className={styles.tags}>
          {[...new Set([...(card.family === null ? [] : [card.family]), ...card.tags])].map((tag) => (
            <span key={tag}>{tag}</span>
          ))}
        </span>
        {card.pack === null && (
          <span className={styles.state} data-runs={card.runs || undefined}>
            {card.runs ? <CircleCheck size={13} aria-hidden /> : <TriangleAlert size={13} aria-hidden />}
            {card.runs ? t("templates.runs") : t("templates.missing", { count: missing.length })}
          </span>
        )}
      </button>
      {missing.length > 0 && (
        <details className={styles.models}>
          <summary>{t("templates.which")}</summary>
          <ul>
            {missing.map((model) => (
              <li key={`${model.directory}/${model.name}`}>
                <strong>{model.name}</strong>
                <span>{t("templates.belongs", { folder: `models/${model.directory}` })}</span>
                {typeof model.url === "string" && /^https?:/.test(model.url) && (
                  <a href={model.url} target="_blank" rel="noreferrer">
                    {t("templates.address")}
                  </a>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

/** Drawn when it comes into sight; a picture of what it makes is better where there is one. */
function Thumbnail({ card }: { readonly card: Card }) {
  const frame = useRef<HTMLSpanElement>(null);
  const [isSeen, setSeen] = useState(false);
  const [doc, setDoc] = useState<Doc | null>(null);
  const [isBroken, setBroken] = useState(card.picture === null);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting === true) setSeen(true);
    }, { rootMargin: "200px" });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!isSeen || !isBroken) return;
    let isWanted = true;
    void documentOf(card).then((found) => isWanted && setDoc(found));
    return () => {
      isWanted = false;
    };
  }, [card, isSeen, isBroken]);
  return (
    <span ref={frame} className={styles.thumbnail} aria-hidden>
      {isSeen && !isBroken && card.picture !== null ? <img src={card.picture} alt="" onError={() => setBroken(true)} /> : doc !== null && <Drawing doc={doc} marked={NOTHING} />}
    </span>
  );
}
