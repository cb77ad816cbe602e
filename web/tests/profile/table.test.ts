import { describe, expect, it } from "vitest";

import type { Measured } from "@/api/jobs";
import { costs, csv, difference, lines, sorted, totalOf } from "@/profile/table";

const node = (id: string, seconds: number, change: Partial<Measured> = {}): Measured => ({ node: id, display_node: id, class_type: `Type${id}`, title: `Node ${id}`, seconds, peak_bytes: null, cached: false, ...change });
const names = { subgraph: (id: string): string => `Subgraph ${id}` };

describe("what a run took", () => {
  it("is told for each node of the canvas; what a node made counts as part of it", () => {
    const [row] = costs([node("1", 1, { peak_bytes: 5 }), node("1.0", 2, { display_node: "1", class_type: "Inner", peak_bytes: 9 })], null, names);
    expect(row).toMatchObject({ id: "1", type: "Type1", seconds: 3, peak: 9, parts: 2 });
  });

  it("shows nodes inside of subgraphs below them, with the sum of their times and the most of their memory", () => {
    const rows = costs([node("1", 1), node("5:2", 2, { peak_bytes: 7 }), node("5:3:1", 4, { peak_bytes: 3 })], null, names);
    expect(rows.map((row) => row.id)).toEqual(["1", "5"]);
    expect(rows[1]).toMatchObject({ title: "Subgraph 5", seconds: 6, peak: 7, parts: 2 });
    expect(lines(rows, new Set()).map(({ cost, depth }) => `${depth} ${cost.id}`)).toEqual(["0 1", "0 5", "1 5:2", "1 5:3", "2 5:3:1"]);
    expect(lines(rows, new Set(["5"])).map(({ cost }) => cost.id)).toEqual(["1", "5"]);
    expect(totalOf(rows)).toBe(7);
  });

  it("is cached only where all parts are", () => {
    const rows = costs([node("5:1", 0, { cached: true }), node("5:2", 1)], null, names);
    expect(rows[0]?.cached).toBe(false);
    expect(rows[0]?.inside[0]?.cached).toBe(true);
  });
});

describe("the order of the table", () => {
  const rows = costs([node("1", 1), node("9:2", 2), node("9:3", 3), node("10", 0.5)], null, names);

  it("is that of execution at first", () => {
    expect(sorted(rows, null, true).map((row) => row.id)).toEqual(["1", "9", "10"]);
  });

  it("follows a column on each level of the tree", () => {
    const byTime = sorted(rows, "seconds", true);
    expect(lines(byTime, new Set()).map(({ cost }) => cost.id)).toEqual(["9", "9:3", "9:2", "1", "10"]);
    expect(sorted(rows, "title", false).map((row) => row.title)).toEqual(["Node 1", "Node 10", "Subgraph 9"]);
  });
});

describe("two runs", () => {
  const rows = costs([node("1", 3), node("2", 1)], [node("1", 1), node("4", 5)], names);

  it("differ by the time of each node that both had", () => {
    expect(rows.map((row) => [row.id, difference(row)])).toEqual([["1", 2], ["2", null], ["4", -5]]);
  });

  it("are copied as CSV with both times, and no cell is a formula", () => {
    const text = csv(costs([node("1", 3, { title: '=A "b", c' })], [node("1", 1)], names), true);
    expect(text).toBe(`node,title,type,seconds,share,peak_bytes,cached,seconds_before,difference\n1,"'=A ""b"", c",Type1,3,1,,false,1,2\n`);
  });
});
