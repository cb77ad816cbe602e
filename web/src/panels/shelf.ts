/** Node types that a person keeps at hand: bookmarks, on the server for the user, and those added lately. */
import { create } from "zustand";

import { ask, getJson } from "@/api/client";
import { documentStore } from "@/model/document";
import { isSide } from "@/model/types";

export interface Shelf {
  readonly bookmarks: readonly string[];
  /** Newest first. */
  readonly recent: readonly string[];
}

const RECENT = "heddle.recentNodes";
const MOST = 24;
const SETTING = "/settings/Heddle.bookmarks";

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : []);

function fromBrowser(): readonly string[] {
  try {
    return texts(JSON.parse(localStorage.getItem(RECENT) ?? "[]"));
  } catch {
    return [];
  }
}

export const nodeShelf = create<Shelf>()(() => ({ bookmarks: [], recent: typeof localStorage === "undefined" ? [] : fromBrowser() }));

let isAsked = false;

export function wantBookmarks(): void {
  if (isAsked) return;
  isAsked = true;
  getJson(SETTING).then((found) => nodeShelf.setState({ bookmarks: texts(found) }), () => (isAsked = false));
}

export async function toggleNodeBookmark(type: string): Promise<void> {
  const { bookmarks } = nodeShelf.getState();
  const next = bookmarks.includes(type) ? bookmarks.filter((other) => other !== type) : [...bookmarks, type];
  nodeShelf.setState({ bookmarks: next });
  await ask(SETTING, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(next) });
}

export const withRecent = (recent: readonly string[], types: readonly string[]): readonly string[] => [...new Set([...types, ...recent])].slice(0, MOST);

/** Follows the document: whatever way a node was added. */
export function watchRecent(): void {
  documentStore.subscribe((state, before) => {
    if (state.label !== "step.add" || state.doc === before.doc || state.tab !== before.tab || state.path !== before.path) return;
    const added = Object.values(state.doc.nodes).filter((node) => before.doc.nodes[node.id] === undefined && !isSide(node.id) && state.doc.subgraphs[node.type] === undefined);
    // One at a time: a page that came as a whole was not added by hand.
    if (added.length !== 1) return;
    const recent = withRecent(nodeShelf.getState().recent, added.map((node) => node.type));
    nodeShelf.setState({ recent });
    try {
      localStorage.setItem(RECENT, JSON.stringify(recent));
    } catch {
      // Private windows may refuse.
    }
  });
}
