/** All node types, by category or by search. */
import { ChevronDown, ChevronRight, Search, X } from "lucide-react";
import { useMemo, useState } from "react";

import { addNodeAt } from "@/app/files";
import { uiStore } from "@/app/ui";
import { categoryColor } from "@/canvas/colors";
import { NODE_TYPE } from "@/canvas/drop";
import { viewCenter } from "@/canvas/viewport";
import type { NodeDef } from "@/formats/definitions";
import { t } from "@/i18n";
import { searchNodes } from "@/palette/search";
import { usePlaceable } from "@/subgraphs/placeable";
import { SubgraphShelf } from "@/subgraphs/SubgraphShelf";
import { IconButton } from "@/ui/IconButton";

import styles from "./Panel.module.css";
import { nodeTree, type Branch } from "./tree";

export function NodesDrawer() {
  const all = usePlaceable();
  // Subgraphs have a place of their own.
  const defs = useMemo(() => Object.fromEntries(Object.entries(all).filter(([, def]) => def.module !== "subgraph")), [all]);
  const [query, setQuery] = useState("");
  const tree = useMemo(() => nodeTree(Object.values(defs).filter((def) => !def.deprecated)), [defs]);
  const found = useMemo(() => (query.trim() === "" ? null : searchNodes(defs, query)), [defs, query]);
  return (
    <>
      <DrawerHead title={t("action.nodes")} />
      <div className={styles.search}>
        <Search size={14} />
        <input aria-label={t("drawer.searchNodes")} placeholder={t("drawer.searchNodes")} value={query} onChange={(event) => setQuery(event.target.value)} />
      </div>
      <div className={styles.scroll}>
        <SubgraphShelf query={query} />
        <h3 className={styles.section}>{t("subgraphs.nodes")}</h3>
        {found === null ? <Branches branches={tree.branches} depth={0} /> : found.map((def) => <NodeRow key={def.type} def={def} />)}
        {found?.length === 0 && <p className={styles.hint}>{t("drawer.noNodes")}</p>}
      </div>
    </>
  );
}

export function DrawerHead({ title, children }: { readonly title: string; readonly children?: React.ReactNode }) {
  return (
    <header className={styles.head}>
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

function Branches({ branches, depth }: { readonly branches: readonly Branch[]; readonly depth: number }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (path: string): void => setOpen((before) => new Set(before.has(path) ? [...before].filter((item) => item !== path) : [...before, path]));
  return branches.map((branch) => {
    const isOpen = open.has(branch.path);
    const Fold = isOpen ? ChevronDown : ChevronRight;
    return (
      <div key={branch.path}>
        <button type="button" className={styles.row} aria-expanded={isOpen} onClick={() => toggle(branch.path)}>
          <Fold size={14} />
          {depth === 0 && <span className={styles.mark} style={{ background: categoryColor(branch.name) }} />}
          <span className={styles.label}>{branch.name.replaceAll("_", " ").trim()}</span>
          <span className={styles.count}>{branch.count}</span>
        </button>
        {isOpen && (
          <div className={styles.children}>
            <Branches branches={branch.branches} depth={depth + 1} />
            {branch.nodes.map((def) => (
              <NodeRow key={def.type} def={def} />
            ))}
          </div>
        )}
      </div>
    );
  });
}

function NodeRow({ def }: { readonly def: NodeDef }) {
  return (
    <button
      type="button"
      className={styles.row}
      draggable
      title={def.description || t("drawer.dragHint")}
      onDragStart={(event) => event.dataTransfer.setData(NODE_TYPE, def.type)}
      onClick={() => addNodeAt(def.type, viewCenter())}
    >
      <span className={styles.mark} style={{ background: categoryColor(def.category) }} />
      <span className={styles.label}>{def.title}</span>
      {def.experimental && <span className={styles.count}>{t("node.experimental")}</span>}
    </button>
  );
}
