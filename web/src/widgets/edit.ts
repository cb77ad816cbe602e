/** How widgets change the document: typing and dragging make one step, from touch to release. */
import type { Json } from "@/formats/json";
import { setValue } from "@/model/actions";
import { beginGesture, cancelGesture, endGesture, transact } from "@/model/document";
import type { NodeId } from "@/model/types";

const gestureOf = (node: NodeId, key: string): string => `value:${node}:${key}`;

export const beginEdit = (node: NodeId, key: string): void => beginGesture(gestureOf(node, key));
export const endEdit = endGesture;

/** Back to the value `from` that it began with; no step of undo, unless something else ended the gesture meanwhile. */
export function cancelEdit(node: NodeId, key: string, from: Json): void {
  if (!cancelGesture(gestureOf(node, key))) edit(node, key, from);
}

export function edit(node: NodeId, key: string, value: Json): void {
  transact("step.value", (doc) => setValue(doc, node, key, value), gestureOf(node, key));
}
