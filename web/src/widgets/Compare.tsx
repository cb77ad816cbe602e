/** Two pictures on top of each other: the pointer, or the arrow keys, move the edge between them. */
import { useState, type CSSProperties, type PointerEvent } from "react";

import { viewUrl, type FileRef } from "@/api/client";
import { t } from "@/i18n";

import styles from "./Compare.module.css";
import field from "./Field.module.css";

interface Pair {
  readonly before: FileRef;
  readonly after: FileRef;
}

export function Compare({ pairs }: { readonly pairs: readonly Pair[] }) {
  const [index, setIndex] = useState(0);
  const [share, setShare] = useState(50);
  const pair = pairs[Math.min(index, pairs.length - 1)];
  if (pair === undefined) return null;
  const follow = (event: PointerEvent<HTMLElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    setShare(Math.round(Math.min(100, Math.max(0, ((event.clientX - box.left) / box.width) * 100))));
  };
  return (
    <div className={`${styles.compare} nodrag`}>
      <figure
        className={styles.stage}
        style={{ "--share": `${share}%` } as CSSProperties}
        onPointerMove={(event) => {
          if (event.pointerType === "mouse") follow(event);
        }}
        onPointerDown={follow}
      >
        <img src={viewUrl(pair.before)} alt={t("fields.before")} draggable={false} />
        <img src={viewUrl(pair.after)} alt={t("fields.after")} draggable={false} className={styles.after} />
        <span className={styles.edge} />
      </figure>
      <input type="range" className={`${field.slider} ${styles.range}`} style={{ "--share": share / 100 } as CSSProperties} min={0} max={100} value={share} aria-label={t("fields.compare")} aria-valuetext={`${100 - share} %`} onChange={(event) => setShare(Number(event.target.value))} />
      {pairs.length > 1 && (
        <div className={styles.pairs} role="group" aria-label={t("fields.compare")}>
          {pairs.map((_pair, i) => (
            <button key={i} type="button" aria-pressed={i === index} aria-label={t("fields.pair", { index: i + 1 })} onClick={() => setIndex(i)}>
              {i + 1}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
