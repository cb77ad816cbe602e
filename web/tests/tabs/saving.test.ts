// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";

import { stringifyJson } from "@/formats/json";
import { writeDocument } from "@/formats/ui04";
import { addNode, setValue } from "@/model/actions";
import { currentWhole, transact, undo } from "@/model/document";
import { EMPTY_DOC, type Doc } from "@/model/types";
import { NO_FILE, sessionStore } from "@/session/store";
import { askToClose, closeSaved, closeUnsaved } from "@/tabs/closing";
import { dialogStore } from "@/tabs/dialogs";
import { openDropped, openNamed, openSaved } from "@/tabs/files";
import { cleanPath, moveTo, removeFile, renameTab } from "@/tabs/moving";
import { keepMine, saveTab, saveTabAs, takeTheirs } from "@/tabs/saving";
import { addDoc, fileOf, frontId, isTabDirty, newTab, reopenTab, tabStore, wholeOf } from "@/tabs/store";
import { folderTree } from "@/tabs/tree";

import { defs } from "../definitions";
import { serve, type Stub } from "./browser";

const doc = addNode(EMPTY_DOC, defs, "Sampler", { x: 0, y: 0 }).doc;
const type = (steps: number): void => transact("step.value", (now) => setValue(now, "1", "steps", steps));
const stepsOf = (whole: Doc): unknown => whole.nodes["1"]?.values["steps"];
const fileWith = (steps: number): string => stringifyJson(writeDocument(setValue(doc, "1", "steps", steps), defs));
const names = (): readonly string[] => tabStore.getState().tabs.map((tab) => fileOf(tab.id).name);

let server: Stub;

beforeEach(() => {
  server = serve();
  tabStore.setState({ tabs: [], front: "", closed: [] });
  sessionStore.setState({ ...NO_FILE, defs });
  dialogStore.setState({ closing: [], conflict: null });
});

async function opened(steps = 20): Promise<string> {
  server.files.set("workflows/a/one.json", { text: fileWith(steps), etag: "first" });
  return (await openSaved("a/one.json")) ?? "";
}

