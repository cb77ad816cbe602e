// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";

import { farStore } from "@/canvas/far";
import { bendIdAt, middleFar, wireIdAt, wireIdsAcross } from "@/canvas/farHere";
import { doubleClickFar, pressFar } from "@/canvas/farGestures";
import { bendAtPoint, isWireShown, lineOf, middleOfWire, planOf, wireAt, wiresAcross, type FarWire, type Plan } from "@/canvas/farWires";
import { hands } from "@/canvas/hands";
import { bendSelected } from "@/canvas/linkActions";
import { pressWithKeys } from "@/canvas/wireGestures";
import type { LinkStyle } from "@/canvas/wirePath";
import { moveNodes } from "@/model/actions";
import { currentDoc, currentSelection, documentStore, replaceDocument, select, undo } from "@/model/document";
import { addBend, presentLinks } from "@/model/reroutes";
import type { Doc } from "@/model/types";
import { sessionStore } from "@/session/store";

import { defs } from "../definitions";
import { sample } from "./sample";

const at = (x: number, y: number) => ({ x, y });
const NO_SIZES = new Map();
const plan = (doc: Doc, style: LinkStyle = "spline"): Plan => planOf({ doc, defs, sizes: NO_SIZES, style });
const all = (): boolean => true;
const wire = (from: Plan, id: string): FarWire => from.wires.find((each) => each.id === id) ?? never();

function never(): never {
  throw new Error("no wire");
}

describe("wires without elements", () => {
  it("begin and end at the rows of their sockets, and follow a node that moves", () => {
    const doc = sample();
    const before = wire(plan(doc), "2");
    expect(before.from.x).toBe(doc.nodes["1"]?.size.width);
    expect(before.from.y).toBe(wire(plan(doc), "1").from.y);
    expect(before.to).toMatchObject({ x: 400, y: 600 + before.from.y });
    expect(wire(plan(moveNodes(doc, { 3: at(500, 700) })), "2").to).toEqual(at(before.to.x + 100, before.to.y + 100));
  });
  it("are worked out once for each state of the document and style", () => {
    const doc = sample();
    expect(plan(doc)).toBe(plan(doc));
    expect(plan(doc, "linear")).not.toBe(plan(doc));
    expect(plan(doc)).toBe(plan(doc));
    expect(plan({ ...doc })).not.toBe(plan(doc));
  });
  it.each(["spline", "straight", "linear"] as const)("are found anywhere along the line that is drawn, and not beside it (%s)", (style) => {
    const here = plan(sample(), style);
    const found = wire(here, "2");
    for (const point of lineOf(found, style).slice(3, -1)) expect(wireAt(here, at(point.x + 2, point.y), 7, all)?.id).toBe("2");
    const middle = middleOfWire(here, "2") ?? never();
    expect(wireAt(here, at(middle.x + 300, middle.y), 7, all)).toBeNull();
    expect(wireAt(here, at(middle.x + 5, middle.y), 1, all)).toBeNull();
    expect(wireAt(here, middle, 7, all)?.id).toBe("2");
    expect(middleOfWire(here, "9")).toBeNull();
  });
  it.each(["spline", "straight", "linear"] as const)("never leave the box that they are looked for in (%s)", (style) => {
    const back = moveNodes(sample(), { 2: at(-700, 500), 4: at(-300, -400) });
    for (const each of plan(back, style).wires)
      for (const { x, y } of lineOf(each, style)) {
        expect(x).toBeGreaterThanOrEqual(each.box.x - 0.001);
        expect(y).toBeGreaterThanOrEqual(each.box.y - 0.001);
        expect(x).toBeLessThanOrEqual(each.box.x + each.box.width + 0.001);
        expect(y).toBeLessThanOrEqual(each.box.y + each.box.height + 0.001);
      }
  });
  it("go from bend to bend, with the names that they have near", () => {
    const bent = addBend(addBend(sample(), { link: 2 }, at(250, 300)).doc, { link: 2 }, at(300, 500)).doc;
    const here = plan(bent);
    expect(here.wires.map(({ id }) => id).toSorted()).toEqual(["1", "2", "3", "bend:1", "bend:2"]);
    expect(wire(here, "bend:2")).toMatchObject({ from: at(250, 300), to: at(300, 500) });
    expect(bendAtPoint(bent, at(252, 303), 9)).toBe(1);
    expect(bendAtPoint(bent, at(270, 303), 9)).toBeNull();
  });
  it("are cut where a way crosses them, and only those that are seen", () => {
    const here = plan(sample());
    const { x, y } = middleOfWire(here, "2") ?? never();
    expect(wiresAcross(here, at(x - 30, y), at(x + 30, y), all)).toEqual(["2"]);
    expect(wiresAcross(here, at(x + 20, y - 5), at(x + 20, y + 5), () => false)).toEqual([]);
    expect(wiresAcross(here, at(x - 30, 5000), at(x + 30, 5000), all)).toEqual([]);
  });
  it("that are hidden are found while they are seen", () => {
    const hidden = wire(plan(presentLinks(sample(), [1], { hidden: true })), "1");
    const none = { nodes: new Set<string>(), links: new Set<number>(), hidesWires: false };
    expect(isWireShown(none)(hidden)).toBe(false);
    expect(isWireShown({ ...none, nodes: new Set(["2"]) })(hidden)).toBe(true);
    expect(isWireShown({ ...none, links: new Set([1]) })(hidden)).toBe(true);
    expect(isWireShown({ ...none, hidesWires: true })(wire(plan(sample()), "3"))).toBe(false);
  });
});

