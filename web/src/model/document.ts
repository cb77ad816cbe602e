/** The document store: one gesture is one step of undo, and only the document is undone. */
import { temporal } from "zundo";
import { create } from "zustand";

import type { MessageKey } from "@/i18n";

import { everywhere, isMoved, NO_MOVES, type Moved, type Moves } from "./moves";
import { executionId, pageOf, validPath, withPage } from "./pages";
import { EMPTY_DOC, type Doc, type NodeId, type Path } from "./types";

export interface Selection {
  readonly nodes: readonly NodeId[];
  readonly links: readonly number[];
  readonly groups: readonly string[];
  /** Bends of wires. */
  readonly bends: readonly number[];
}

export const NOTHING: Selection = { nodes: [], links: [], groups: [], bends: [] };

export interface DocumentState {
  /** Which of the open workflows this is. */
  readonly tab: string;
  /** The whole document. */
  readonly whole: Doc;
  /** The subgraph instances that were entered. */
  readonly path: Path;
  /** The page that is shown: the document itself, or the inside of the subgraph at `path`. */
  readonly doc: Doc;
  readonly selection: Selection;
  /** What the last step did, in words for the undo message. */
  readonly label: MessageKey;
}

const STEPS = 200;

export const documentStore = create<DocumentState>()(
  temporal(
    (): DocumentState => ({ tab: "", whole: EMPTY_DOC, path: [], doc: EMPTY_DOC, selection: NOTHING, label: "step.value" }),
    { limit: STEPS, equality: (past, current) => past.whole === current.whole },
  ),
);

const history = documentStore.temporal;

interface Consequences {
  /** What a change of a page brings with it on that page. */
  readonly page: (after: Doc, before: Doc) => Doc;
  /** What it brings with it elsewhere in the document. */
  readonly whole: (after: Doc, before: Doc) => Doc;
  /** What it brings with it for all that is kept by the names of nodes. */
  readonly follow: (after: Doc, before: Doc, moves: Moves) => Doc;
}

const NONE: Consequences = { page: (after) => after, whole: (after) => after, follow: (after) => after };
let consequences = NONE;

/** What every change brings with it, in the same step of undo. */
export function bringWithChanges(what: Partial<Consequences>): void {
  consequences = { ...NONE, ...what };
}

type Shown = Pick<DocumentState, "whole" | "path" | "doc">;

/** A whole document as it is shown at a path, or at as much of it as is left. */
function shown(whole: Doc, path: Path): Shown {
  const valid = validPath(whole, path);
  return { whole, path: valid, doc: pageOf(whole, valid) };
}

/** A change that moves nodes says where they went, so that what is kept by their names follows in the same step. */
type Change = (doc: Doc) => Doc | Moved;

const said = (result: Doc | Moved): Moved => (isMoved(result) ? result : { doc: result, moves: NO_MOVES });

function changed({ whole, path, doc }: Shown, change: Change): Shown | null {
  const { doc: after, moves } = said(change(doc));
  const page = consequences.page(after, doc);
  if (page === doc) return null;
  return concluded(withPage(whole, path, page), whole, path, everywhere(whole, path, moves));
}

function changedWhole({ whole, path }: Shown, change: Change): Shown | null {
  const { doc: after, moves } = said(change(whole));
  return after === whole ? null : concluded(after, whole, path, moves);
}

const concluded = (after: Doc, before: Doc, path: Path, moves: Moves): Shown => shown(consequences.follow(consequences.whole(after, before), before, moves), path);

let openGesture: { readonly key: string; readonly before: DocumentState } | null = null;

function step(label: MessageKey, gesture: string, next: (state: DocumentState) => Shown | null): void {
  if (openGesture !== null && openGesture.key !== gesture) endGesture();
  documentStore.setState((state) => {
    const after = next(state);
    return after === null ? state : { ...state, ...after, label };
  });
}

/** One change of the page that is shown. Inside a gesture it joins the gesture's step. */
export const transact = (label: MessageKey, change: Change, gesture: string = label): void => step(label, gesture, (state) => changed(state, change));

/** One change of the whole document, whatever page is shown. */
export const transactWhole = (label: MessageKey, change: Change, gesture: string = label): void => step(label, gesture, (state) => changedWhole(state, change));

/** From here on changes of the gesture `key` make one step, until `endGesture`. */
export function beginGesture(key: string): void {
  if (openGesture?.key === key) return;
  endGesture();
  openGesture = { key, before: documentStore.getState() };
  history.getState().pause();
}

export function endGesture(): void {
  if (openGesture === null) return;
  const { before } = openGesture;
  openGesture = null;
  history.getState().resume();
  if (documentStore.getState().whole === before.whole) return;
  const past = history.getState().pastStates;
  history.setState({ pastStates: [...past.slice(-STEPS + 1), before], futureStates: [] });
}

/** Everything as it was before the gesture `key`; false when it is not open (any more). */
export function cancelGesture(key: string): boolean {
  if (openGesture?.key !== key) return false;
  const { whole } = openGesture.before;
  openGesture = null;
  documentStore.setState((state) => ({ ...state, ...shown(whole, state.path) }));
  history.getState().resume();
  return true;
}

/** A change of the whole document that is not a step of its own: seeds that move on after a run. */
export function amend(change: (whole: Doc) => Doc): void {
  endGesture();
  history.getState().pause();
  documentStore.setState((state) => ({ ...state, ...changedWhole(state, change) }));
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

/** A document with its undo steps, while another one is shown. */
export interface Held {
  readonly state: DocumentState;
  readonly past: readonly Partial<DocumentState>[];
  readonly future: readonly Partial<DocumentState>[];
}

export function holdDocument(): Held {
  endGesture();
  const { pastStates, futureStates } = history.getState();
  return { state: documentStore.getState(), past: pastStates, future: futureStates };
}

export function showHeld({ state, past, future }: Held): void {
  endGesture();
  history.getState().pause();
  documentStore.setState(state);
  history.getState().resume();
  history.setState({ pastStates: [...past], futureStates: [...future] });
}

export const newlyHeld = (whole: Doc, tab: string): Held => ({ state: { tab, ...shown(whole, []), selection: NOTHING, label: "step.value" }, past: [], future: [] });

/** A new document in place of the one that is shown: nothing to undo. */
export const replaceDocument = (whole: Doc): void => showHeld(newlyHeld(whole, currentTab()));

/** Shows another page of the document; not a step of undo. */
export function goTo(path: Path): void {
  endGesture();
  history.getState().pause();
  documentStore.setState((state) => ({ ...state, ...shown(state.whole, path), selection: NOTHING }));
  history.getState().resume();
}

export function select(selection: Partial<Selection>): void {
  documentStore.setState((state) => ({ ...state, selection: { ...NOTHING, ...selection } }));
}

export const currentDoc = (): Doc => documentStore.getState().doc;
export const currentWhole = (): Doc => documentStore.getState().whole;
export const currentTab = (): string => documentStore.getState().tab;
export const currentPath = (): Path => documentStore.getState().path;
export const currentSelection = (): Selection => documentStore.getState().selection;
/** Execution id of a node of the page that is shown. */
export const idHere = (id: NodeId): string => executionId(currentPath(), id);
