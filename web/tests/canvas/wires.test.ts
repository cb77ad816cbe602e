// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import { turnAt, turnsOf } from "@/canvas/bends";
import { createDeriver } from "@/canvas/derive";
import { createReadingOrder } from "@/canvas/order";
import { crossed, segmentsCross, under } from "@/canvas/strokes";
import { readView, storedViews, withView } from "@/canvas/bookmarks";
import { nextNode } from "@/canvas/walk";
import { headingThrough, wirePath } from "@/canvas/wirePath";
import { addNode, updateNode } from "@/model/actions";
import { NOTHING } from "@/model/document";
import type { Boxes } from "@/model/grouping";
import { addBend, presentLinks } from "@/model/reroutes";

import { defs } from "../definitions";
import { sample } from "./sample";

const at = (x: number, y: number) => ({ x, y });
const SHOWN = { hidesWires: false, hovered: null };

describe("the line of a wire", () => {
  it("goes through all its points in every style", () => {
    const points = [at(0, 0), { ...at(100, 50), heading: at(1, 0) }, at(200, 0)];
    for (const style of ["spline", "straight", "linear"] as const) {
      const path = wirePath(style, points);
      expect(path).toMatch(/^M0 0/);
      expect(path).toContain("100 50");
      expect(path).toMatch(/200 0$/);
    }
  });
  it("turns at right angles, around the back where it runs back", () => {
    expect(wirePath("linear", [at(0, 0), at(100, 40)])).toBe("M0 0L42 0Q50 0 50 8L50 32Q50 40 58 40L100 40");
    expect(wirePath("linear", [at(0, 0), at(-100, 40)])).toContain("-118");
  });
  it("has one direction through a bend, whatever comes after it", () => {
    expect(headingThrough(at(0, 0), at(10, 0), [at(20, 0)])).toEqual(at(1, 0));
    const down = headingThrough(at(0, 0), at(10, 0), [at(10, 10)]);
    expect(down.x).toBeCloseTo(Math.SQRT1_2);
    expect(down.y).toBeCloseTo(Math.SQRT1_2);
    expect(headingThrough(at(0, 0), at(10, 0), [at(0, 0)])).toEqual(at(1, 0));
  });
});

describe("bent wires", () => {
  const bent = addBend(addBend(sample(), { link: 1 }, at(200, 300)).doc, { link: 1 }, at(300, 300)).doc;
  it("are drawn stretch by stretch, from bend to bend", () => {
    const edges = createDeriver().edges(bent, NOTHING, SHOWN);
    const stretches = edges.map((edge) => `${edge.id}: ${edge.source} ${edge.target}`);
    expect(stretches).toEqual(["1: bend:2 2", "2: 1 3", "3: 2 4", "bend:1: 1 bend:1", "bend:2: bend:1 bend:2"]);
  });
  it("have nodes for their bends, in the middle of which they are", () => {
    const nodes = createDeriver().nodes(bent, { ...NOTHING, bends: [2] }, new Map(), defs);
    expect(nodes.find((node) => node.id === "bend:2")).toMatchObject({ type: "bend", position: at(293, 293), selected: true });
  });
  it("pass each bend in the direction of what is before and after it", () => {
    expect(turnsOf(bent, bent.links[1] ?? Object.values(bent.links)[0] ?? never()).map(({ x }) => x)).toEqual([200, 300]);
    expect(turnAt(bent, 2)?.heading?.y).toBeLessThan(0);
    expect(turnAt(bent, 9)).toBeNull();
  });
});

function never(): never {
  throw new Error("no link");
}

describe("hidden wires", () => {
  const hidden = presentLinks(sample(), [1], { hidden: true });
  it("are stubs until one of their ends is selected", () => {
    const derive = createDeriver();
    const types = (nodes: readonly string[]) => derive.edges(hidden, { ...NOTHING, nodes }, SHOWN).map((edge) => edge.type);
    expect(types([])).toEqual(["hidden", "wire", "wire"]);
    expect(types(["2"])).toEqual(["wire", "wire", "wire"]);
  });
  it("leave only those of the chosen or hovered node when all are hidden", () => {
    const derive = createDeriver();
    const ids = (hovered: string | null, nodes: readonly string[]) => derive.edges(sample(), { ...NOTHING, nodes }, { hidesWires: true, hovered }).map((edge) => edge.id);
    expect(ids(null, [])).toEqual([]);
    expect(ids("4", [])).toEqual(["3"]);
    expect(ids(null, ["1"])).toEqual(["1", "2"]);
  });
  it("are the same objects as long as nothing about them changes", () => {
    const derive = createDeriver();
    const [first] = derive.edges(hidden, NOTHING, SHOWN);
    const moved = updateNode(hidden, "1", { position: at(5, 5) });
    expect(derive.edges(moved, NOTHING, SHOWN)[0]).toBe(first);
  });
});

