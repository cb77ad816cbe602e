/** Presets, value sets, switches and whatever else people named, in the palette. */
import { Command } from "cmdk";
import Fuse from "fuse.js";
import { useMemo } from "react";

import { t } from "@/i18n";

import styles from "./Palette.module.css";
import { paletteEntries } from "./sources";

const SHOWN = 8;

export function NamedEntries({ query, onDone }: { readonly query: string; readonly onDone: () => void }) {
  const found = useMemo(() => {
    const all = paletteEntries();
    if (query.trim() === "") return all.slice(0, SHOWN);
    return new Fuse([...all], { keys: ["title"], threshold: 0.3, ignoreLocation: true, ignoreDiacritics: true }).search(query.trim(), { limit: SHOWN }).map(({ item }) => item);
  }, [query]);
  if (found.length === 0) return null;
  return (
    <Command.Group heading={t("presets.panel")} className={styles.group}>
      {found.map(({ id, title, aside, run }) => (
        <Command.Item
          key={id}
          value={id}
          className={styles.item}
          onSelect={() => {
            onDone();
            run();
          }}
        >
          <span className={styles.name}>{title}</span>
          <span className={styles.aside}>{aside}</span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}
