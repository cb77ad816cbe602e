/** The tabs of this window as they were before the reload, and what windows that are gone left unsaved. */
import { get, del } from "idb-keyval";
import { toast } from "sonner";
import * as z from "zod/mini";

import { ServerError } from "@/api/client";
import { readFileUnless } from "@/api/files";
import { parseJson } from "@/formats/json";
import { openJson } from "@/formats/open";
import { readDocument } from "@/formats/ui04";
import { t } from "@/i18n";
import { newlyHeld, type Held } from "@/model/document";
import { pageOf, validPath } from "@/model/pages";
import type { Doc } from "@/model/types";
import { NO_FILE, serverDefs } from "@/session/store";
import { saveText } from "@/ui/textFile";

import { closedKey, tabKey, windowKey, type ClosedRecord, type DraftRecord } from "./drafts";
import { claimOwner, whileAdopting } from "./owners";
import { records, type RecordChange } from "./records";
import { reattach } from "./results";
import { addTab, fileOf, findTab, freshName, goToTab, hasTab, isTabDirty, patchFile, replaceDoc, tabStore, type Tab, type TabId } from "./store";

/** Drafts of saved work in windows that are gone are worth nothing after this time. */
const OLD = 30 * 24 * 3600 * 1000;
const LEGACY = "heddle.draft";

const view = z.object({ scale: z.number(), offset: z.tuple([z.number(), z.number()]) });
const draft = z.object({
  version: z.literal(1),
  tab: z.string(),
  name: z.string(),
  path: z.nullable(z.string()),
  etag: z.nullable(z.string()),
  origin: z.catch(z.nullable(z.string()), null),
  dirty: z.boolean(),
  text: z.string(),
  page: z.catch(z.array(z.string()), []),
  view: z.catch(z.nullable(view), null),
  runs: z.catch(z.array(z.tuple([z.string(), z.array(z.string())])), []),
  saved: z.catch(z.number(), 0),
});
const closedDraft = z.extend(draft, { index: z.catch(z.number(), 0) });
const windowRecord = z.object({ order: z.array(z.string()), front: z.string(), views: z.catch(z.record(z.string(), view), {}), seen: z.catch(z.number(), 0) });
type WindowFacts = z.infer<typeof windowRecord>;

interface Window {
  readonly owner: string;
  readonly facts: WindowFacts;
  readonly drafts: readonly (readonly [key: string, draft: DraftRecord])[];
  /** Of tabs that were closed, the last one last. */
  readonly closed: readonly (readonly [key: string, draft: ClosedRecord])[];
  /** Records that are none. */
  readonly broken: readonly (readonly [key: string, value: unknown])[];
}

const NO_FACTS: WindowFacts = { order: [], front: "", views: {}, seen: 0 };

/** Records by the window that wrote them. Whatever is not a record is told apart, never dropped. */
export function windowsOf(all: readonly (readonly [key: string, value: unknown])[]): readonly Window[] {
  const owners = new Set(all.flatMap(([key]) => /^(?:tab|window)\/([^/]+)/.exec(key)?.[1] ?? []));
  return [...owners].map((owner) => {
    const facts = windowRecord.safeParse(all.find(([key]) => key === windowKey(owner))?.[1]).data ?? NO_FACTS;
    const tabs = all.filter(([key]) => key.startsWith(tabKey(owner, ""))).map(([key, value]) => [key, draft.safeParse(value).data, value] as const);
    const place = (id: TabId): number => (facts.order.includes(id) ? facts.order.indexOf(id) : facts.order.length);
    const drafts = tabs.flatMap(([key, found]) => (found === undefined ? [] : [[key, found] as const]));
    const broken = tabs.flatMap(([key, found, value]) => (found === undefined ? [[key, value] as const] : []));
    const closed = all.flatMap(([key, value]) => {
      const found = key.startsWith(closedKey(owner, "")) ? closedDraft.safeParse(value).data : undefined;
      return found === undefined ? [] : [[key, found] as const];
    });
    const seen = Math.max(facts.seen, ...drafts.map(([, found]) => found.saved));
    return { owner, facts: { ...facts, seen }, drafts: drafts.toSorted(([, a], [, b]) => place(a.tab) - place(b.tab) || a.saved - b.saved), closed: closed.toSorted(([, a], [, b]) => a.saved - b.saved), broken };
  });
}

