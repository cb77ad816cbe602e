/** What this browser tab works with: the node types, and the file that the shown document came from. */
import { create } from "zustand";

import type { NodeDef, NodeDefs } from "@/formats/definitions";
import { t } from "@/i18n";
import { withSubgraphs } from "@/model/definitions";
import { currentWhole, documentStore } from "@/model/document";
import { INPUT_SIDE, isSide, type Doc } from "@/model/types";

import { canvasTitle } from "./canvasTypes";

/** What is known of the file behind a document. */
export interface FileFacts {
  /** As people see it: the file's name without folders and ending. */
  readonly name: string;
  /** Where it is saved: below `workflows/`, without the ending. Null for what was never saved. */
  readonly path: string | null;
  /** The revision that was read or written last. */
  readonly etag: string | null;
  /** What it was opened from, when that is no saved file: opening it again comes back here. */
  readonly origin: string | null;
  /** The document as last saved or opened; anything else is unsaved. */
  readonly savedDoc: Doc | null;
  /** Draft of unsaved work from before the reload. */
  readonly dirtyDraft: boolean;
}

export interface Session extends FileFacts {
  /** Node types of the server; those of the document itself come with `currentDefs`. */
  readonly defs: NodeDefs;
  readonly ready: boolean;
}

export const NO_FILE: FileFacts = { name: "", path: null, etag: null, origin: null, savedDoc: null, dirtyDraft: false };

/** The file facts are those of the workflow in front; `tabs/store.ts` holds them for the others. */
export const sessionStore = create<Session>()(() => ({ defs: {}, ready: false, ...NO_FILE }));

export const serverDefs = (): NodeDefs => sessionStore.getState().defs;

/** Node types of the server and of the document: its subgraphs. */
export const currentDefs = (): NodeDefs => withSubgraphs(serverDefs(), currentWhole().subgraphs);

export function useDefs(): NodeDefs {
  const defs = sessionStore((state) => state.defs);
  return documentStore((state) => withSubgraphs(defs, state.whole.subgraphs));
}

export function useDef(type: string): NodeDef | undefined {
  const defs = sessionStore((state) => state.defs);
  return documentStore((state) => withSubgraphs(defs, state.whole.subgraphs)[type]);
}

export function isDirty(): boolean {
  const { savedDoc, dirtyDraft } = sessionStore.getState();
  return dirtyDraft || savedDoc !== currentWhole();
}

/** Name of a node as people see it. */
export function titleOf(doc: Doc, defs: NodeDefs, id: string): string {
  const node = doc.nodes[id];
  if (node === undefined) return id;
  if (isSide(id)) return t(id === INPUT_SIDE ? "subgraphs.inputs" : "subgraphs.outputs");
  return node.title ?? doc.subgraphs[node.type]?.name ?? defs[node.type]?.title ?? canvasTitle(node.type) ?? node.type;
}
