/** Unsaved work survives whatever happens to the page: every tab is kept in the browser half a second after each change, and so are the last that were closed. */
import { toast } from "sonner";

import { stringifyJson } from "@/formats/json";
import { writeDocument } from "@/formats/ui04";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import type { Doc, Path } from "@/model/types";
import { runtimeStore } from "@/runtime/store";
import { serverDefs, sessionStore, type FileFacts } from "@/session/store";

import { records } from "./records";
import { factsOf, fileOf, frontId, isTabDirty, tabStore, viewOf, wholeOf, type Closed, type TabId, type View } from "./store";

const DELAY = 500;
/** Whoever types without a pause is kept as well. */
const LONGEST = 2000;
/** Runs whose results are looked for after a reload. */
const RUNS = 5;

export interface DraftRecord {
  readonly version: 1;
  readonly tab: TabId;
  readonly name: string;
  readonly path: string | null;
  readonly etag: string | null;
  readonly origin: string | null;
  readonly dirty: boolean;
  /** The document as a file. */
  readonly text: string;
  /** The page that was shown. */
  readonly page: Path;
  readonly view: View | null;
  /** Its last runs, oldest first. */
  readonly runs: readonly (readonly [id: string, nodes: readonly string[]])[];
  readonly saved: number;
}

/** A tab that was closed, and where it stood. */
export interface ClosedRecord extends DraftRecord {
  readonly index: number;
}

export interface WindowRecord {
  readonly order: readonly TabId[];
  readonly front: TabId;
  readonly views: Readonly<Record<TabId, View>>;
  readonly seen: number;
}

export const tabKey = (owner: string, tab: TabId): string => `tab/${owner}/${tab}`;
export const closedKey = (owner: string, tab: TabId): string => `closed/${owner}/${tab}`;
export const windowKey = (owner: string): string => `window/${owner}`;

const pageOfTab = (id: TabId): Path => {
  if (id === frontId()) return documentStore.getState().path;
  return tabStore.getState().tabs.find((tab) => tab.id === id)?.held?.state.path ?? [];
};

type Facts = Pick<DraftRecord, "dirty" | "page" | "view">;

function recordOf(id: TabId, { name, path, etag, origin }: FileFacts, whole: Doc, facts: Facts): DraftRecord {
  const text = stringifyJson(writeDocument(whole, serverDefs()));
  const runs = Object.entries(runtimeStore.getState().jobs).filter(([, job]) => job.tab === id);
  return {
    ...{ version: 1, tab: id, name, path, etag, origin, text, ...facts },
    runs: runs.slice(-RUNS).map(([run, { nodes }]) => [run, nodes] as const),
    saved: Date.now(),
  };
}

const draftOf = (id: TabId): DraftRecord => recordOf(id, fileOf(id), wholeOf(id), { dirty: isTabDirty(id), page: pageOfTab(id), view: viewOf(id) });

function closedRecords({ tab, index }: Closed): readonly ClosedRecord[] {
  const found = tab();
  if (found === null || found.held === null) return [];
  const { whole, path } = found.held.state;
  const dirty = found.file.dirtyDraft || found.file.savedDoc !== whole;
  return [{ ...recordOf(found.id, found.file, whole, { dirty, page: path, view: found.view }), index }];
}

function windowNow(): WindowRecord {
  const { tabs, front } = tabStore.getState();
  const views = tabs.flatMap(({ id }): [TabId, View][] => {
    const view = viewOf(id);
    return view === null ? [] : [[id, view]];
  });
  return { order: tabs.map((tab) => tab.id), front, views: Object.fromEntries(views), seen: Date.now() };
}

/** What a record was made of: another one is made when any of it is another. */
interface Kept {
  readonly whole: Doc;
  readonly file: FileFacts;
  readonly page: Path;
  readonly run: string | undefined;
}

const isSame = (a: Kept | undefined, b: Kept): boolean =>
  a !== undefined && a.whole === b.whole && a.page === b.page && a.run === b.run && (Object.keys(b.file) as (keyof FileFacts)[]).every((key) => a.file[key] === b.file[key]);

function nowOf(id: TabId): Kept {
  const run = Object.entries(runtimeStore.getState().jobs).findLast(([, job]) => job.tab === id)?.[0];
  return { whole: wholeOf(id), file: factsOf(fileOf(id)), page: pageOfTab(id), run };
}

export interface Keeper {
  /** Writes what changed since the last time, at once. */
  readonly keep: () => Promise<void>;
  /** Whether the last time went well: else only this page has what is unsaved. */
  readonly isKeeping: () => boolean;
}

export function createKeeper(owner: string): Keeper {
  const kept = new Map<TabId, Kept>();
  let closedBefore: readonly Closed[] = [];
  let isTold = false;
  let isKeeping = true;
  return {
    isKeeping: () => isKeeping,
    keep: async () => {
      const ids = tabStore.getState().tabs.map((tab) => tab.id);
      const changed = ids.map((id) => [id, nowOf(id)] as const).filter(([id, now]) => !isSame(kept.get(id), now));
      const gone = [...kept.keys()].filter((id) => !ids.includes(id));
      for (const [id, now] of changed) kept.set(id, now);
      for (const id of gone) kept.delete(id);
      const [closed, was] = [tabStore.getState().closed, closedBefore];
      const fresh = closed.filter((one) => !one.isKept && !was.includes(one)).flatMap(closedRecords).map((record, i) => ({ ...record, saved: record.saved + i }));
      const reopened = was.filter((one) => !closed.some(({ id }) => id === one.id));
      closedBefore = closed;
      try {
        const put = [...changed.map(([id]) => [tabKey(owner, id), draftOf(id)] as const), ...fresh.map((record) => [closedKey(owner, record.tab), record] as const), [windowKey(owner), windowNow()] as const];
        await records().change({ put, drop: [...gone.map((id) => tabKey(owner, id)), ...reopened.map(({ id }) => closedKey(owner, id))] });
        isKeeping = true;
      } catch (error) {
        isKeeping = false;
        closedBefore = was;
        // The next change tries again.
        for (const [id, now] of changed) if (kept.get(id) === now) kept.delete(id);
        if (isTold) return;
        isTold = true;
        console.warn(error);
        toast.error(t("tabs.drafts.full"), { description: t("tabs.drafts.fullHint"), duration: Infinity });
      }
    },
  };
}

/** From here on everything is kept under the name of this window. */
export function keepDrafts(owner: string): void {
  const { keep, isKeeping } = createKeeper(owner);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since: number | null = null;
  const now = (): void => {
    clearTimeout(timer);
    since = null;
    void keep();
  };
  const soon = (): void => {
    clearTimeout(timer);
    since ??= Date.now();
    timer = setTimeout(now, Math.max(0, Math.min(DELAY, since + LONGEST - Date.now())));
  };
  documentStore.subscribe((state, before) => {
    if (state.whole !== before.whole || state.path !== before.path) soon();
  });
  sessionStore.subscribe((state, before) => {
    if (state.savedDoc !== before.savedDoc || state.name !== before.name || state.path !== before.path || state.etag !== before.etag) soon();
  });
  tabStore.subscribe(soon);
  runtimeStore.subscribe((state, before) => {
    if (state.jobs !== before.jobs) soon();
  });
  window.addEventListener("pagehide", now);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") now();
  });
  window.addEventListener("beforeunload", (event) => {
    const isLost = !isKeeping() && tabStore.getState().tabs.some((tab) => isTabDirty(tab.id));
    if (isLost) event.preventDefault();
  });
  now();
}
