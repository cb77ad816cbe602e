/** React Flow's changes -> actions on the document. */
import type { EdgeChange, NodeChange, OnEdgesChange, OnNodeDrag, OnNodesChange, SelectionDragHandler } from "@xyflow/react";

import { serverDefs } from "@/app/session";
import { moveGroup, moveNodes } from "@/model/actions";
import { copyText, paste, parseClipboard } from "@/model/clipboard";
import { beginGesture, currentDoc, currentSelection, documentStore, endGesture, select, transact } from "@/model/document";
import type { Doc, NodeId, Point } from "@/model/types";

import { groupOf, type CanvasEdge, type CanvasNode } from "./derive";
import { measure } from "./measured";
import { boxOf } from "./viewport";

interface Handlers {
  readonly onNodesChange: OnNodesChange<CanvasNode>;
  readonly onEdgesChange: OnEdgesChange<CanvasEdge>;
  readonly onNodeDragStart: OnNodeDrag<CanvasNode>;
  readonly onNodeDragStop: OnNodeDrag<CanvasNode>;
  readonly onSelectionDragStart: SelectionDragHandler<CanvasNode>;
  readonly onSelectionDragStop: SelectionDragHandler<CanvasNode>;
}

export function createChangeHandlers(): Handlers {
  return {
    onNodesChange: (changes) => {
      measureAll(changes);
      selectNodes(changes);
      move(changes);
    },
    onEdgesChange: selectLinks,
    onNodeDragStart: (event, _node, nodes) => startDrag(event.altKey, nodes),
    onNodeDragStop: endGesture,
    onSelectionDragStart: (event, nodes) => startDrag(event.altKey, nodes),
    onSelectionDragStop: endGesture,
  };
}

/** With Alt a copy stays where the nodes were. */
function startDrag(isCopying: boolean, nodes: readonly CanvasNode[]): void {
  beginGesture("step.move");
  if (!isCopying) return;
  const ids = nodes.map((node) => node.id).filter((id) => groupOf(id) === null);
  const copied = parseClipboard(copyText(currentDoc(), serverDefs(), { nodes: ids }));
  if (copied !== null) transact("step.duplicate", (doc) => paste(doc, serverDefs(), copied, null, 0).doc, "step.move");
}

function measureAll(changes: readonly NodeChange<CanvasNode>[]): void {
  measure(
    changes.flatMap((change) =>
      change.type === "dimensions" && change.dimensions !== undefined && change.resizing !== true ? [[change.id, change.dimensions] as const] : [],
    ),
  );
}

function selectNodes(changes: readonly NodeChange<CanvasNode>[]): void {
  const chosen = changes.flatMap((change) => (change.type === "select" ? [change] : []));
  if (chosen.length === 0) return;
  const { nodes, links, groups } = currentSelection();
  const next = { nodes: new Set(nodes), groups: new Set(groups) };
  for (const { id, selected } of chosen) {
    const group = groupOf(id);
    const set = group === null ? next.nodes : next.groups;
    if (selected) set.add(group ?? id);
    else set.delete(group ?? id);
  }
  select({ nodes: [...next.nodes], groups: [...next.groups], links });
}

function selectLinks(changes: readonly EdgeChange<CanvasEdge>[]): void {
  const chosen = changes.flatMap((change) => (change.type === "select" ? [change] : []));
  if (chosen.length === 0) return;
  const { nodes, links, groups } = currentSelection();
  const next = new Set(links);
  for (const { id, selected } of chosen) {
    if (selected) next.add(Number(id));
    else next.delete(Number(id));
  }
  select({ nodes, groups, links: [...next] });
}

function move(changes: readonly NodeChange<CanvasNode>[]): void {
  const moved = changes.flatMap((change) => (change.type === "position" && change.position !== undefined ? [{ id: change.id, position: change.position }] : []));
  const { doc } = documentStore.getState();
  const changed = moved.filter(({ id, position }) => {
    const old = groupOf(id) === null ? doc.nodes[id]?.position : doc.groups[groupOf(id) ?? ""]?.position;
    return old !== undefined && (old.x !== position.x || old.y !== position.y);
  });
  if (changed.length === 0) return;
  transact("step.move", (before) => changed.reduce((after, { id, position }) => moveOne(after, id, position, changed), before));
}

function moveOne(doc: Doc, id: NodeId, position: Point, all: readonly { readonly id: string }[]): Doc {
  const groupId = groupOf(id);
  if (groupId === null) return moveNodes(doc, { [id]: position });
  const group = doc.groups[groupId];
  if (group === undefined) return doc;
  const own = new Set(all.map((item) => item.id));
  const shift = { x: position.x - group.position.x, y: position.y - group.position.y };
  const members = membersOf(doc, groupId).filter((member) => !own.has(member));
  const places = members.map((member): [string, Point] => {
    const at = doc.nodes[member]?.position ?? { x: 0, y: 0 };
    return [member, { x: at.x + shift.x, y: at.y + shift.y }];
  });
  return moveGroup(doc, groupId, position, Object.fromEntries(places));
}

/** A node belongs to a group when its middle lies inside. */
function membersOf(doc: Doc, groupId: string): NodeId[] {
  const group = doc.groups[groupId];
  if (group === undefined) return [];
  const { position, size } = group;
  return Object.values(doc.nodes).flatMap((node) => {
    const box = boxOf(node.id) ?? { ...node.position, ...node.size };
    const x = node.position.x + box.width / 2;
    const y = node.position.y + box.height / 2;
    const isInside = x >= position.x && x <= position.x + size.width && y >= position.y && y <= position.y + size.height;
    return isInside ? [node.id] : [];
  });
}
