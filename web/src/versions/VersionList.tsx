/** Versions by day, newest first. */
import { useRef, type KeyboardEvent } from "react";

import type { Version } from "@/api/versions";
import { t } from "@/i18n";
import { bytes } from "@/ui/units";

import styles from "./Versions.module.css";
import { dayOf, timeOf } from "./when";

interface Props {
  readonly versions: readonly Version[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

export function VersionList({ versions, chosen, onChoose }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const index = versions.findIndex((version) => version.id === chosen);
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: versions.length - 1 }[event.key];
    const next = to === undefined ? undefined : versions[to];
    if (next === undefined) return;
    event.preventDefault();
    onChoose(next.id);
    list.current?.querySelector<HTMLElement>(`[data-version="${next.id}"]`)?.focus();
  };
  return (
    <div ref={list} className={styles.list} role="listbox" tabIndex={-1} aria-label={t("versions.list")} onKeyDown={move}>
      {versions.map((version, i) => {
        const day = dayOf(version.saved);
        const isFirst = i === 0 || dayOf(versions[i - 1]?.saved ?? 0) !== day;
        return (
          <div key={version.id} role="presentation">
            {isFirst && (
              <h3 className={styles.day} role="presentation">
                {day}
              </h3>
            )}
            <button type="button" role="option" aria-selected={version.id === chosen} data-version={version.id} tabIndex={version.id === chosen ? 0 : -1} className={styles.version} onClick={() => onChoose(version.id)}>
              <span className={styles.time}>{version.label ?? timeOf(version.saved)}</span>
              <span className={styles.facts}>
                {version.label !== null && version.label !== undefined && `${timeOf(version.saved)} · `}
                {t("versions.nodes", { count: version.nodes })} · {bytes(version.size)}
              </span>
            </button>
          </div>
        );
      })}
    </div>
  );
}
