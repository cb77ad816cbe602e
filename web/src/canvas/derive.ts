/** The document as React Flow wants it: arrays whose unchanged members stay the same objects. */
import { Position, type Edge, type Node, type NodeHandle } from "@xyflow/react";

import type { NodeDef, NodeDefs } from "@/formats/definitions";
import { widgetsIn } from "@/formats/widgets";
import { canvasTitle } from "@/session/canvasTypes";
import { t } from "@/i18n";
import type { Selection } from "@/model/document";
import { estimatedSize, hasOwnRow, HEADER, isMultiline, PADDING, SLOT_ROW, slotRows, TEXT_ROWS, WIDGET_ROW } from "@/model/geometry";
import { isLocked } from "@/model/grouping";
import { wiresByBend } from "@/model/reroutes";
import type { Doc, DocGroup, DocLink, DocNode, NodeId, Reroute, Size } from "@/model/types";
import { currentDefs, titleOf } from "@/session/store";

import { bendIds, createReadingOrder } from "./order";

export type CanvasNode = Node<Record<string, never>, "node" | "side" | "reroute" | "note" | "frame" | "bend">;
/** A wire from its last bend or its output to its input, or a stretch that ends in a bend. */
export type CanvasEdge = Edge<Record<string, never>, "wire" | "hidden">;

export const inputHandle = (name: string): string => `in:${name}`;
export const outputHandle = (slot: number): string => `out:${slot}`;
export const groupNodeId = (id: string): string => `group:${id}`;
export const groupOf = (nodeId: string): string | null => (nodeId.startsWith("group:") ? nodeId.slice(6) : null);
/** Bends as nodes, and the stretches of wire that end in them. */
export const bendNodeId = (id: number): string => `bend:${id}`;
export const bendOf = (id: string): number | null => (id.startsWith("bend:") ? Number(id.slice(5)) : null);
export const BEND_SIZE = 14;

const NO_DATA: Record<string, never> = {};
const SPECIAL: Readonly<Record<string, CanvasNode["type"]>> = { Reroute: "reroute", Note: "note", MarkdownNote: "note", SubgraphInputs: "side", SubgraphOutputs: "side" };

/** Of which wires something is to be seen when the others are hidden. */
export interface Shown {
  readonly hidesWires: boolean;
  readonly hovered: NodeId | null;
}

interface Cached<T, R> {
  readonly source: T;
  readonly selected: boolean;
  readonly measured: Size | undefined;
  readonly def: NodeDef | undefined;
  readonly result: R;
}

export interface Deriver {
  readonly nodes: (doc: Doc, selection: Selection, measured: ReadonlyMap<string, Size>, defs: NodeDefs) => CanvasNode[];
  readonly edges: (doc: Doc, selection: Selection, shown: Shown) => CanvasEdge[];
}

export function createDeriver(): Deriver {
  let nodeCache = new Map<string, Cached<DocNode | DocGroup | Reroute, CanvasNode>>();
  let edgeCache = new Map<string, CachedEdge>();
  const inOrder = createReadingOrder();
  return {
    nodes: (doc, selection, measured, defs) => {
      const next: typeof nodeCache = new Map();
      const take = <T extends DocNode | DocGroup | Reroute>(id: string, source: T, selected: boolean, def: NodeDef | undefined, make: () => CanvasNode): CanvasNode => {
        const old = nodeCache.get(id);
        const size = measured.get(id);
        const isSame = old?.source === source && old.selected === selected && old.measured === size && old.def === def;
        const entry = isSame ? old : { source, selected, measured: size, def, result: make() };
        next.set(id, entry);
        return entry.result;
      };
      const chosen = new Set(selection.nodes);
      const chosenGroups = new Set(selection.groups);
      // Smaller frames lie on larger ones.
      const groups = Object.values(doc.groups).toSorted((a, b) => b.size.width * b.size.height - a.size.width * a.size.height).map((group) => {
        const id = groupNodeId(group.id);
        const selected = chosenGroups.has(group.id);
        return take(id, group, selected, undefined, () => groupNode(group, selected, measured.get(id)));
      });
      const nodes = inOrder(doc.nodes).map((node) => {
        const def = defs[node.type];
        const selected = chosen.has(node.id);
        return take(node.id, node, selected, def, () => flowNode(node, def, selected, measured.get(node.id)));
      });
      const bent = new Set(selection.bends);
      const bends = bendIds(doc).flatMap((bendId) => {
        const bend = doc.reroutes[bendId];
        const id = bendNodeId(bendId);
        return bend === undefined ? [] : [take(id, bend, bent.has(bendId), undefined, () => bendNode(bend, bent.has(bendId), measured.get(id)))];
      });
      nodeCache = next;
      return [...groups, ...nodes, ...bends];
    },
    edges: (doc, selection, shown) => {
      const next: typeof edgeCache = new Map();
      const take = (id: string, link: DocLink, end: Reroute | null, selected: boolean, isHidden: boolean): CanvasEdge => {
        const old = edgeCache.get(id);
        const isSame = old?.link === link && old.parent === (end?.parent ?? null) && old.selected === selected && old.isHidden === isHidden;
        const entry = isSame ? old : { link, parent: end?.parent ?? null, selected, isHidden, result: flowEdge(doc, id, link, end, selected, isHidden) };
        next.set(id, entry);
        return entry.result;
      };
      const chosen = new Set(selection.links);
      const near = new Set(shown.hovered === null ? selection.nodes : [...selection.nodes, shown.hovered]);
      const isSeen = (link: DocLink): boolean => near.has(link.from) || near.has(link.to) || chosen.has(link.id);
      const edges = Object.values(doc.links).flatMap((link) => {
        const isHidden = link.hidden && !isSeen(link);
        return shown.hidesWires && !isHidden && !isSeen(link) ? [] : [take(String(link.id), link, null, chosen.has(link.id), isHidden)];
      });
      for (const [id, links] of wiresByBend(doc)) {
        const [end, link] = [doc.reroutes[id], links.find((wire) => isSeen(wire) || !(wire.hidden || shown.hidesWires))];
        if (end !== undefined && link !== undefined) edges.push(take(bendNodeId(id), link, end, links.some((wire) => chosen.has(wire.id)), false));
      }
      edgeCache = next;
      return edges;
    },
  };
}

