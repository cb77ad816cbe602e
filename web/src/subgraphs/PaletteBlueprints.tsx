/** Blueprints in the palette. */
import { Command } from "cmdk";
import Fuse from "fuse.js";
import { useEffect, useMemo } from "react";

import { categoryColor } from "@/canvas/colors";
import { t } from "@/i18n";
import type { Point } from "@/model/types";
import styles from "@/palette/Palette.module.css";

import { blueprintStore, insertBlueprint, wantBlueprints } from "./blueprints";

const SHOWN = 6;

interface Props {
  readonly query: string;
  readonly at: () => Point;
  readonly onDone: () => void;
}

export function PaletteBlueprints({ query, at, onDone }: Props) {
  const all = blueprintStore((state) => state.all);
  useEffect(wantBlueprints, []);
  const found = useMemo(() => (query.trim() === "" ? all : new Fuse(all, { keys: ["name"], threshold: 0.15, ignoreLocation: true, ignoreDiacritics: true }).search(query.trim()).map(({ item }) => item)).slice(0, SHOWN), [all, query]);
  if (found.length === 0) return null;
  const choose = (id: string): void => {
    const place = at();
    onDone();
    void insertBlueprint(id, place);
  };
  return (
    <Command.Group heading={t("subgraphs.blueprints")} className={styles.group}>
      {found.map(({ id, name, pack, isOwn }) => (
        <Command.Item key={id} value={`blueprint:${id}`} className={styles.item} onSelect={() => choose(id)}>
          <span className={styles.mark} style={{ background: categoryColor("subgraphs") }} />
          <span className={styles.name}>{name}</span>
          <span className={styles.aside}>{isOwn ? t("subgraphs.mine") : pack}</span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}
