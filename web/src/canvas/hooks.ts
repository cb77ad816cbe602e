/** What a part of a node reads: each only its own slice, so that little is drawn anew. */
import { useUpdateNodeInternals } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { useShallow } from "zustand/react/shallow";

import type { NodeDef } from "@/formats/definitions";
import type { Json } from "@/formats/json";
import { widgetsIn, type Widget } from "@/formats/widgets";
import { documentStore } from "@/model/document";
import { linkInto,  } from "@/model/links";
import type { DocNode, NodeId } from "@/model/types";
import { executionId } from "@/model/pages";
import { IDLE, runKey, runtimeStore, type NodeRun } from "@/runtime/store";
import { titleOf, useDefs } from "@/session/store";

export type NodeFace = Omit<DocNode, "position" | "raw" | "values" | "tail">;

/** A node without its position and values, which other parts follow by themselves. */
export function useFace(id: NodeId): NodeFace | undefined {
  return documentStore(
    useShallow((state): NodeFace | undefined => {
      const node = state.doc.nodes[id];
      if (node === undefined) return undefined;
      const { type, title, size, mode, collapsed, pinned, color, inputs, outputs, known } = node;
      return { id, type, title, size, mode, collapsed, pinned, color, inputs, outputs, known };
    }),
  );
}

/** Lets wires find sockets that came or moved while the node's size, which React Flow watches, stayed the same. */
export function useFollowSockets(id: NodeId, inputs: NodeFace["inputs"] | undefined): void {
  const update = useUpdateNodeInternals();
  const last = useRef(inputs);
  useEffect(() => {
    if (last.current === inputs) return;
    last.current = inputs;
    update(id);
  }, [id, inputs, update]);
}

export const useTitle = (id: NodeId): string => {
  const defs = useDefs();
  return documentStore((state) => titleOf(state.doc, defs, id));
};

const NO_WIDGETS: readonly Widget[] = [];

/** The widgets of a node; which ones may depend on what is chosen in it. */
export function useWidgets(id: NodeId, def: NodeDef | undefined): readonly Widget[] {
  return documentStore(
    useShallow((state) => {
      const node = state.doc.nodes[id];
      return def === undefined || node === undefined ? NO_WIDGETS : widgetsIn(def, node);
    }),
  );
}

export const useValue = (id: NodeId, key: string): Json | undefined => documentStore((state) => state.doc.nodes[id]?.values[key]);

/** Where the run state of a node of the page that is shown is kept. */
export const useRunKey = (id: NodeId): string => documentStore((state) => runKey(executionId(state.path, id), state.tab));

export function useRun<T>(id: NodeId, pick: (run: NodeRun) => T): T {
  const key = useRunKey(id);
  return runtimeStore((state) => pick(state.nodes[key] ?? IDLE));
}

export const useIsFed = (id: NodeId, input: string): boolean => documentStore((state) => linkInto(state.doc, id, input) !== undefined);

/** Title of the node whose wire ends at this input, or null. */
export function useSourceTitle(id: NodeId, input: string): string | null {
  const defs = useDefs();
  return documentStore((state) => {
    const link = linkInto(state.doc, id, input);
    return link === undefined ? null : titleOf(state.doc, defs, link.from);
  });
}