interface CachedEdge {
  readonly link: DocLink;
  readonly parent: number | null;
  readonly selected: boolean;
  readonly isHidden: boolean;
  readonly result: CanvasEdge;
}

function flowNode(node: DocNode, def: NodeDef | undefined, selected: boolean, measured: Size | undefined): CanvasNode {
  const size = estimatedSize(node, def);
  return {
    id: node.id,
    type: SPECIAL[node.type] ?? "node",
    position: node.position,
    data: NO_DATA,
    selected,
    draggable: !node.pinned,
    ariaLabel: t("node.label", { title: node.title ?? def?.title ?? canvasTitle(node.type) ?? node.type, id: node.id }),
    initialWidth: size.width,
    initialHeight: size.height,
    // Until the browser has measured the node, its sockets are where the style sheet will put them.
    ...(measured === undefined ? { handles: estimatedHandles(node, def, size) } : { measured: { ...measured } }),
  };
}

function groupNode(group: DocGroup, selected: boolean, measured: Size | undefined): CanvasNode {
  return {
    id: groupNodeId(group.id),
    type: "frame",
    position: group.position,
    data: NO_DATA,
    selected,
    zIndex: -10,
    width: group.size.width,
    height: group.size.height,
    dragHandle: ".group-handle",
    draggable: !isLocked(group),
    ariaLabel: t("arranging.group.label", { title: group.title }),
    ...(measured === undefined ? {} : { measured: { ...measured } }),
  };
}

/** React Flow wants a size and handles to begin with; wires end in the middle of a bend. */
function bendNode(bend: Reroute, selected: boolean, measured: Size | undefined): CanvasNode {
  const half = BEND_SIZE / 2;
  const handle = { x: half, y: half, width: 1, height: 1 };
  return {
    id: bendNodeId(bend.id),
    type: "bend",
    position: { x: bend.position.x - half, y: bend.position.y - half },
    data: NO_DATA,
    selected,
    zIndex: 1,
    ariaLabel: t("links.bendLabel", { id: bend.id }),
    initialWidth: BEND_SIZE,
    initialHeight: BEND_SIZE,
    ...(measured === undefined
      ? { handles: [{ ...handle, id: outputHandle(0), type: "source", position: Position.Right }, { ...handle, id: inputHandle(""), type: "target", position: Position.Left }] }
      : { measured: { ...measured } }),
  };
}

/** `end` is the bend at the end of the stretch; without one it is the last stretch of the wire. */
function flowEdge(doc: Doc, id: string, link: DocLink, end: Reroute | null, selected: boolean, isHidden: boolean): CanvasEdge {
  const before = isHidden ? null : end === null ? link.reroute : end.parent;
  return {
    id,
    type: isHidden ? "hidden" : "wire",
    ariaLabel: t("links.label", { type: link.type.toLowerCase(), source: titleOf(doc, currentDefs(), link.from), target: titleOf(doc, currentDefs(), link.to) }),
    ...(before === null ? { source: link.from, sourceHandle: outputHandle(link.slot) } : { source: bendNodeId(before), sourceHandle: outputHandle(0) }),
    ...(end === null ? { target: link.to, targetHandle: inputHandle(link.input) } : { target: bendNodeId(end.id), targetHandle: inputHandle("") }),
    selected,
    data: NO_DATA,
  };
}

/** Where sockets are until the browser has measured them: ten pixels wide, about their middle. */
export function estimatedHandles(node: DocNode, def: NodeDef | undefined, size: Size): NodeHandle[] {
  const rowTop = (row: number): number => HEADER + PADDING / 2 + row * SLOT_ROW + SLOT_ROW / 2;
  const middle = node.type === "Reroute" ? size.height / 2 : HEADER / 2;
  const isFlat = node.collapsed || node.type === "Reroute";
  const plain = node.inputs.filter((input) => !input.isWidget);
  const at = (type: "source" | "target", id: string, y: number): NodeHandle => {
    const isSource = type === "source";
    return { id, type, position: isSource ? Position.Right : Position.Left, x: (isSource ? size.width : 0) - 5, y: (isFlat ? middle : y) - 5, width: 10, height: 10 };
  };
  const tops = widgetTops(node, def);
  return [
    ...node.outputs.map((_output, slot) => at("source", outputHandle(slot), rowTop(slot))),
    ...plain.map((input, row) => at("target", inputHandle(input.name), rowTop(row))),
    ...node.inputs.filter((input) => input.isWidget).map((input) => at("target", inputHandle(input.name), tops.get(input.name) ?? HEADER)),
  ];
}

function widgetTops(node: DocNode, def: NodeDef | undefined): Map<NodeId, number> {
  const tops = new Map<string, number>();
  let y = HEADER + PADDING + slotRows(node) * SLOT_ROW;
  for (const widget of def === undefined ? [] : widgetsIn(def, node)) {
    if (!hasOwnRow(widget)) continue;
    tops.set(widget.name, y + WIDGET_ROW / 2);
    y += isMultiline(widget) ? TEXT_ROWS + 4 : WIDGET_ROW;
  }
  return tops;
}
