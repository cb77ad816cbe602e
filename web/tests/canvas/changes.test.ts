// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";

import { createChangeHandlers, moveByKey } from "@/canvas/changes";
import type { CanvasNode } from "@/canvas/derive";
import { removeSelection, removeWithContents } from "@/canvas/editing";
import { sessionStore } from "@/session/store";
import { settingsStore } from "@/settings/store";
import { addNode, connect, groupNodes, updateNode } from "@/model/actions";
import { currentDoc, currentSelection, replaceDocument, select, undo } from "@/model/document";
import { addBend } from "@/model/reroutes";
import { EMPTY_DOC, type Doc } from "@/model/types";

import { defs } from "../definitions";

const handlers = createChangeHandlers();
const press = (altKey = false): MouseEvent => new MouseEvent("mousemove", { altKey });
const flow = (id: string): CanvasNode => ({ id, type: "node", position: { x: 0, y: 0 }, data: {} });
const place = (id: string) => currentDoc().nodes[id]?.position;

/** Drags through the given places. */
function drag(id: string, ...places: readonly (readonly [number, number])[]): void {
  handlers.onNodeDragStart(press(), flow(id), [flow(id)]);
  for (const [x, y] of places) handlers.onNodesChange([{ id, type: "position", position: { x, y }, dragging: true }]);
  handlers.onNodeDragStop(press(), flow(id), [flow(id)]);
}

/** 1 -> 2 with a bend, a frame around both and the bend; 3 lies to the right. */
function sample(): Doc {
  let doc: Doc = EMPTY_DOC;
  for (const [type, x] of [["Loader", 0], ["Sampler", 400], ["Save", 2000]] as const) doc = addNode(doc, defs, type, { x, y: 0 }).doc;
  doc = connect(doc, { from: "1", slot: 0, to: "2", input: "model" });
  doc = addBend(doc, { link: 1 }, { x: 350, y: 50 }).doc;
  return groupNodes(doc, [{ x: 0, y: 0, width: 700, height: 300 }], "frame");
}

beforeEach(() => {
  sessionStore.setState({ defs });
  settingsStore.setState({ guides: false });
  replaceDocument(sample());
});

describe("dragging a frame", () => {
  const corner = () => currentDoc().groups["g1"]?.position ?? { x: 0, y: 0 };
  it("takes along what lies in it, bends too, in one step of undo", () => {
    const { x, y } = corner();
    drag("group:g1", [x + 10, y], [x + 50, y + 20]);
    expect([place("1"), place("2"), place("3")]).toEqual([{ x: 50, y: 20 }, { x: 450, y: 20 }, { x: 2000, y: 0 }]);
    expect(currentDoc().reroutes[1]?.position).toEqual({ x: 400, y: 70 });
    undo();
    expect([place("1"), corner()]).toEqual([{ x: 0, y: 0 }, { x, y }]);
  });
  it("picks nothing up on its way", () => {
    const { x, y } = corner();
    drag("group:g1", [x + 1900, y], [x + 4000, y]);
    expect(place("3")).toEqual({ x: 2000, y: 0 });
  });
  it("moves frames inside of it as well", () => {
    replaceDocument(groupNodes(sample(), [{ x: 0, y: 0, width: 50, height: 50 }], "inner"));
    const before = currentDoc().groups["g2"]?.position ?? { x: 0, y: 0 };
    const { x, y } = corner();
    drag("group:g1", [x + 100, y]);
    expect(currentDoc().groups["g2"]?.position).toEqual({ x: before.x + 100, y: before.y });
  });
  it("carries nothing while it is resized by its left edge", () => {
    const { x, y } = corner();
    handlers.onNodesChange([
      { id: "group:g1", type: "position", position: { x: x - 50, y } },
      { id: "group:g1", type: "dimensions", dimensions: { width: 900, height: 400 }, resizing: true, setAttributes: true },
    ]);
    expect(place("1")).toEqual({ x: 0, y: 0 });
  });
});

it("moves a bend by its middle", () => {
  drag("bend:1", [93, 193]);
  expect(currentDoc().reroutes[1]?.position).toEqual({ x: 100, y: 200 });
});

describe("selecting", () => {
  it("a stretch of wire means all wires that share it", () => {
    handlers.onEdgesChange([{ id: "bend:1", type: "select", selected: true }]);
    expect(currentSelection().links).toEqual([1]);
    handlers.onEdgesChange([{ id: "1", type: "select", selected: true }, { id: "bend:1", type: "select", selected: false }]);
    expect(currentSelection().links).toEqual([1]);
  });
  it("nodes, frames and bends are told apart", () => {
    handlers.onNodesChange([{ id: "2", type: "select", selected: true }, { id: "group:g1", type: "select", selected: true }, { id: "bend:1", type: "select", selected: true }]);
    expect(currentSelection()).toEqual({ nodes: ["2"], groups: ["g1"], bends: [1], links: [] });
  });
});

describe("deleting", () => {
  it("a bend leaves its wire", () => {
    select({ bends: [1], links: [1] });
    removeSelection();
    expect(currentDoc()).toMatchObject({ reroutes: {}, links: { 1: { reroute: null } } });
  });
  it("a frame leaves what lies in it, unless that is meant", () => {
    select({ groups: ["g1"] });
    removeSelection();
    expect([Object.keys(currentDoc().groups), Object.keys(currentDoc().nodes)]).toEqual([[], ["1", "2", "3"]]);
    undo();
    select({ groups: ["g1"] });
    removeWithContents();
    expect([Object.keys(currentDoc().groups), Object.keys(currentDoc().nodes)]).toEqual([[], ["3"]]);
  });
});

describe("arrow keys", () => {
  const arrow = (key: string, shiftKey = false) => moveByKey(new KeyboardEvent("keydown", { key, shiftKey }));
  it("move all that is selected by a step of the grid, with Shift by ten, as a step of undo each", () => {
    settingsStore.setState({ snapToGrid: true, grid: 4 });
    select({ nodes: ["1", "2"] });
    expect([arrow("ArrowRight"), arrow("ArrowDown", true)]).toEqual([true, true]);
    expect([place("1"), place("2"), place("3")]).toEqual([{ x: 4, y: 40 }, { x: 404, y: 40 }, { x: 2000, y: 0 }]);
    undo();
    expect(place("2")).toEqual({ x: 404, y: 0 });
  });
  it("carry along what stands on a frame, and leave pinned nodes", () => {
    settingsStore.setState({ snapToGrid: false });
    select({ groups: Object.keys(currentDoc().groups) });
    arrow("ArrowRight");
    expect([place("1"), place("3")]).toEqual([{ x: 5, y: 0 }, { x: 2000, y: 0 }]);
    replaceDocument(updateNode(sample(), "1", { pinned: true }));
    select({ nodes: ["1", "2"] });
    arrow("ArrowRight");
    expect([place("1"), place("2")]).toEqual([{ x: 0, y: 0 }, { x: 405, y: 0 }]);
  });
  it("are no keys of the canvas without a selection, or with Ctrl", () => {
    select({});
    expect(arrow("ArrowRight")).toBe(false);
    select({ nodes: ["1"] });
    expect(moveByKey(new KeyboardEvent("keydown", { key: "ArrowRight", ctrlKey: true }))).toBe(false);
    expect(arrow("x")).toBe(false);
  });
});
