// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";

import { addNode, setValue } from "@/model/actions";
import { currentWhole, transact } from "@/model/document";
import { EMPTY_DOC, type Doc } from "@/model/types";
import { client } from "@/runtime/client";
import { rememberJob, runtimeStore } from "@/runtime/store";
import { NO_FILE, sessionStore } from "@/session/store";
import { closedKey, createKeeper, keepDrafts, tabKey, windowKey, type DraftRecord } from "@/tabs/drafts";
import { keepIn } from "@/tabs/records";
import { restoreTabs, windowsOf } from "@/tabs/restore";
import { addDoc, closeTab, fileOf, frontId, goToTab, hasTab, isTabDirty, reopenTab, tabStore, wholeOf } from "@/tabs/store";

import { defs } from "../definitions";
import { serve, shelf, type Shelf, type Stub } from "./browser";

const doc = addNode(EMPTY_DOC, defs, "Sampler", { x: 0, y: 0 }).doc;
const type = (steps: number): void => transact("step.value", (now) => setValue(now, "1", "steps", steps));
const stepsOf = (whole: Doc): unknown => whole.nodes["1"]?.values["steps"];
const files = (): readonly unknown[] => tabStore.getState().tabs.map(({ id }) => [fileOf(id).name, stepsOf(wholeOf(id)), isTabDirty(id)]);

let drafts: Shelf;
let server: Stub;

/** The page goes away and comes back: only the shelf is left. */
function reload(): void {
  tabStore.setState({ tabs: [], front: "", closed: [] });
  sessionStore.setState({ ...NO_FILE, defs });
  runtimeStore.setState({ jobs: {}, nodes: {} });
}

function windowsAlive(...ids: readonly string[]): void {
  const held = ids.map((id) => ({ name: `heddle.client.${id}` }));
  vi.stubGlobal("navigator", { locks: { query: () => Promise.resolve({ held }), request: (_name: string, work: () => Promise<unknown>) => work() } });
}

beforeEach(() => {
  vi.useRealTimers();
  server = serve();
  drafts = shelf();
  keepIn(drafts);
  reload();
  windowsAlive(client.id);
});

const threeTabs = (): readonly string[] => {
  const one = addDoc(doc, { name: "one", path: "one", etag: "e" });
  type(1);
  const two = addDoc(doc, { name: "two" });
  const three = addDoc(doc, { name: "three" });
  type(3);
  goToTab(two);
  return [one, two, three];
};

