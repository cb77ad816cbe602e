/** The node library: all types as a tree, the usual ones, one's own, the latest; and search over all of them. */
import { X } from "lucide-react";
import { Tabs } from "radix-ui";
import { useEffect, useMemo, useState } from "react";
import type { ReactNode } from "react";

import type { NodeDef, NodeDefs } from "@/formats/definitions";
import { t, type MessageKey } from "@/i18n";
import { searchNodes } from "@/palette/search";
import { uiStore } from "@/session/ui";
import { usePlaceable } from "@/subgraphs/placeable";
import { SubgraphShelf } from "@/subgraphs/SubgraphShelf";
import { IconButton } from "@/ui/IconButton";
import { SearchField } from "@/ui/SearchField";

import { ESSENTIALS } from "./essentials";
import { NodeTree } from "./NodeTree";
import styles from "./Library.module.css";
import panel from "./Panel.module.css";
import { nodeShelf, wantBookmarks } from "./shelf";
import { nodeTree, rowsOf, type Arrangement, type Branch } from "./tree";

type Tab = "all" | "essentials" | "bookmarks" | "recent";
const TABS: readonly (readonly [Tab, MessageKey])[] = [["all", "help.library.all"], ["essentials", "help.library.essentials"], ["bookmarks", "help.library.bookmarks"], ["recent", "help.library.recent"]];
const ARRANGEMENTS: readonly Arrangement[] = ["category", "pack", "name"];

export function NodesDrawer() {
  const defs = usePlaceable();
  const [query, setQuery] = useState("");
  const [tab, setTab] = useState<Tab>("all");
  const found = useMemo(() => (query.trim() === "" ? null : searchNodes(defs, query).filter((def) => def.module !== "subgraph")), [defs, query]);
  useEffect(wantBookmarks, []);
  return (
    <>
      <DrawerHead title={t("action.nodes")} />
      <SearchField className={panel.search} label={t("drawer.searchNodes")} query={query} onQuery={setQuery} onKeyDown={intoTree} />
      {found !== null ? (
        <div className={panel.scroll}>
          <SubgraphShelf query={query} />
          {found.length === 0 ? <p className={panel.hint}>{t("drawer.noNodes")}</p> : <Listed defs={found} />}
        </div>
      ) : (
        <Tabs.Root className={styles.root} value={tab} onValueChange={(value) => setTab(value as Tab)}>
          <Tabs.List className={styles.tabs} aria-label={t("action.nodes")}>
            {TABS.map(([id, title]) => (
              <Tabs.Trigger key={id} value={id} className={styles.tab}>
                {t(title)}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <Tabs.Content className={panel.scroll} value="all" tabIndex={-1}>
            <AllNodes defs={defs} />
          </Tabs.Content>
          <Tabs.Content className={panel.scroll} value="essentials" tabIndex={-1}>
            <Listed defs={ESSENTIALS.flatMap((type) => defs[type] ?? []).filter((def) => !def.deprecated)} />
          </Tabs.Content>
          <Tabs.Content className={panel.scroll} value="bookmarks" tabIndex={-1}>
            <Kept defs={defs} shelf="bookmarks" empty={t("help.library.noBookmarks")} />
          </Tabs.Content>
          <Tabs.Content className={panel.scroll} value="recent" tabIndex={-1}>
            <Kept defs={defs} shelf="recent" empty={t("help.library.noRecent")} />
          </Tabs.Content>
        </Tabs.Root>
      )}
    </>
  );
}

export function DrawerHead({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <header className={panel.head}>
      <h2>{title}</h2>
      <span style={{ display: "flex" }}>
        {children}
        <IconButton label={t("action.close")} onClick={() => uiStore.setState({ drawer: null })}>
          <X size={15} />
        </IconButton>
      </span>
    </header>
  );
}

function AllNodes({ defs }: { readonly defs: NodeDefs }) {
  const [arrangement, setArrangement] = useState<Arrangement>("category");
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const tree = useMemo(() => nodeTree(Object.values(defs).filter((def) => !def.deprecated && def.module !== "subgraph"), arrangement, t("help.library.core")), [defs, arrangement]);
  const rows = useMemo(() => rowsOf(tree, open), [tree, open]);
  const fold = (path: string, isOpen: boolean): void => setOpen((before) => new Set(isOpen ? [...before, path] : [...before].filter((item) => item !== path)));
  return (
    <>
      <div className={styles.order}>
        <select aria-label={t("help.library.order")} value={arrangement} onChange={(event) => setArrangement(ARRANGEMENTS.find((item) => item === event.target.value) ?? "category")}>
          {ARRANGEMENTS.map((item) => (
            <option key={item} value={item}>
              {t(`help.library.orders.${item}`)}
            </option>
          ))}
        </select>
      </div>
      <NodeTree rows={rows} onFold={fold} />
      <SubgraphShelf query="" />
    </>
  );
}

const flat = (defs: readonly NodeDef[]): Branch => ({ name: "", path: "", branches: [], nodes: defs, count: defs.length });

function Listed({ defs }: { readonly defs: readonly NodeDef[] }) {
  const rows = useMemo(() => rowsOf(flat(defs), new Set()), [defs]);
  return <NodeTree rows={rows} onFold={() => undefined} />;
}

function Kept({ defs, shelf, empty }: { readonly defs: NodeDefs; readonly shelf: "bookmarks" | "recent"; readonly empty: string }) {
  const types = nodeShelf((state) => state[shelf]);
  const known = useMemo(() => types.flatMap((type) => defs[type] ?? []), [types, defs]);
  return known.length === 0 ? <p className={panel.hint}>{empty}</p> : <Listed defs={known} />;
}

/** Down goes from the search into what it found. */
function intoTree(event: React.KeyboardEvent<HTMLInputElement>): void {
  if (event.key !== "ArrowDown") return;
  const first = event.currentTarget.closest("aside")?.querySelector<HTMLElement>('[role="treeitem"]');
  if (first === null || first === undefined) return;
  event.preventDefault();
  first.focus();
}
