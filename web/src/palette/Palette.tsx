/** Everything by name: nodes to add, commands, nodes of this workflow, files. */
import { Command } from "cmdk";
import Fuse from "fuse.js";
import { CornerDownLeft, Search } from "lucide-react";
import { Dialog } from "radix-ui";
import { useMemo, useState, type CSSProperties } from "react";

import { useDefs } from "@/session/store";
import { categoryColor, typeColor } from "@/canvas/colors";
import { giveFocus, showExecuted, viewCenter } from "@/canvas/viewport";
import { entriesOf, excerpt, search } from "@/find/search";
import { t } from "@/i18n";
import { currentWhole } from "@/model/document";
import type { NodeDef } from "@/formats/definitions";

import { uiStore, type PaletteState } from "@/session/ui";
import { PaletteBlueprints } from "@/subgraphs/PaletteBlueprints";
import { usePlaceable } from "@/subgraphs/placeable";
import { addNodeAt } from "@/tabs/files";
import { useOpener } from "@/ui/opener";

import { chordsOf } from "./bindings";
import { chordLabel } from "./keymap";
import { NamedEntries } from "./NamedEntries";
import { commandTable } from "./registry";
import styles from "./Palette.module.css";
import { searchNodes } from "./search";
import { SettingEntries } from "./SettingEntries";

const SHOWN_NODES = 60;
const SHOWN_OTHERS = 6;

const close = (): void => uiStore.setState({ palette: null });

export function Palette() {
  const palette = uiStore((state) => state.palette);
  return (
    <Dialog.Root open={palette !== null} onOpenChange={(open) => { if (!open) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.overlay} />
        <PaletteContent palette={palette} />
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function PaletteContent({ palette }: { readonly palette: PaletteState | null }) {
  return (
    <Dialog.Content className={styles.palette} aria-describedby={undefined} data-testid="palette" {...useOpener()}>
      <Dialog.Title className="visually-hidden">{t("palette.title")}</Dialog.Title>
      {palette !== null && <PaletteBody palette={palette} />}
    </Dialog.Content>
  );
}

function PaletteBody({ palette }: { readonly palette: PaletteState }) {
  const [query, setQuery] = useState("");
  const defs = usePlaceable();
  const { mode, wire } = palette;
  const nodes = useMemo(() => searchNodes(defs, query, wire).slice(0, mode === "all" && query === "" ? 0 : SHOWN_NODES), [defs, query, wire, mode]);
  const add = (type: string): void => {
    const at = palette.at ?? viewCenter();
    close();
    giveFocus(addNodeAt(type, at, wire));
  };
  const blueprints = <PaletteBlueprints query={query} at={() => palette.at ?? viewCenter()} onDone={close} />;
  return (
    <Command shouldFilter={false} loop className={styles.command} label={t("palette.title")}>
      <div className={styles.head}>
        <Search size={16} />
        <Command.Input value={query} onValueChange={setQuery} placeholder={t(mode === "all" ? "palette.placeholder" : "palette.nodePlaceholder")} data-testid="palette-input" />
        {wire !== null && (
          <span className={styles.chip} style={{ "--socket": typeColor(wire.type) } as CSSProperties}>
            {wire.type}
          </span>
        )}
      </div>
      <Command.List className={styles.list}>
        <Command.Empty className={styles.empty}>{t("palette.empty", { query })}</Command.Empty>
        {mode === "all" && <InWorkflow query={query} />}
        {mode === "all" && <NamedEntries query={query} onDone={close} />}
        {mode === "all" && <Commands query={query} />}
        {mode === "all" && <SettingEntries query={query} onDone={close} />}
        {wire === null && query !== "" && blueprints}
        {nodes.length > 0 && (
          <Command.Group heading={t("palette.nodes")} className={styles.group}>
            {nodes.map((def) => (
              <NodeItem key={def.type} def={def} onChoose={add} />
            ))}
          </Command.Group>
        )}
        {wire === null && query === "" && mode === "nodes" && blueprints}
      </Command.List>
      <footer className={styles.foot}>
        <span>
          <kbd>↑↓</kbd> {t("palette.hintMove")}
        </span>
        <span>
          <CornerDownLeft size={12} /> {t("palette.hintChoose")}
        </span>
        <span>
          <kbd>Esc</kbd> {t("palette.hintClose")}
        </span>
      </footer>
    </Command>
  );
}

function NodeItem({ def, onChoose }: { readonly def: NodeDef; readonly onChoose: (type: string) => void }) {
  return (
    <Command.Item value={`node:${def.type}`} className={styles.item} onSelect={() => onChoose(def.type)} data-testid={`palette-node-${def.type}`}>
      <span className={styles.mark} style={{ background: categoryColor(def.category) }} />
      <span className={styles.name}>{def.title}</span>
      {def.deprecated && <span className={styles.tag}>{t("node.deprecated")}</span>}
      <span className={styles.aside}>{def.category.replaceAll("_", " ").trim().replaceAll("/", " › ")}</span>
    </Command.Item>
  );
}

function Commands({ query }: { readonly query: string }) {
  const found = useMemo(() => {
    const all = Object.entries(commandTable()).filter(([, command]) => command.isEnabled?.() !== false).map(([id, command]) => ({ id, command, title: t(command.title) }));
    if (query.trim() === "") return all.slice(0, 40);
    return new Fuse(all, { keys: ["title"], threshold: 0.3, ignoreLocation: true, ignoreDiacritics: true }).search(query.trim(), { limit: SHOWN_OTHERS }).map(({ item }) => item);
  }, [query]);
  if (found.length === 0) return null;
  return (
    <Command.Group heading={t("palette.commands")} className={styles.group}>
      {found.map(({ id, command, title }) => (
        <Command.Item
          key={id}
          value={`command:${id}`}
          className={styles.item}
          onSelect={() => {
            close();
            command.run();
          }}
        >
          <span className={styles.name}>{title}</span>
          <kbd className={styles.aside}>{chordLabel(chordsOf(id)[0])}</kbd>
        </Command.Item>
      ))}
    </Command.Group>
  );
}

/** Nodes of this workflow by title, type, number and the texts in them. */
function InWorkflow({ query }: { readonly query: string }) {
  const defs = useDefs();
  const found = useMemo(() => (query.trim().length < 2 ? [] : search(entriesOf(currentWhole(), defs), query).slice(0, SHOWN_OTHERS)), [query, defs]);
  if (found.length === 0) return null;
  return (
    <Command.Group heading={t("palette.inWorkflow")} className={styles.group}>
      {found.map(({ entry, where }) => (
        <Command.Item
          key={entry.id}
          value={`in:${entry.id}`}
          className={styles.item}
          onSelect={() => {
            close();
            showExecuted(entry.id);
          }}
        >
          <span className={styles.mark} style={{ background: categoryColor(defs[entry.type]?.category ?? "") }} />
          <span className={styles.name}>{[...entry.around, entry.title].join(" › ")}</span>
          <span className={styles.aside}>{where === null ? `#${entry.id}` : excerpt(where[1], query, 48)}</span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}