describe("drafts", () => {
  it("bring all tabs back, in their order, with their unsaved marks, the same one in front", async () => {
    const [, two] = threeTabs();
    await createKeeper(client.id).keep();
    reload();
    expect(await restoreTabs()).toBe(client.id);
    expect(files()).toEqual([["one", 1, true], ["two", 20, false], ["three", 3, true]]);
    expect(frontId()).toBe(two);
  });
  it("are written for the tabs that changed, and taken away with those that closed", async () => {
    const [one = "", two = ""] = threeTabs();
    const { keep } = createKeeper(client.id);
    await keep();
    const before = drafts.kept.get(tabKey(client.id, one));
    type(9);
    closeTab(tabStore.getState().tabs[2]?.id ?? "");
    await keep();
    expect(drafts.kept.get(tabKey(client.id, one))).toBe(before);
    expect((drafts.kept.get(tabKey(client.id, two)) as DraftRecord).text).toContain("9");
    expect([...drafts.kept.keys()].filter((key) => key.startsWith("tab/"))).toHaveLength(2);
  });
  it("are kept half a second after the last change, and after two seconds of typing without a pause", async () => {
    vi.useFakeTimers();
    const id = addDoc(doc, {});
    keepDrafts(client.id);
    await vi.advanceTimersByTimeAsync(0);
    const kept = (): unknown => stepsKept(drafts, id);
    type(2);
    await vi.advanceTimersByTimeAsync(499);
    expect(kept()).toBe(20);
    await vi.advanceTimersByTimeAsync(1);
    expect(kept()).toBe(2);
    for (let i = 0; i < 11; i += 1) {
      type(30 + i);
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(Number(kept())).toBeGreaterThanOrEqual(38);
  });
  it("are kept at once when the page goes away", async () => {
    vi.useFakeTimers();
    const id = addDoc(doc, {});
    keepDrafts(client.id);
    type(5);
    window.dispatchEvent(new Event("pagehide"));
    await vi.advanceTimersByTimeAsync(0);
    expect(stepsKept(drafts, id)).toBe(5);
  });
  it("that cannot be kept are told about once, and tried again", async () => {
    const id = addDoc(doc, {});
    const { keep } = createKeeper(client.id);
    drafts.isFull = true;
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    await keep();
    await keep();
    expect(warn).toHaveBeenCalledTimes(1);
    drafts.isFull = false;
    await keep();
    expect(drafts.kept.has(tabKey(client.id, id))).toBe(true);
  });
  it("that cannot be kept let the browser ask before it leaves unsaved work", async () => {
    addDoc(doc, {});
    drafts.isFull = true;
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    keepDrafts(client.id);
    await Promise.resolve();
    const leave = (): boolean => window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
    await vi.waitFor(() => expect(leave()).toBe(true));
    type(4);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(leave()).toBe(false);
  });
  it("know the runs of their tab, so that results are found again", async () => {
    const id = addDoc(doc, {});
    rememberJob("run1", { tab: id, nodes: ["1"] });
    await createKeeper(client.id).keep();
    reload();
    await restoreTabs();
    expect(runtimeStore.getState().jobs["run1"]).toEqual({ tab: id, nodes: ["1"] });
  });
});

function stepsKept(from: Shelf, id: string): unknown {
  const text = (from.kept.get(tabKey(client.id, id)) as DraftRecord | undefined)?.text ?? "{}";
  return (JSON.parse(text) as { nodes?: { widgets_values: unknown[] }[] }).nodes?.[0]?.widgets_values[2];
}

describe("closed tabs", () => {
  const closedKeys = (): readonly string[] => [...drafts.kept.keys()].filter((key) => key.startsWith("closed/"));

  it("come back after a reload, the last one first, where they stood and as they were", async () => {
    const [one = "", two = "", three = ""] = threeTabs();
    const { keep } = createKeeper(client.id);
    await keep();
    closeTab(one);
    await keep();
    closeTab(three);
    await keep();
    reload();
    await restoreTabs();
    expect(files()).toEqual([["two", 20, false]]);
    expect(reopenTab()).toBe(three);
    expect(reopenTab()).toBe(one);
    expect(reopenTab()).toBeNull();
    expect(files()).toEqual([["one", 1, true], ["two", 20, false], ["three", 3, true]]);
    expect(fileOf(one)).toMatchObject({ path: "one", etag: "e" });
    expect(hasTab(two)).toBe(true);
  });
  it("are taken off the shelf once they are open again", async () => {
    const [one = "", , three = ""] = threeTabs();
    for (const id of [one, three]) closeTab(id);
    await createKeeper(client.id).keep();
    expect(closedKeys()).toHaveLength(2);
    reload();
    await restoreTabs();
    const { keep } = createKeeper(client.id);
    await keep();
    expect(closedKeys()).toHaveLength(2);
    reopenTab();
    await keep();
    expect(closedKeys()).toEqual([closedKey(client.id, one)]);
  });
  it("keep their order though they were closed at one time", async () => {
    const [one = "", , three = ""] = threeTabs();
    for (const id of [three, one]) closeTab(id);
    await createKeeper(client.id).keep();
    const kept = [one, three].map((id) => drafts.kept.get(closedKey(client.id, id)) as DraftRecord);
    expect(kept[0]?.saved).toBeGreaterThan(kept[1]?.saved ?? Infinity);
  });
  it("are kept up to the tenth", async () => {
    const { keep } = createKeeper(client.id);
    addDoc(doc, { name: "open" });
    for (let n = 0; n < 12; n += 1) {
      const id = addDoc(doc, { name: `closed ${n}` });
      await keep();
      closeTab(id);
      await keep();
    }
    expect(closedKeys()).toHaveLength(10);
  });
  it("of a window that is gone are had by the one that carries it on", async () => {
    const [one = ""] = threeTabs();
    closeTab(one);
    await createKeeper("other").keep();
    reload();
    await restoreTabs();
    expect(closedKeys()).toEqual([closedKey(client.id, one)]);
    expect(reopenTab()).toBe(one);
  });
  it("that cannot be read are passed over", async () => {
    const [one = "", , three = ""] = threeTabs();
    for (const id of [one, three]) closeTab(id);
    await createKeeper(client.id).keep();
    drafts.kept.set(closedKey(client.id, three), { ...(drafts.kept.get(closedKey(client.id, three)) as DraftRecord), text: '{"nodes": [' });
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    reload();
    await restoreTabs();
    expect(reopenTab()).toBe(one);
  });
});

describe("a damaged record", () => {
  it("never stops the start: it is put aside, and the others come back", async () => {
    const [one = ""] = threeTabs();
    await createKeeper(client.id).keep();
    drafts.kept.set(tabKey(client.id, one), { version: 1, nonsense: true });
    drafts.kept.set(tabKey(client.id, "torn"), { ...(drafts.kept.get(tabKey(client.id, frontId())) as DraftRecord), tab: "torn", text: '{"nodes": [' });
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    reload();
    await restoreTabs();
    expect(files()).toEqual([["two", 20, false], ["three", 3, true]]);
    expect([...drafts.kept.keys()].filter((key) => key.startsWith("damaged/"))).toHaveLength(2);
    expect(warn).toHaveBeenCalled();
  });
  it("of the window loses the order only", async () => {
    threeTabs();
    await createKeeper(client.id).keep();
    drafts.kept.set(windowKey(client.id), "nonsense");
    reload();
    await restoreTabs();
    expect(files()).toHaveLength(3);
  });
});

describe("several windows", () => {
  it("do not write over each other", async () => {
    threeTabs();
    await createKeeper("other").keep();
    reload();
    addDoc(doc, { name: "mine" });
    await createKeeper(client.id).keep();
    expect(windowsOf(await drafts.all()).map((item) => [item.owner, item.drafts.length])).toEqual([["other", 3], [client.id, 1]]);
  });
  it("leave those that live alone", async () => {
    threeTabs();
    await createKeeper("other").keep();
    windowsAlive(client.id, "other");
    reload();
    await restoreTabs();
    expect(tabStore.getState().tabs).toHaveLength(0);
    expect([...drafts.kept.keys()].filter((key) => key.startsWith("tab/other/"))).toHaveLength(3);
  });
  it("that are gone are carried on by the one that opens next", async () => {
    threeTabs();
    await createKeeper("other").keep();
    reload();
    await restoreTabs();
    expect(files()).toEqual([["one", 1, true], ["two", 20, false], ["three", 3, true]]);
    expect([...drafts.kept.keys()].filter((key) => key.includes("other"))).toEqual([]);
    expect([...drafts.kept.keys()].filter((key) => key.startsWith(`tab/${client.id}/`))).toHaveLength(3);
  });
  it("that are gone keep their unsaved work until somebody takes it", async () => {
    threeTabs();
    await createKeeper("other").keep();
    reload();
    addDoc(doc, { name: "mine" });
    await createKeeper(client.id).keep();
    reload();
    await restoreTabs();
    expect(files()).toEqual([["mine", 20, false]]);
    expect([...drafts.kept.keys()].filter((key) => key.startsWith("tab/other/"))).toHaveLength(3);
  });
});

describe("the file of a tab that comes back", () => {
  it("is shown as it is now, when nothing was changed here", async () => {
    server.files.set("workflows/f.json", { text: "{}", etag: "old" });
    const id = addDoc(doc, { name: "f", path: "f", etag: "old" });
    await createKeeper(client.id).keep();
    const text = (drafts.kept.get(tabKey(client.id, id)) as DraftRecord).text.replace("[0,\"randomize\",20", "[0,\"randomize\",77");
    server.files.set("workflows/f.json", { text, etag: "new" });
    reload();
    await restoreTabs();
    await vi.waitFor(() => expect(fileOf(id).etag).toBe("new"));
    expect([stepsOf(wholeOf(id)), isTabDirty(id)]).toEqual([77, false]);
  });
  it("is left alone when there is unsaved work", async () => {
    server.files.set("workflows/f.json", { text: "{}", etag: "old" });
    const id = addDoc(doc, { name: "f", path: "f", etag: "old" });
    type(6);
    await createKeeper(client.id).keep();
    server.files.set("workflows/f.json", { text: "{}", etag: "new" });
    reload();
    await restoreTabs();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([stepsOf(currentWhole()), fileOf(id).etag, isTabDirty(id)]).toEqual([6, "old", true]);
  });
});
