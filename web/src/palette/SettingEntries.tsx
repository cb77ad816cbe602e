/** Settings in the palette, by what they are called and what is said of them. */
import { Command } from "cmdk";
import Fuse from "fuse.js";
import { useMemo } from "react";

import { t } from "@/i18n";
import { openSettings } from "@/settings/open";
import { SETTINGS, type Setting, type SettingId } from "@/settings/table";
import { finder } from "@/ui/words";

import styles from "./Palette.module.css";

const SHOWN = 6;

interface Entry {
  readonly id: SettingId;
  readonly title: string;
  readonly hint: string;
}

function entryOf(id: SettingId): Entry {
  const { title, hint }: Setting = SETTINGS[id];
  return { id, title: t(title), hint: hint === undefined ? "" : t(hint) };
}

/** Those whose title is like the query, then those of which the hint has its words. */
export function findSettings(query: string): readonly SettingId[] {
  if (query.trim() === "") return [];
  const all = (Object.keys(SETTINGS) as SettingId[]).map(entryOf);
  const titled = new Fuse(all, { keys: ["title"], threshold: 0.3, ignoreLocation: true, ignoreDiacritics: true }).search(query.trim()).map(({ item }) => item);
  const isFound = finder(query);
  const hinted = all.filter((entry) => !titled.includes(entry) && isFound(`${entry.title} ${entry.hint}`));
  return [...titled, ...hinted].slice(0, SHOWN).map(({ id }) => id);
}

export function SettingEntries({ query, onDone }: { readonly query: string; readonly onDone: () => void }) {
  const found = useMemo(() => findSettings(query), [query]);
  if (found.length === 0) return null;
  return (
    <Command.Group heading={t("settings.title")} className={styles.group}>
      {found.map((id) => {
        const { group, title } = SETTINGS[id];
        return (
          <Command.Item
            key={id}
            value={`setting:${id}`}
            className={styles.item}
            onSelect={() => {
              onDone();
              openSettings(group, t(title));
            }}
          >
            <span className={styles.name}>{t(title)}</span>
            <span className={styles.aside}>{t(`settings.groups.${group}`)}</span>
          </Command.Item>
        );
      })}
    </Command.Group>
  );
}