describe("the knife", () => {
  const strokes = [{ id: "a", points: [at(0, 0), at(100, 0)] }, { id: "b", points: [at(0, 50), at(100, 50), at(100, 90)] }];
  it("cuts what it crosses", () => {
    expect([...crossed(strokes, [at(50, -10), at(50, 20)])]).toEqual(["a"]);
    expect([...crossed(strokes, [at(50, -10), at(50, 60)])]).toEqual(["a", "b"]);
    expect([...crossed(strokes, [at(150, -10), at(150, 60)])]).toEqual([]);
  });
  it("leaves wires alone that it only runs along", () => {
    expect(segmentsCross(at(0, 0), at(10, 0), at(0, 5), at(10, 5))).toBe(false);
    expect(segmentsCross(at(0, 0), at(10, 0), undefined, at(10, 5))).toBe(false);
  });
  it("is told from a node that lies on a wire", () => {
    expect(under(strokes, { x: -10, y: -20, width: 80, height: 40 })).toBe("a");
    expect(under(strokes, { x: 200, y: 0, width: 10, height: 10 })).toBeNull();
  });
});

describe("walking", () => {
  const doc = sample();
  const boxes: Boxes = (id) => (doc.nodes[id] === undefined ? null : { ...doc.nodes[id].position, width: 200, height: 100 });
  it("goes along the wires", () => {
    expect(nextNode(doc, "1", "right", boxes)).toBe("2");
    expect(nextNode(doc, "4", "left", boxes)).toBe("2");
    expect(nextNode(doc, "4", "right", boxes)).toBeNull();
  });
  it("goes up and down between neighbours", () => {
    expect(nextNode(doc, "2", "down", boxes)).toBe("3");
    expect(nextNode(doc, "3", "up", boxes)).toBe("2");
    expect(nextNode(doc, "2", "up", boxes)).toBeNull();
  });
});

describe("the order of Tab", () => {
  it("is from left to right, and stays while nodes move", () => {
    const order = createReadingOrder();
    let doc = addNode(sample(), defs, "Save", at(-100, 0)).doc;
    expect(order(doc.nodes).map((node) => node.id)).toEqual(["5", "1", "2", "3", "4"]);
    doc = updateNode(doc, "5", { position: at(9000, 0) });
    expect(order(doc.nodes).map((node) => node.id)).toEqual(["5", "1", "2", "3", "4"]);
    doc = addNode(doc, defs, "Save", at(50, 0)).doc;
    expect(order(doc.nodes).map((node) => node.id)).toEqual(["1", "6", "2", "3", "4", "5"]);
  });
});

describe("kept views", () => {
  it("are written beside whatever else the file holds", () => {
    const doc = { ...sample(), raw: { extra: { ds: 1, heddle: { other: true } } } };
    const kept = withView(doc, "3", { path: ["7"], scale: 0.5, offset: [10, 20] });
    expect(kept.raw).toEqual({ extra: { ds: 1, heddle: { other: true, views: { 3: { path: ["7"], scale: 0.5, offset: [10, 20] } } } } });
    expect(readView(kept, "3")).toEqual({ path: ["7"], scale: 0.5, offset: [10, 20] });
    expect(storedViews(kept)).toEqual(["3"]);
  });
  it("that make no sense are none", () => {
    const doc = { ...sample(), raw: { extra: { heddle: { views: { 1: { scale: -1, offset: [0, 0] }, 2: { scale: 1, offset: ["x", 0] }, 4: 5 } } } } };
    expect(storedViews(doc)).toEqual([]);
    expect(readView(sample(), "1")).toBeNull();
  });
});
