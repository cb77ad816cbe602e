/** How widgets change the document: typing and dragging make one step, from touch to release. */
import type { Json } from "@/formats/json";
import { setValue } from "@/model/actions";
import { beginGesture, endGesture, idHere, transact } from "@/model/document";
import type { NodeId } from "@/model/types";
import { patchNode, runKey, runOf } from "@/runtime/store";

const gestureOf = (node: NodeId, key: string): string => `value:${node}:${key}`;

export const beginEdit = (node: NodeId, key: string): void => beginGesture(gestureOf(node, key));
export const endEdit = endGesture;

export function edit(node: NodeId, key: string, value: Json): void {
  transact("step.value", (doc) => setValue(doc, node, key, value), gestureOf(node, key));
  forgive(node, key);
}

/** A sentence about a value is done with once the value changes. */
function forgive(node: NodeId, key: string): void {
  const at = runKey(idHere(node));
  const { inputErrors, phase } = runOf(at);
  if (!(key in inputErrors)) return;
  const left = Object.fromEntries(Object.entries(inputErrors).filter(([name]) => name !== key));
  patchNode(at, { inputErrors: left, phase: Object.keys(left).length === 0 && phase === "error" ? "idle" : phase });
}