describe("saving", () => {
  it("takes the revision along, and goes on from the new one", async () => {
    const id = await opened();
    type(3);
    expect(await saveTab()).toBe("saved");
    type(4);
    expect(await saveTab()).toBe("saved");
    expect(isTabDirty(id)).toBe(false);
    expect(JSON.parse(server.files.get("workflows/a/one.json")?.text ?? "")).toMatchObject({ nodes: [{ widgets_values: [0, "randomize", 4, 8, "euler"] }] });
    expect(fileOf(id).etag).toBe(server.files.get("workflows/a/one.json")?.etag);
  });
  it("never loses what is typed meanwhile", async () => {
    const id = await opened();
    type(3);
    let open = (): void => undefined;
    server.gate = new Promise<void>((resolve) => (open = resolve));
    const saving = saveTab();
    await Promise.resolve();
    type(4);
    open();
    expect(await saving).toBe("saved");
    expect([stepsOf(currentWhole()), isTabDirty(id)]).toEqual([4, true]);
    undo();
    expect(isTabDirty(id)).toBe(false);
  });
  it("writes files that diff well: a value a line, a line end at the end, the same twice", async () => {
    await opened();
    await saveTab();
    const first = server.files.get("workflows/a/one.json")?.text ?? "";
    await saveTab();
    expect(server.files.get("workflows/a/one.json")?.text).toBe(first);
    expect(first).toMatch(/^\{\n {2}"/);
    expect(first.endsWith("}\n")).toBe(true);
  });
  it("follows itself: two saves at once are no conflict", async () => {
    await opened();
    type(3);
    const first = saveTab();
    type(4);
    expect(await Promise.all([first, saveTab()])).toEqual(["saved", "saved"]);
  });
  it("asks for a name that is free, or may be replaced", async () => {
    server.files.set("workflows/b/two.json", { text: fileWith(9), etag: "other" });
    const id = addDoc(doc, { name: "two" });
    expect(await saveTabAs(id, "b/two", false)).toBe("exists");
    expect(await saveTabAs(id, "b/two", true)).toBe("saved");
    expect(fileOf(id)).toMatchObject({ path: "b/two", name: "two" });
  });
});

describe("a file that was changed elsewhere", () => {
  it("is not written over", async () => {
    const id = await opened();
    type(3);
    server.files.set("workflows/a/one.json", { text: fileWith(99), etag: "theirs" });
    expect(await saveTab()).toBe("conflict");
    expect(dialogStore.getState().conflict).toEqual({ tab: id, etag: "theirs" });
    expect([server.files.get("workflows/a/one.json")?.etag, isTabDirty(id)]).toEqual(["theirs", true]);
  });
  it("is replaced by mine when one says so, but not unseen", async () => {
    const id = await opened();
    type(3);
    server.files.set("workflows/a/one.json", { text: fileWith(99), etag: "third" });
    await keepMine(id, "theirs");
    expect(dialogStore.getState().conflict).toEqual({ tab: id, etag: "third" });
    await keepMine(id, "third");
    expect(dialogStore.getState().conflict).toBeNull();
    expect(isTabDirty(id)).toBe(false);
  });
  it("comes into the tab when one takes theirs, and mine stays open with its undo steps", async () => {
    const id = await opened();
    type(3);
    await takeTheirs(id, { document: JSON.parse(fileWith(99)) as never, etag: "theirs" });
    expect([stepsOf(wholeOf(id)), fileOf(id).etag, isTabDirty(id)]).toEqual([99, "theirs", false]);
    const mine = tabStore.getState().tabs[1]?.id ?? "";
    expect([stepsOf(wholeOf(mine)), isTabDirty(mine), fileOf(mine).path]).toEqual([3, true, null]);
    expect(tabStore.getState().tabs[1]?.held?.past.length).toBeGreaterThan(0);
  });
  it("that is gone is a case of its own", async () => {
    const id = await opened();
    type(3);
    server.files.clear();
    expect(await saveTab()).toBe("conflict");
    expect(dialogStore.getState().conflict).toEqual({ tab: id, etag: null });
    await keepMine(id, null);
    expect(server.files.has("workflows/a/one.json")).toBe(true);
  });
});

describe("opening", () => {
  it("goes to the tab of a file that is open, and takes another for another", async () => {
    const id = await opened();
    newTab();
    expect(await openSaved("a/one")).toBe(id);
    expect(frontId()).toBe(id);
    const twice = await Promise.all([openSaved("a/one"), openSaved("a/one")]);
    expect(new Set(twice).size).toBe(1);
  });
  it("never replaces work, but takes the place of an empty sheet", async () => {
    newTab();
    await opened();
    expect(names()).toEqual(["one"]);
    addDoc(doc, { name: "mine" });
    server.files.set("workflows/x.json", { text: fileWith(1), etag: "x" });
    await openSaved("x");
    expect(names()).toEqual(["one", "mine", "x"]);
  });
  it("opens several dropped files each in its tab, and goes on past one that is none", async () => {
    const files = [new File([fileWith(1)], "p.json", { type: "application/json" }), new File(["no"], "q.json"), new File([fileWith(2)], "r.json")];
    await openDropped(files, { x: 0, y: 0 });
    expect(names()).toEqual(["p", "r"]);
  });
  it("opens what an address names, with or without the ending", async () => {
    server.files.set("workflows/a/one.json", { text: fileWith(1), etag: "x" });
    const id = await openNamed("a/one");
    expect(id).not.toBeNull();
    expect(await openNamed("a/one.json")).toBe(id);
    expect(await openNamed("nothing")).toBeNull();
  });
});

describe("closing", () => {
  it("asks about unsaved work, and about nothing else", async () => {
    const id = await opened();
    const other = addDoc(doc, {});
    type(3);
    askToClose([id, other]);
    expect(names()).toHaveLength(1);
    expect(dialogStore.getState().closing).toEqual([other]);
    closeUnsaved();
    expect(reopenTab()).toBe(other);
    expect(stepsOf(currentWhole())).toBe(3);
  });
  it("saves on demand, and stays open when that fails", async () => {
    const id = await opened();
    type(3);
    askToClose([id]);
    server.files.set("workflows/a/one.json", { text: fileWith(9), etag: "theirs" });
    await closeSaved();
    expect(tabStore.getState().tabs.some((tab) => tab.id === id)).toBe(true);
    await keepMine(id, "theirs");
    type(4);
    askToClose([id]);
    await closeSaved();
    expect(tabStore.getState().tabs.some((tab) => tab.id === id)).toBe(false);
  });
});

describe("names", () => {
  it("are cleaned of what files cannot have", () => {
    expect(["a/b/c.json", " x / y ", "/a//b/", "", "..", "a/.b", "a:b", "a\\b"].map(cleanPath)).toEqual(["a/b/c", "x/y", "a/b", null, null, null, null, null]);
  });
  it("of a tab are those of its file", async () => {
    const id = await opened();
    await renameTab(id, "two");
    expect(server.files.has("workflows/a/two.json")).toBe(true);
    expect(fileOf(id)).toMatchObject({ path: "a/two", name: "two" });
    type(3);
    expect(await saveTab()).toBe("saved");
    expect(await moveTo("a/two", "b/three")).toBe("moved");
    expect(fileOf(id).path).toBe("b/three");
    server.files.set("workflows/taken.json", { text: "{}", etag: "t" });
    expect(await moveTo("b/three", "taken")).toBe("taken");
  });
  it("of what was never saved are only names", async () => {
    const id = addDoc(doc, { name: "x" });
    await renameTab(id, "my plan");
    expect(fileOf(id)).toMatchObject({ path: null, name: "my plan" });
  });
  it("keep what is open as unsaved work when the file is deleted", async () => {
    const id = await opened();
    server.files.set("workflows/a/one.json", { text: fileWith(1), etag: "first" });
    await removeFile("a/one").catch(() => undefined);
    expect(tabStore.getState().tabs.some((tab) => tab.id === id)).toBe(true);
    expect([fileOf(id).path, isTabDirty(id)]).toEqual([null, true]);
  });
});

it("shows paths as folders, by name and number", () => {
  expect(folderTree(["b10", "a/x", "b2", "a/y/z"])).toEqual({
    ...{ path: "", name: "", files: ["b2", "b10"] },
    folders: [{ path: "a", name: "a", files: ["a/x"], folders: [{ path: "a/y", name: "y", files: ["a/y/z"], folders: [] }] }],
  });
});
