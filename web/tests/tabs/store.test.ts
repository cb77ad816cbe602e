// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";

import { addNode, setValue } from "@/model/actions";
import { currentDoc, currentSelection, currentTab, currentWhole, redo, select, transact, undo } from "@/model/document";
import { EMPTY_DOC, type Doc } from "@/model/types";
import { patchNode, runKey, runOf } from "@/runtime/store";
import { isDirty, NO_FILE, sessionStore } from "@/session/store";
import { addDoc, amendTab, closeTab, duplicateTab, fileOf, findTab, frontId, goToTab, isTabDirty, moveTab, neighbour, newTab, patchFile, reopenTab, replaceDoc, tabStore, wholeOf } from "@/tabs/store";

import { defs } from "../definitions";

const doc = addNode(EMPTY_DOC, defs, "Sampler", { x: 0, y: 0 }).doc;
const type = (steps: number): void => transact("step.value", (now) => setValue(now, "1", "steps", steps));
const stepsOf = (whole: Doc): unknown => whole.nodes["1"]?.values["steps"];
const order = (): readonly string[] => tabStore.getState().tabs.map((tab) => tab.id);

beforeEach(() => {
  tabStore.setState({ tabs: [], front: "", closed: [] });
  sessionStore.setState({ ...NO_FILE, defs });
});

describe("tabs", () => {
  it("have each their document, undo steps and selection", () => {
    const one = addDoc(doc, { name: "one" });
    type(3);
    select({ nodes: ["1"] });
    const two = addDoc(doc, { name: "two" });
    expect([currentTab(), stepsOf(currentWhole()), currentSelection().nodes]).toEqual([two, 20, []]);
    expect(undo()).toBeNull();
    type(7);
    goToTab(one);
    expect([stepsOf(currentWhole()), currentSelection().nodes]).toEqual([3, ["1"]]);
    undo();
    expect(stepsOf(currentWhole())).toBe(20);
    goToTab(two);
    expect(stepsOf(currentWhole())).toBe(7);
    goToTab(one);
    redo();
    expect(stepsOf(currentWhole())).toBe(3);
  });
  it("know each whether they are saved", () => {
    const one = addDoc(doc, { name: "one" });
    const two = addDoc(doc, { name: "two" });
    type(5);
    expect([isTabDirty(one), isTabDirty(two), isDirty()]).toEqual([false, true, true]);
    goToTab(one);
    expect([isTabDirty(one), isTabDirty(two), isDirty()]).toEqual([false, true, false]);
    patchFile(two, { savedDoc: wholeOf(two) });
    expect(isTabDirty(two)).toBe(false);
  });
  it("keep the run state of the others", () => {
    const one = addDoc(doc, {});
    patchNode(runKey("1"), { phase: "done", seconds: 2 });
    addDoc(doc, {});
    expect(runOf(runKey("1")).phase).toBe("idle");
    goToTab(one);
    expect(runOf(runKey("1")).phase).toBe("done");
  });
  it("can be changed while they are not shown", () => {
    const one = addDoc(doc, {});
    type(4);
    addDoc(EMPTY_DOC, {});
    amendTab(one, (whole) => setValue(whole, "1", "seed", 99));
    goToTab(one);
    expect(currentDoc().nodes["1"]?.values["seed"]).toBe(99);
    undo();
    expect(stepsOf(currentWhole())).toBe(20);
  });
  it("come back as they were after they were closed, undo steps and all", () => {
    const one = addDoc(doc, { name: "one" });
    type(3);
    const two = addDoc(doc, { name: "two" });
    closeTab(one);
    expect(order()).toEqual([two]);
    expect(reopenTab()).toBe(one);
    expect([order(), frontId(), stepsOf(currentWhole()), fileOf(one).name]).toEqual([[one, two], one, 3, "one"]);
    undo();
    expect(stepsOf(currentWhole())).toBe(20);
    expect(reopenTab()).toBeNull();
  });
  it("leave an empty one behind when the last is closed", () => {
    closeTab(addDoc(doc, {}));
    expect(tabStore.getState().tabs).toHaveLength(1);
    expect(currentWhole()).toBe(EMPTY_DOC);
    closeTab(frontId());
    expect(tabStore.getState().tabs).toHaveLength(1);
  });
  it("show their neighbour when they are closed", () => {
    const [one, two, three] = [addDoc(doc, {}), addDoc(doc, {}), addDoc(doc, {})];
    goToTab(two);
    closeTab(two);
    expect(frontId()).toBe(three);
    closeTab(three);
    expect(frontId()).toBe(one);
  });
  it("are moved, and gone through round about", () => {
    const [one, two, three] = [addDoc(doc, {}), addDoc(doc, {}), addDoc(doc, {})];
    expect([neighbour(1), neighbour(-1)]).toEqual([one, two]);
    moveTab(three, 0);
    expect(order()).toEqual([three, one, two]);
    moveTab(one, 99);
    expect(order()).toEqual([three, two, one]);
  });
  it("are copied as unsaved work of another name", () => {
    const one = addDoc(doc, { name: "one", path: "a/one", etag: "x" });
    const copy = duplicateTab(one);
    expect(fileOf(copy)).toMatchObject({ path: null, etag: null, dirtyDraft: true });
    expect(fileOf(copy).name).not.toBe("one");
    expect(wholeOf(copy)).toBe(wholeOf(one));
  });
  it("have names that tell them apart", () => {
    const names = [newTab(), newTab(), newTab()].map((id) => fileOf(id).name);
    expect(new Set(names).size).toBe(3);
  });
  it("are found by their file", () => {
    const one = addDoc(doc, { path: "a/one" });
    newTab();
    expect(findTab((file) => file.path === "a/one")).toBe(one);
    expect(findTab((file) => file.path === "a/two")).toBeNull();
  });
  it("take another document with nothing to undo", () => {
    const one = addDoc(doc, {});
    type(3);
    patchNode(runKey("1"), { phase: "done" });
    replaceDoc(one, doc, { etag: "new", dirtyDraft: false });
    expect([stepsOf(currentWhole()), undo(), isTabDirty(one), runOf(runKey("1")).phase]).toEqual([20, null, false, "idle"]);
  });
});
