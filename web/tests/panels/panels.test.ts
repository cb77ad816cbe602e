// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";

import { helpAddresses } from "@/api/help";
import { listenTo, tell } from "@/panels/console";
import { composeReport, troublesOf } from "@/panels/errors";
import { filterLines } from "@/panels/LogView";
import { withRecent } from "@/panels/shelf";
import { nodeTree, packOf, rowsOf, stepFrom } from "@/panels/tree";
import { nodeJson } from "@/properties/NodeInfo";
import { withFolder } from "@/properties/NodeHelp";
import { IDLE } from "@/runtime/store";

import { defs } from "../definitions";

const rows = (open: readonly string[]) => rowsOf(nodeTree(Object.values(defs)), new Set(open));

it("shows the nodes of open branches, and walks the tree by arrow keys", () => {
  expect(rows([]).every((row) => row.kind === "branch")).toBe(true);
  const open = rows(["/image"]);
  const at = open.findIndex((row) => row.key === "/image");
  expect(open[at + 1]).toMatchObject({ kind: "node", parent: "/image", depth: 1 });
  expect(stepFrom(rows([]), "/image", "ArrowRight")).toEqual({ open: "/image" });
  expect(stepFrom(open, "/image", "ArrowRight")).toEqual({ focus: open[at + 1]?.key });
  expect(stepFrom(open, open[at + 1]?.key ?? "", "ArrowLeft")).toEqual({ focus: "/image" });
  expect(stepFrom(open, "/image", "ArrowLeft")).toEqual({ close: "/image" });
  expect(stepFrom(open, open[0]?.key ?? "", "ArrowUp")).toBeNull();
  expect(stepFrom(open, "/image", "End")).toEqual({ focus: open.at(-1)?.key });
});

it("arranges node types by pack, or all by name", () => {
  const own = Object.values(defs).map((def, i) => (i === 0 ? { ...def, module: "custom_nodes.fancy.x" } : def));
  expect(nodeTree(own, "pack").branches.map((branch) => branch.name)).toEqual(["fancy", "Heddle"]);
  expect(nodeTree(own, "name").branches).toEqual([]);
  expect(packOf({ ...own[1], module: "nodes" } as (typeof own)[number], "Heddle")).toBe("Heddle");
});

it("puts what was added last first, each type once", () => {
  expect(withRecent(["a", "b", "c"], ["b"])).toEqual(["b", "a", "c"]);
  expect(withRecent(Array.from({ length: 40 }, (_unused, i) => String(i)), ["x"])).toHaveLength(24);
});

it("lists the errors of one tab, and those of a subgraph's inside once", () => {
  const nodes = {
    "t/3": { ...IDLE, phase: "error" as const, inputErrors: { steps: "too small" } },
    "t/20": { ...IDLE, phase: "error" as const, error: "inner" },
    "t/20:5": { ...IDLE, phase: "error" as const, error: "inner", traceback: ["line 1\n"] },
    "u/1": { ...IDLE, phase: "error" as const, error: "other tab" },
  };
  const troubles = troublesOf(nodes, "t");
  expect(troubles.map(({ node, input, sentence }) => [node, input, sentence])).toEqual([["3", "steps", "too small"], ["20:5", null, "inner"]]);
  const report = composeReport(troubles, null, { nodes: [] });
  expect(report).toContain("node 20:5");
  expect(report).toContain("line 1");
  expect(report).toContain('"nodes"');
  expect(composeReport(troubles, null, null)).not.toContain("# Workflow");
});

it("filters the log by all words, and hears messages until told otherwise", () => {
  const lines = [{ t: "", m: "Loading Model" }, { t: "", m: "done" }];
  expect(filterLines(lines, "model load")).toEqual([lines[0]]);
  expect(filterLines(lines, " ")).toBe(lines);
  const heard = vi.fn();
  const quiet = listenTo("logs", heard);
  tell("logs", { a: 1 });
  quiet();
  tell("logs", { a: 2 });
  expect(heard.mock.calls).toEqual([[{ a: 1 }]]);
});

it("looks for help in the language, then in English; a pack's beside its scripts", () => {
  expect(helpAddresses({ type: "A B", module: "nodes" }, "de")).toEqual(["/../docs/A%20B/de.md", "/../docs/A%20B/en.md"]);
  expect(helpAddresses({ type: "X", module: "custom_nodes.fancy.sub" }, "en")).toEqual(["/../extensions/fancy/docs/X/en.md", "/../extensions/fancy/docs/X.md"]);
  expect(withFolder({ text: "![a](pic.png) [b](https://x.org) [c](#d)", folder: "./docs/" })).toBe("![a](./docs/pic.png) [b](https://x.org) [c](#d)");
});

it("finds a node as the file has it, inside subgraphs too", () => {
  const file = { nodes: [{ id: 1, type: "A" }], definitions: { subgraphs: [{ id: "s", nodes: [{ id: 1, type: "B" }] }] } };
  expect(nodeJson(file, null, "1")).toEqual({ id: 1, type: "A" });
  expect(nodeJson(file, "s", "1")).toEqual({ id: 1, type: "B" });
  expect(nodeJson(file, null, "9")).toBeNull();
});