describe("from afar", () => {
  const links = () => Object.keys(currentDoc().links);
  const middle = () => middleFar("2") ?? never();
  /** Without a canvas, points of the screen are those of the document. */
  const press = (point: { x: number; y: number }, keys: Partial<PointerEventInit> = {}) => {
    const pane = document.createElement("div");
    pane.className = "react-flow__pane";
    const event = new PointerEvent("pointerdown", { clientX: point.x, clientY: point.y, button: 0, ...keys });
    Object.defineProperty(event, "target", { value: pane });
    return event as unknown as Parameters<typeof pressFar>[0];
  };
  const drag = (...way: readonly { x: number; y: number }[]) => {
    for (const { x, y } of way) window.dispatchEvent(new PointerEvent("pointermove", { clientX: x, clientY: y }));
    const last = way.at(-1) ?? never();
    window.dispatchEvent(new PointerEvent("pointerup", { clientX: last.x, clientY: last.y }));
  };
  beforeEach(() => {
    sessionStore.setState({ defs });
    replaceDocument(sample());
    farStore.setState({ isFar: true, box: null });
    hands.setState({ isCutting: false });
  });

  it("a wire is found by its place", () => {
    expect(wireIdAt(middle())).toBe("2");
    expect(wireIdsAcross(at(middle().x - 40, middle().y), at(middle().x + 40, middle().y))).toEqual(["2"]);
  });
  it("a click takes the wire, and with Shift another one as well", () => {
    pressFar(press(middle()));
    drag(middle());
    expect(currentSelection().links).toEqual([2]);
    const other = middleFar("3") ?? never();
    pressFar(press(other, { shiftKey: true }));
    drag(other);
    expect(currentSelection().links).toEqual([2, 3]);
  });
  it("the knife cuts what it crosses, in one step", () => {
    const { x, y } = middle();
    hands.setState({ isCutting: true });
    expect(pressWithKeys(press(at(x - 60, y)))).toBe(true);
    drag(at(x + 60, y));
    expect(links()).toEqual(["1", "3"]);
    undo();
    expect(links()).toEqual(["1", "2", "3"]);
  });
  it("a click with Alt bends the wire there, and the bend can be dragged", () => {
    const { x, y } = middle();
    pressFar(press(at(x, y), { altKey: true }));
    drag(at(x, y));
    const id = currentDoc().links[2]?.reroute ?? never();
    const made = currentDoc().reroutes[id]?.position ?? never();
    expect(Math.hypot(made.x - x, made.y - y)).toBeLessThan(8);
    expect(currentSelection().bends).toEqual([id]);
    expect(bendIdAt(made)).toBe(id);
    pressFar(press(made));
    drag(at(made.x + 40, made.y + 80));
    expect(currentDoc().reroutes[id]?.position).toEqual(at(Math.round((made.x + 40) / 4) * 4, Math.round((made.y + 80) / 4) * 4));
    undo();
    expect(currentDoc().reroutes[id]?.position).toEqual(made);
  });
  it("so does a double click, and on free ground there is nothing to do", () => {
    expect(doubleClickFar(middle())).toBe(true);
    expect(currentDoc().links[2]?.reroute).not.toBeNull();
    expect(doubleClickFar(at(-900, -900))).toBe(false);
  });
  it("bending a chosen wire without a place does so in its middle", () => {
    const { x, y } = middle();
    select({ links: [2] });
    bendSelected();
    const made = Object.values(documentStore.getState().doc.reroutes)[0]?.position ?? never();
    expect(Math.hypot(made.x - x, made.y - y)).toBeLessThan(8);
  });
});
