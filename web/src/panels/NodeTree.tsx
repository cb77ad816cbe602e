/** Rows of the node library: a tree by arrow keys, whose nodes are added by a press, Enter or dragging. */
import { ChevronDown, ChevronRight, Star } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { toast } from "sonner";

import { categoryColor } from "@/canvas/colors";
import { NODE_TYPE } from "@/canvas/drop";
import { say } from "@/canvas/hands";
import { viewCenter } from "@/canvas/viewport";
import type { NodeDef } from "@/formats/definitions";
import { t } from "@/i18n";
import { uiStore } from "@/session/ui";
import { addNodeAt } from "@/tabs/files";

import { NodeCard } from "./NodeCard";
import styles from "./Library.module.css";
import panel from "./Panel.module.css";
import { nodeShelf, toggleNodeBookmark } from "./shelf";
import { stepFrom, type TreeRow } from "./tree";

interface Props {
  readonly rows: readonly TreeRow[];
  readonly onFold: (path: string, isOpen: boolean) => void;
}

interface Shown {
  readonly def: NodeDef;
  readonly anchor: HTMLElement;
}

/** Whoever runs over the list with the pointer does not want every card. */
const LINGER = 350;

export function NodeTree({ rows, onFold }: Props) {
  const [at, setAt] = useState<string | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const current = rows.some((row) => row.key === at) ? at : rows[0]?.key;
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = (next: Shown | null, wait = LINGER): void => {
    clearTimeout(timer.current);
    if (next === null) setShown(null);
    else timer.current = setTimeout(() => setShown(next), wait);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const key = event.target instanceof HTMLElement ? event.target.dataset["key"] : undefined;
    const row = rows.find((item) => item.key === key);
    if (row === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    if (row.kind === "node" && event.key.toLowerCase() === "b") void bookmark(row.def);
    else if (event.key === "Escape" && shown !== null) show(null);
    else if (row.kind === "node" && (event.key === "Enter" || event.key === " ")) add(row.def);
    else if (!follow(event, row)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const follow = (event: KeyboardEvent<HTMLElement>, row: TreeRow): boolean => {
    const step = stepFrom(rows, row.key, event.key);
    if (step === null) return false;
    if ("open" in step) onFold(step.open, true);
    else if ("close" in step) onFold(step.close, false);
    else event.currentTarget.querySelector<HTMLElement>(`[data-key="${CSS.escape(step.focus)}"]`)?.focus();
    return true;
  };
  return (
    <div className={styles.tree} role="tree" tabIndex={-1} aria-label={t("help.library.tree")} onKeyDown={onKeyDown} onPointerLeave={() => show(null)}>
      {rows.map((row) => (
        <Row key={row.key} row={row} isCurrent={row.key === current} onFocus={() => setAt(row.key)} onFold={onFold} onShow={show} isDescribed={row.kind === "node" && shown?.def === row.def} />
      ))}
      {shown !== null && <NodeCard {...shown} />}
    </div>
  );
}

interface RowProps {
  readonly row: TreeRow;
  readonly isCurrent: boolean;
  readonly isDescribed: boolean;
  readonly onFocus: () => void;
  readonly onFold: Props["onFold"];
  readonly onShow: (shown: Shown | null, wait?: number) => void;
}

function Row({ row, isCurrent, isDescribed, onFocus, onFold, onShow }: RowProps) {
  const shared = { "data-key": row.key, "aria-level": row.depth + 1, style: { paddingLeft: `${0.5 + row.depth * 0.875}rem` } } as const;
  if (row.kind === "branch") {
    const { branch, isOpen } = row;
    const Fold = isOpen ? ChevronDown : ChevronRight;
    return (
      <button {...shared} type="button" role="treeitem" tabIndex={isCurrent ? 0 : -1} className={panel.row} aria-expanded={isOpen} aria-selected={false} onFocus={onFocus} onPointerEnter={() => onShow(null)} onClick={() => onFold(branch.path, !isOpen)}>
        <Fold size={14} aria-hidden />
        {row.depth === 0 && <span className={panel.mark} style={{ background: categoryColor(branch.name) }} />}
        <span className={panel.label}>{branch.name.replaceAll("_", " ").trim()}</span>
        <span className={panel.count}>{branch.count}</span>
      </button>
    );
  }
  const { def } = row;
  const notes = [...(def.experimental ? [t("node.experimental")] : []), ...(def.deprecated ? [t("node.deprecated")] : [])];
  return (
    // The tree has the keys.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      {...shared}
      role="treeitem"
      tabIndex={isCurrent ? 0 : -1}
      aria-selected={false}
      className={`${panel.row} ${styles.line}`}
      aria-label={[def.title, ...notes].join(" ")}
      aria-keyshortcuts="B"
      draggable
      aria-describedby={isDescribed ? "node-card" : undefined}
      onDragStart={(event) => {
        onShow(null);
        event.dataTransfer.setData(NODE_TYPE, def.type);
      }}
      onFocus={(event) => {
        onFocus();
        if (event.target.matches(":focus-visible")) onShow({ def, anchor: event.currentTarget });
      }}
      onBlur={() => onShow(null)}
      onPointerEnter={(event) => {
        if (event.pointerType === "mouse") onShow({ def, anchor: event.currentTarget });
      }}
      onClick={(event) => {
        if (!(event.target instanceof Element) || event.target.closest("button") === null) add(def);
      }}
    >
      <span className={panel.mark} style={{ background: categoryColor(def.category) }} />
      <span className={panel.label}>{def.title}</span>
      {notes.map((note) => (
        <span key={note} className={panel.count}>{` ${note}`}</span>
      ))}
      <Bookmark def={def} />
    </div>
  );
}

function Bookmark({ def }: { readonly def: NodeDef }) {
  const isMarked = nodeShelf((state) => state.bookmarks.includes(def.type));
  const label = t(isMarked ? "help.library.unbookmark" : "help.library.bookmark", { name: def.title });
  // By key it is the letter B on the node's row: a tree has one stop for the Tab key.
  return (
    <button type="button" className={styles.star} tabIndex={-1} aria-label={label} title={label} aria-pressed={isMarked} onClick={() => void bookmark(def)}>
      <Star size={13} fill={isMarked ? "currentColor" : "none"} />
    </button>
  );
}

async function bookmark(def: NodeDef): Promise<void> {
  await toggleNodeBookmark(def.type).catch(() => toast.error(t("tabs.file.bookmarkFailed")));
}

function add(def: NodeDef): void {
  addNodeAt(def.type, viewCenter());
  say(t("help.library.added", { name: def.title }));
  if (window.innerWidth < 800) uiStore.setState({ drawer: null });
}
