// @vitest-environment happy-dom
import { beforeEach, expect, it } from "vitest";

import { hasForm, NO_FORM, plainField, readForm, withForm } from "@/appmode/form";
import { marks, pickedAt } from "@/appmode/picking";
import { merged, type Result } from "@/appmode/results";
import { addressOf, appStore, changeForm, leaveApp, openApp, toggleBuilder, watchApp } from "@/appmode/store";
import { addNode } from "@/model/actions";
import { currentSelection, currentWhole, documentStore, newlyHeld, select, showHeld, undo } from "@/model/document";
import { EMPTY_DOC, type Doc } from "@/model/types";
import { gestureOf, heldAt, setHeld } from "@/properties/places";
import { watchCorrections } from "@/runtime/corrections";
import { IDLE, patchNode, runKey, runOf } from "@/runtime/store";
import { sessionStore } from "@/session/store";

import { defs } from "../definitions";

const doc = addNode(addNode(EMPTY_DOC, defs, "Sampler", { x: 0, y: 0 }).doc, defs, "Save", { x: 0, y: 0 }).doc;
const withApp = (isFirst: boolean): Doc => withForm(doc, { ...NO_FORM, fields: [plainField("1", "steps")], isFirst });
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
let tabs = 0;

beforeEach(() => {
  sessionStore.setState({ defs });
  appStore.setState({ isOpen: false, isBuilding: false, decided: new Set() });
  tabs += 1;
  showHeld(newlyHeld(doc, `t${tabs}`));
});

it("opens as a form with nothing selected, and leaves it again", () => {
  select({ nodes: ["1"] });
  openApp();
  expect([appStore.getState().isOpen, currentSelection().nodes]).toEqual([true, []]);
  leaveApp();
  expect(appStore.getState().isOpen).toBe(false);
});

it("shows at once what says so itself, but nobody who left is sent back", async () => {
  watchApp("http://localhost/");
  expect(appStore.getState().isOpen).toBe(false);
  showHeld(newlyHeld(withApp(true), "other"));
  await settle();
  expect(appStore.getState().isOpen).toBe(true);
  leaveApp();
  showHeld(newlyHeld(doc, "third"));
  showHeld(newlyHeld(withApp(true), "other"));
  await settle();
  expect(appStore.getState().isOpen).toBe(false);
});

it("shows what has a form at once on phones only", async () => {
  watchApp("http://localhost/");
  showHeld(newlyHeld(withApp(false), "wide"));
  await settle();
  expect(appStore.getState().isOpen).toBe(false);
  const width = window.innerWidth;
  window.innerWidth = 390;
  showHeld(newlyHeld(withApp(false), "narrow"));
  await settle();
  window.innerWidth = width;
  expect(appStore.getState().isOpen).toBe(true);
});

it("is reached by an address", () => {
  watchApp("http://localhost/?app=boats");
  expect(appStore.getState().isOpen).toBe(true);
  expect(new URL(addressOf("a/boats")).searchParams.get("app")).toBe("a/boats");
});

it("changes the form in one step of undo, and the builder closes the form", () => {
  changeForm((form) => ({ ...form, title: "Boats", fields: [plainField("1", "cfg")] }));
  expect(readForm(currentWhole()).title).toBe("Boats");
  undo();
  expect(hasForm(currentWhole())).toBe(false);
  openApp();
  toggleBuilder();
  expect(appStore.getState()).toMatchObject({ isOpen: false, isBuilding: true });
});

it("sets a value, makes one step of what is typed in one field, and forgets the sentence about it", () => {
  const key = runKey("1");
  const stop = watchCorrections();
  patchNode(key, { phase: "error", inputErrors: { steps: "too small" } });
  const held = heldAt(currentWhole(), defs, "1", "steps");
  if (held === null) throw new Error("no widget");
  setHeld(held, held.key, 30);
  expect(documentStore.getState().doc.nodes["1"]?.values["steps"]).toBe(30);
  expect(runOf(key)).toMatchObject({ phase: "idle", inputErrors: {} });
  expect(gestureOf(held)).toBe("value:1:steps");
  patchNode(key, IDLE);
  stop();
});

it("takes settings and results of the canvas by a press", () => {
  document.body.innerHTML = `<div class="react-flow"><div data-testid="node-1"><header><h3>T</h3></header><div data-kind="int"><span><input data-testid="widget-1-steps"></span></div></div><div data-testid="node-2"><header><h3>S</h3></header></div></div>`;
  const at = (selector: string): unknown => pickedAt(document.querySelector(selector));
  expect(at("input")).toEqual({ kind: "field", node: "1", widget: "steps" });
  expect(at("[data-kind]")).toEqual({ kind: "field", node: "1", widget: "steps" });
  expect(at("[data-testid=node-1] h3")).toBeNull();
  expect(at("[data-testid=node-2] h3")).toEqual({ kind: "output", node: "2" });
  expect(at("body")).toBeNull();
  expect(marks({ ...NO_FORM, fields: [plainField("1", "steps"), plainField("9:1", "steps")] })).toContain('widget-1-steps"]');
});

it("puts new results before the old, each once", () => {
  const result = (filename: string): Result => ({ kind: "image", file: { filename, subfolder: "", type: "output" } });
  const known = [result("a")];
  expect(merged(known, [result("a")])).toBe(known);
  expect(merged(known, [result("b"), result("a")]).map(({ file }) => file.filename)).toEqual(["b", "a"]);
});
