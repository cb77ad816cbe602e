/** Subgraphs in the nodes drawer: those of this workflow, and the blueprints that every workflow may use. */
import { Pencil, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";

import type { Blueprint } from "@/api/blueprints";
import { categoryColor } from "@/canvas/colors";
import { NODE_TYPE, registerDrop } from "@/canvas/drop";
import { viewCenter } from "@/canvas/viewport";
import { t } from "@/i18n";
import styles from "@/panels/Panel.module.css";
import { addNodeAt } from "@/tabs/files";
import { IconButton } from "@/ui/IconButton";
import { NameInput } from "@/ui/NameInput";
import { finder } from "@/ui/words";

import { askToDelete, blueprintStore, insertBlueprint, loadBlueprints, rename, wantBlueprints } from "./blueprints";
import { usePlaceable } from "./placeable";
import own from "./SubgraphShelf.module.css";

/** Drag data of a blueprint. */
const BLUEPRINT_TYPE = "application/x-heddle-blueprint";
registerDrop(BLUEPRINT_TYPE, (id, at) => void insertBlueprint(id, at));

export function SubgraphShelf({ query }: { readonly query: string }) {
  const defs = usePlaceable();
  const { all, phase } = blueprintStore();
  useEffect(wantBlueprints, []);
  const isFound = finder(query);
  const mine = Object.values(defs).filter((def) => def.module === "subgraph" && isFound(def.title));
  const blueprints = all.filter(({ name }) => isFound(name));
  const isSearching = query.trim() !== "";
  if (isSearching && mine.length + blueprints.length === 0) return null;
  return (
    <section aria-label={t("subgraphs.title")}>
      {mine.length > 0 && <h3 className={styles.section}>{t("subgraphs.document")}</h3>}
      {mine.map((def) => (
        <button
          key={def.type}
          type="button"
          className={styles.row}
          draggable
          title={def.description || t("drawer.dragHint")}
          onDragStart={(event) => event.dataTransfer.setData(NODE_TYPE, def.type)}
          onClick={() => addNodeAt(def.type, viewCenter())}
        >
          <span className={styles.mark} style={{ background: categoryColor(def.category) }} />
          <span className={styles.label}>{def.title}</span>
        </button>
      ))}
      {(!isSearching || blueprints.length > 0) && <h3 className={styles.section}>{t("subgraphs.blueprints")}</h3>}
      {blueprints.map((blueprint) => (
        <BlueprintRow key={blueprint.id} blueprint={blueprint} />
      ))}
      {!isSearching && phase === "read" && all.length === 0 && <p className={styles.hint}>{t("subgraphs.noBlueprints")}</p>}
      {phase === "failed" && (
        <p className={styles.hint} role="alert">
          {t("subgraphs.notListed")}{" "}
          <button type="button" className={own.again} onClick={() => void loadBlueprints()}>
            {t("subgraphs.again")}
          </button>
        </p>
      )}
    </section>
  );
}

function BlueprintRow({ blueprint }: { readonly blueprint: Blueprint }) {
  const { id, name, pack, isOwn } = blueprint;
  const [isRenaming, setRenaming] = useState(false);
  if (isRenaming) return <NameEditor blueprint={blueprint} onDone={() => setRenaming(false)} />;
  return (
    <div className={styles.row}>
      <button type="button" className={styles.fill} draggable onDragStart={(event) => event.dataTransfer.setData(BLUEPRINT_TYPE, id)} title={t("drawer.dragHint")} onClick={() => void insertBlueprint(id, viewCenter())} onKeyDown={(event) => { if (isOwn && event.key === "F2") { event.stopPropagation(); setRenaming(true); } }}>
        <span className={styles.mark} style={{ background: categoryColor("subgraphs") }} />
        <span className={styles.label}>{name}</span>
        {!isOwn && <span className={styles.count}>{pack}</span>}
      </button>
      {isOwn && (
        <span className={`${styles.reveal} ${own.tools}`}>
          <IconButton label={t("subgraphs.renameBlueprint", { name })} onClick={() => setRenaming(true)}>
            <Pencil size={13} />
          </IconButton>
          <IconButton label={t("subgraphs.deleteBlueprint", { name })} onClick={() => askToDelete(blueprint)}>
            <Trash2 size={13} />
          </IconButton>
        </span>
      )}
    </div>
  );
}

function NameEditor({ blueprint, onDone }: { readonly blueprint: Blueprint; readonly onDone: () => void }) {
  const keep = (text: string): void => {
    onDone();
    void rename(blueprint, text);
  };
  return <NameInput className={own.editor} label={t("subgraphs.blueprintName")} name={blueprint.name} onKeep={keep} onLeave={onDone} />;
}