/** Brings the tabs back; the name under which this window's own are to be kept. */
export async function restoreTabs(): Promise<string> {
  const { own, living } = await claimOwner();
  await whileAdopting(async () => {
    const windows = windowsOf(await records().all().catch(() => []));
    const mine = windows.find((item) => item.owner === own);
    const orphans = windows.filter((item) => item.owner !== own && !living.has(item.owner)).toSorted((a, b) => b.facts.seen - a.facts.seen);
    const isNew = mine === undefined || mine.drafts.length === 0;
    // A window that opens anew goes on where the last one was closed.
    const heir = isNew ? orphans.find((item) => item.drafts.length > 0) : undefined;
    const source = heir ?? mine;
    if (source !== undefined) await bringBack(source, own);
    offer(orphans.filter((item) => item !== heir), own);
  });
  await adoptLegacy();
  return own;
}

async function bringBack(source: Window, own: string): Promise<void> {
  for (const [key, value] of source.broken) await putAside(key, value, t("tabs.untitled"));
  for (const [key, found] of source.drafts) if (!openDraft(found)) await putAside(key, found, found.name);
  const { front } = source.facts;
  const first = tabStore.getState().tabs[0]?.id;
  if (hasTab(front)) goToTab(front);
  else if (first !== undefined) goToTab(first);
  for (const [key, found] of source.drafts) {
    if (source.owner !== own && hasTab(found.tab)) await change({ put: [[tabKey(own, found.tab), found]], drop: [key] });
    void reattach(found.tab, found.runs).catch(() => undefined);
  }
  if (source.owner !== own) await change({ put: source.closed.map(([, found]) => [closedKey(own, found.tab), found] as const), drop: [windowKey(source.owner), ...source.closed.map(([key]) => key)] });
  tabStore.setState({ closed: source.closed.filter(([, found]) => !hasTab(found.tab)).map(([, found]) => ({ id: found.tab, index: found.index, tab: () => closedTab(found), isKept: true })) });
  for (const { id } of tabStore.getState().tabs) void followFile(id);
}

/** A shelf that cannot be written to is told about when the next draft is kept. */
const change = (what: RecordChange): Promise<void> => records().change(what).catch(() => undefined);

/** False: what is in it cannot be read. */
function openDraft(found: DraftRecord): boolean {
  try {
    addTab({ file: { ...NO_FILE, name: nameOf(found), path: found.path, etag: found.etag, origin: found.origin, dirtyDraft: found.dirty }, held: heldOf(found), view: found.view, index: tabStore.getState().tabs.length, front: false }, found.tab);
    if (!found.dirty) patchFile(found.tab, { savedDoc: wholeAsHeld(found.tab) });
    return true;
  } catch (error) {
    console.warn(error);
    return false;
  }
}

/** Its results come when it is there. Null: what is in it cannot be read. */
function closedTab(found: ClosedRecord): Tab | null {
  try {
    const held = heldOf(found);
    void Promise.resolve().then(() => reattach(found.tab, found.runs)).catch(() => undefined);
    const file = { ...NO_FILE, name: found.name, path: found.path, etag: found.etag, origin: found.origin, dirtyDraft: found.dirty, savedDoc: found.dirty ? null : held.state.whole };
    return { id: found.tab, file, held, view: found.view };
  } catch (error) {
    console.warn(error);
    return null;
  }
}

/** Of two windows both may have had something untitled. */
function nameOf({ name, path }: DraftRecord): string {
  const isTaken = findTab((file) => file.name === name) !== null;
  if (name === "") return freshName();
  return path === null && isTaken ? freshName(name.replace(/ \d+$/, "")) : name;
}

