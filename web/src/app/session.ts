/** What this tab works with: the node list, and the file its document came from. */
import { create } from "zustand";

import type { NodeDef, NodeDefs } from "@/formats/definitions";
import { isObject, type Json } from "@/formats/json";
import { currentDoc, documentStore } from "@/model/document";
import type { Doc } from "@/model/types";

export interface Session {
  readonly defs: NodeDefs;
  readonly ready: boolean;
  readonly name: string;
  /** The document as last saved or opened; anything else is unsaved. */
  readonly savedDoc: Doc | null;
  /** Draft of unsaved work from before the reload. */
  readonly dirtyDraft: boolean;
}

export const sessionStore = create<Session>()(() => ({ defs: {}, ready: false, name: "", savedDoc: null, dirtyDraft: false }));

export const currentDefs = (): NodeDefs => sessionStore.getState().defs;
export const useDef = (type: string): NodeDef | undefined => sessionStore((state) => state.defs[type]);

export const clientId = crypto.randomUUID().replaceAll("-", "");

export function isDirty(): boolean {
  const { savedDoc, dirtyDraft } = sessionStore.getState();
  return dirtyDraft || savedDoc !== currentDoc();
}

export function useDirty(): boolean {
  const doc = documentStore((state) => state.doc);
  return sessionStore((state) => state.dirtyDraft || state.savedDoc !== doc);
}

/** Name of a node as people see it. */
export function titleOf(doc: Doc, defs: NodeDefs, id: string): string {
  const node = doc.nodes[id];
  if (node === undefined) return id;
  return node.title ?? defs[node.type]?.title ?? subgraphName(doc, node.type) ?? node.type;
}

export function subgraphName(doc: Doc, type: string): string | null {
  const definitions = doc.raw["definitions"];
  const all: readonly Json[] = isObject(definitions) && Array.isArray(definitions["subgraphs"]) ? definitions["subgraphs"] : [];
  const found = all.find((item) => isObject(item) && item["id"] === type);
  return isObject(found) && typeof found["name"] === "string" ? found["name"] : null;
}

export const useSubgraphName = (type: string): string | null => documentStore((state) => subgraphName(state.doc, type));
