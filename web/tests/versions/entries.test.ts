// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import { addNode, removeNodes, setValue } from "@/model/actions";
import { diffDocs } from "@/model/diff";
import { EMPTY_DOC, EMPTY_GRAPH, MODE, PLAIN_LINK, type Doc } from "@/model/types";
import { apart, sectionsOf, type Section } from "@/versions/entries";
import { dayOf } from "@/versions/when";

import { defs } from "../definitions";

const add = (doc: Doc, type: string): Doc => addNode(doc, defs, type, { x: 0, y: 0 }).doc;
const nodes = ["Loader", "Sampler", "Scale"].reduce(add, EMPTY_DOC);
const base: Doc = { ...nodes, lastLinkId: 1, links: { 1: { id: 1, from: "1", slot: 0, to: "2", input: "model", type: "MODEL", ...PLAIN_LINK } } };

const told = (before: Doc, after: Doc): readonly Section[] => sectionsOf(diffDocs(before, after), { before, after, defs });

describe("a difference in words", () => {
  it("names nodes by their titles, and values by their names", () => {
    expect(told(base, setValue(base, "2", "steps", 5))).toMatchObject([{ page: null, entries: [{ kind: "changed", title: "Sampler", node: "2", lines: [{ label: "steps", before: "20", after: "5" }] }] }]);
  });
  it("tells what fed an input, and what feeds it", () => {
    const after = { ...base, links: {} };
    expect(told(base, after)[0]?.entries).toMatchObject([{ title: "Sampler", lines: [{ label: "model", kind: "removed", before: "Load · MODEL" }] }]);
  });
  it("says nothing of the wires into a node that is gone", () => {
    expect(told(base, removeNodes(base, ["2"]))[0]?.entries).toMatchObject([{ kind: "removed", title: "Sampler", lines: [] }]);
  });
  it("says modes in words", () => {
    const node = base.nodes["2"];
    const after: Doc = node === undefined ? base : { ...base, nodes: { ...base.nodes, "2": { ...node, mode: MODE.bypassed } } };
    expect(told(base, after)[0]?.entries[0]?.lines).toMatchObject([{ label: "mode", before: "active", after: "bypassed" }]);
  });
  it("has a section for each subgraph, and none for a page where nothing changed", () => {
    const inner = (steps: number): Doc => ({ ...base, subgraphs: { s: { ...EMPTY_GRAPH, nodes: setValue(base, "2", "steps", steps).nodes, id: "s", name: "Refine" } } });
    expect(told(inner(1), inner(2))).toMatchObject([{ page: "s", name: "Refine", entries: [{ title: "Sampler", lines: [{ before: "1", after: "2" }] }] }]);
  });
});

describe("long texts", () => {
  it("are shown around what differs", () => {
    const [head, tail] = ["a ".repeat(60), " z".repeat(60)];
    const [before, after] = apart(`${head}cat${tail}`, `${head}dog${tail}`);
    expect(before).toMatch(/^….*cat.*…$/);
    expect(after).toMatch(/^….*dog.*…$/);
    expect(before.length).toBeLessThan(60);
  });
  it("that only grew are told by what came", () => {
    const text = "x".repeat(100);
    expect(apart(text, `${text}, new`)[1]).toMatch(/, new$/);
    expect(apart("short", "other")).toEqual(["short", "other"]);
  });
});

it("says days as people do", () => {
  const now = new Date(2026, 3, 10, 12).getTime();
  expect(dayOf(now - 3600_000, now)).toBe("Today");
  expect(dayOf(now - 13 * 3600_000, now)).toBe("Yesterday");
  expect(dayOf(now - 80 * 3600_000, now)).toContain("2026");
});
