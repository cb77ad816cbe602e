/** The document as React Flow wants it: arrays whose unchanged members stay the same objects. */
import { Position, type Edge, type Node, type NodeHandle } from "@xyflow/react";

import type { NodeDef, NodeDefs } from "@/formats/definitions";
import { widgetsOf } from "@/formats/widgets";
import type { Selection } from "@/model/document";
import { estimatedSize, hasOwnRow, HEADER, isMultiline, PADDING, SLOT_ROW, slotRows, TEXT_ROWS, WIDGET_ROW } from "@/model/geometry";
import type { Doc, DocGroup, DocLink, DocNode, NodeId, Size } from "@/model/types";

export type CanvasNode = Node<Record<string, never>, "node" | "reroute" | "note" | "frame">;
export type CanvasEdge = Edge<Record<string, never>, "wire">;

export const inputHandle = (name: string): string => `in:${name}`;
export const outputHandle = (slot: number): string => `out:${slot}`;
export const groupNodeId = (id: string): string => `group:${id}`;
export const groupOf = (nodeId: string): string | null => (nodeId.startsWith("group:") ? nodeId.slice(6) : null);

const NO_DATA: Record<string, never> = {};
const SPECIAL: Readonly<Record<string, CanvasNode["type"]>> = { Reroute: "reroute", Note: "note", MarkdownNote: "note" };

interface Cached<T, R> {
  readonly source: T;
  readonly selected: boolean;
  readonly measured: Size | undefined;
  readonly def: NodeDef | undefined;
  readonly result: R;
}

export interface Deriver {
  readonly nodes: (doc: Doc, selection: Selection, measured: ReadonlyMap<string, Size>, defs: NodeDefs) => CanvasNode[];
  readonly edges: (doc: Doc, selection: Selection) => CanvasEdge[];
}

export function createDeriver(): Deriver {
  let nodeCache = new Map<string, Cached<DocNode | DocGroup, CanvasNode>>();
  let edgeCache = new Map<number, Cached<DocLink, CanvasEdge>>();
  return {
    nodes: (doc, selection, measured, defs) => {
      const next: typeof nodeCache = new Map();
      const take = <T extends DocNode | DocGroup>(id: string, source: T, selected: boolean, def: NodeDef | undefined, make: () => CanvasNode): CanvasNode => {
        const old = nodeCache.get(id);
        const size = measured.get(id);
        const isSame = old?.source === source && old.selected === selected && old.measured === size && old.def === def;
        const entry = isSame ? old : { source, selected, measured: size, def, result: make() };
        next.set(id, entry);
        return entry.result;
      };
      const chosen = new Set(selection.nodes);
      const chosenGroups = new Set(selection.groups);
      const groups = Object.values(doc.groups).map((group) => {
        const id = groupNodeId(group.id);
        const selected = chosenGroups.has(group.id);
        return take(id, group, selected, undefined, () => groupNode(group, selected, measured.get(id)));
      });
      const nodes = Object.values(doc.nodes).map((node) => {
        const def = defs[node.type];
        const selected = chosen.has(node.id);
        return take(node.id, node, selected, def, () => flowNode(node, def, selected, measured.get(node.id)));
      });
      nodeCache = next;
      return [...groups, ...nodes];
    },
    edges: (doc, selection) => {
      const next: typeof edgeCache = new Map();
      const chosen = new Set(selection.links);
      const edges = Object.values(doc.links).map((link) => {
        const selected = chosen.has(link.id);
        const old = edgeCache.get(link.id);
        const entry = old?.source === link && old.selected === selected ? old : { source: link, selected, measured: undefined, def: undefined, result: flowEdge(link, selected) };
        next.set(link.id, entry);
        return entry.result;
      });
      edgeCache = next;
      return edges;
    },
  };
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
    ...(measured === undefined ? {} : { measured: { ...measured } }),
  };
}

function flowEdge(link: DocLink, selected: boolean): CanvasEdge {
  return {
    id: String(link.id),
    type: "wire",
    source: link.from,
    sourceHandle: outputHandle(link.slot),
    target: link.to,
    targetHandle: inputHandle(link.input),
    selected,
    data: NO_DATA,
  };
}

function estimatedHandles(node: DocNode, def: NodeDef | undefined, size: Size): NodeHandle[] {
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
  for (const widget of def === undefined ? [] : widgetsOf(def, node.values)) {
    if (!hasOwnRow(widget)) continue;
    tops.set(widget.name, y + WIDGET_ROW / 2);
    y += isMultiline(widget) ? TEXT_ROWS + 4 : WIDGET_ROW;
  }
  return tops;
}
