/** Unsaved work survives a reload: the document is kept in the browser half a second after each change. */
import { get, set } from "idb-keyval";

import { parseJson, stringifyJson } from "@/formats/json";
import { readDocument, writeDocument } from "@/formats/ui04";
import { currentWhole, documentStore } from "@/model/document";

import { show } from "./files";
import { isDirty, serverDefs, sessionStore } from "./session";

const KEY = "heddle.draft";
const DELAY = 500;

interface Draft {
  readonly name: string;
  readonly dirty: boolean;
  readonly text: string;
}

async function keep(): Promise<void> {
  const text = stringifyJson(writeDocument(currentWhole(), serverDefs()));
  const draft: Draft = { name: sessionStore.getState().name, dirty: isDirty(), text };
  await set(KEY, draft).catch(() => undefined);
}

/** True when there was a draft, and it is shown. */
export async function restoreDraft(): Promise<boolean> {
  const draft = await get<Draft>(KEY).catch(() => undefined);
  if (draft === undefined) return false;
  try {
    const doc = readDocument(parseJson(draft.text), serverDefs());
    if (Object.keys(doc.nodes).length === 0 && !draft.dirty) return false;
    show(doc, draft.name, { dirty: draft.dirty });
    return true;
  } catch {
    return false;
  }
}

export function keepDrafts(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void keep(), DELAY);
  };
  documentStore.subscribe((state, before) => {
    if (state.whole !== before.whole) soon();
  });
  sessionStore.subscribe((state, before) => {
    if (state.savedDoc !== before.savedDoc || state.name !== before.name) soon();
  });
  window.addEventListener("pagehide", () => void keep());
}
