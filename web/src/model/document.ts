/** The document store: one gesture is one step of undo, and only the document is undone. */
import { temporal } from "zundo";
import { create } from "zustand";

import type { MessageKey } from "@/i18n";

import { EMPTY_DOC, type Doc, type NodeId } from "./types";

export interface Selection {
  readonly nodes: readonly NodeId[];
  readonly links: readonly number[];
  readonly groups: readonly string[];
}

export const NOTHING: Selection = { nodes: [], links: [], groups: [] };

export interface DocumentState {
  readonly doc: Doc;
  readonly selection: Selection;
  /** What the last step did, in words for the undo message. */
  readonly label: MessageKey;
}

type Tracked = Pick<DocumentState, "doc" | "selection" | "label">;

const STEPS = 200;

export const documentStore = create<DocumentState>()(
  temporal(
    (): DocumentState => ({ doc: EMPTY_DOC, selection: NOTHING, label: "step.value" }),
    {
      limit: STEPS,
      partialize: ({ doc, selection, label }): Tracked => ({ doc, selection, label }),
      equality: (past, current) => past.doc === current.doc,
    },
  ),
);

const history = documentStore.temporal;

type Consequence = (after: Doc, before: Doc) => Doc;
let consequence: Consequence = (after) => after;

/** What every change brings with it, in the same step of undo. */
export function bringWithChanges(what: Consequence): void {
  consequence = what;
}

let openGesture: { readonly key: string; readonly before: Tracked } | null = null;

/** One change of the document. Inside a gesture it joins the gesture's step. */
export function transact(label: MessageKey, change: (doc: Doc) => Doc, gesture: string = label): void {
  if (openGesture !== null && openGesture.key !== gesture) endGesture();
  documentStore.setState((state) => {
    const doc = consequence(change(state.doc), state.doc);
    return doc === state.doc ? state : { ...state, doc, label };
  });
}

/** From here on changes of the gesture `key` make one step, until `endGesture`. */
export function beginGesture(key: string): void {
  if (openGesture?.key === key) return;
  endGesture();
  const { doc, selection, label } = documentStore.getState();
  openGesture = { key, before: { doc, selection, label } };
  history.getState().pause();
}

export function endGesture(): void {
  if (openGesture === null) return;
  const { before } = openGesture;
  openGesture = null;
  history.getState().resume();
  if (documentStore.getState().doc === before.doc) return;
  const past = history.getState().pastStates;
  history.setState({ pastStates: [...past.slice(-STEPS + 1), before], futureStates: [] });
}

/** A change that is not a step of its own: seeds that move on after a run. */
export function amend(change: (doc: Doc) => Doc): void {
  endGesture();
  history.getState().pause();
  documentStore.setState((state) => ({ ...state, doc: consequence(change(state.doc), state.doc) }));
  history.getState().resume();
}

export function undo(): MessageKey | null {
  endGesture();
  if (history.getState().pastStates.length === 0) return null;
  const { label } = documentStore.getState();
  history.getState().undo();
  return label;
}

export function redo(): MessageKey | null {
  endGesture();
  if (history.getState().futureStates.length === 0) return null;
  history.getState().redo();
  return documentStore.getState().label;
}

/** A new document: nothing to undo. */
export function replaceDocument(doc: Doc): void {
  endGesture();
  documentStore.setState({ doc, selection: NOTHING, label: "step.value" });
  history.getState().clear();
}

export function select(selection: Partial<Selection>): void {
  documentStore.setState((state) => ({ ...state, selection: { ...NOTHING, ...selection } }));
}

export const currentDoc = (): Doc => documentStore.getState().doc;
export const currentSelection = (): Selection => documentStore.getState().selection;