const wholeAsHeld = (id: TabId): Doc | null => tabStore.getState().tabs.find((tab) => tab.id === id)?.held?.state.whole ?? null;

function heldOf({ text, tab, page }: DraftRecord): Held {
  const whole = readDocument(parseJson(text), serverDefs());
  const path = validPath(whole, page);
  const held = newlyHeld(whole, tab);
  return { ...held, state: { ...held.state, path, doc: pageOf(whole, path) } };
}

/** What cannot be read is kept under another key, and offered. */
async function putAside(key: string, value: unknown, name: string): Promise<void> {
  await change({ put: [[`damaged/${key}`, value]], drop: [key] });
  const content = typeof value === "object" && value !== null && "text" in value ? String(value.text) : JSON.stringify(value, null, 2);
  toast.error(t("tabs.drafts.broken", { name }), {
    ...{ description: t("tabs.drafts.brokenHint"), duration: Infinity },
    action: { label: t("tabs.drafts.download"), onClick: () => saveText(`${name}.draft.json`, content) },
  });
}

/** Unsaved work of other windows that are gone; what they had saved needs no keeping. */
function offer(orphans: readonly Window[], own: string): void {
  const unsaved = orphans.flatMap(({ drafts }) => drafts.filter(([, found]) => found.dirty));
  const stale = orphans.filter(({ drafts, facts }) => drafts.every(([, found]) => !found.dirty) && Date.now() - facts.seen > OLD);
  void change({ drop: stale.flatMap(({ owner, drafts, closed }) => [windowKey(owner), ...[...drafts, ...closed].map(([key]) => key)]) });
  if (unsaved.length === 0) return;
  const open = async (): Promise<void> => {
    for (const [key, found] of unsaved) {
      if (!openDraft(found)) await putAside(key, found, found.name);
      else await change({ put: [[tabKey(own, found.tab), found]], drop: [key] });
    }
    const last = unsaved[unsaved.length - 1]?.[1].tab;
    if (last !== undefined) goToTab(last);
  };
  toast.info(t("tabs.drafts.found", { count: unsaved.length }), {
    ...{ description: t("tabs.drafts.foundHint"), duration: 30_000 },
    action: { label: t("tabs.drafts.open"), onClick: () => void open() },
  });
}

/** A tab without changes of its own shows its file as it is now; one whose file is gone becomes a draft. */
async function followFile(id: TabId): Promise<void> {
  const { path, etag, name } = fileOf(id);
  if (path === null || etag === null) return;
  try {
    const now = await readFileUnless(path, etag);
    // Work of one's own is compared at the next save.
    if (now === null || isTabDirty(id) || !hasTab(id)) return;
    replaceDoc(id, await openJson(now.document, serverDefs()), { etag: now.etag, dirtyDraft: false });
    toast.info(t("tabs.drafts.changed", { name }));
  } catch (error) {
    if (!(error instanceof ServerError) || error.status !== 404 || isTabDirty(id)) return;
    patchFile(id, { dirtyDraft: true });
    toast.info(t("tabs.drafts.gone", { name }), { description: t("tabs.drafts.goneHint") });
  }
}

/** A browser that shuts its database may say so by any kind of failure. */
async function tried<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}

const legacy = z.object({ name: z.catch(z.string(), ""), dirty: z.catch(z.boolean(), true), text: z.string() });

/** The one draft of the time before there were tabs. */
async function adoptLegacy(): Promise<void> {
  const found = legacy.safeParse(await tried(() => get(LEGACY))).data;
  if (found === undefined) return;
  const { name, dirty, text } = found;
  if (!dirty) return void (await tried(() => del(LEGACY)));
  try {
    const whole = readDocument(parseJson(text), serverDefs());
    const id = addTab({ file: { name: name || freshName(), dirtyDraft: true }, held: newlyHeld(whole, "") });
    if (hasTab(id)) await tried(() => del(LEGACY));
  } catch (error) {
    console.warn(error);
  }
}
