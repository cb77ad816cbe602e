import { expect, it } from "vitest";

import { openJson } from "@/formats/open";
import { writeDocument } from "@/formats/ui04";
import { groupNodes, updateNodes } from "@/model/actions";
import { currentWhole, replaceDocument, transactWhole, undo } from "@/model/document";
import { MODE, type Doc } from "@/model/types";
import { entriesFrom, entryOf, putSwitch, removeSwitch, stateOf, switchesOf, toggled, turn, type BoxesOf, type Switch } from "@/switches/sets";

import { defs } from "../definitions";
import { chain, wrapped } from "../model/pages";

const boxes: BoxesOf = (page) => (id) => {
  const node = page.nodes[id];
  return node === undefined ? null : { ...node.position, ...node.size };
};
const mode = (doc: Doc, id: string): number | undefined => doc.nodes[id]?.mode;
const make = (id: string, entries: Switch["entries"], radio: string | null = null): Switch => ({ id, name: id, radio, entries });
const scale = make("scale", [entryOf("node", "3", MODE.always)]);

it("keeps switches in the file", async () => {
  const all = [scale, make("b", [{ kind: "group", id: "g1", on: MODE.muted, off: MODE.always }], "size")];
  const doc = all.reduce(putSwitch, chain());
  expect(switchesOf(await openJson(writeDocument(doc, defs), defs))).toEqual(all);
  expect(switchesOf(removeSwitch(doc, "scale"))).toEqual([all[1]]);
});

it("turns nodes off and on again, in one step of undo each", () => {
  replaceDocument(putSwitch(chain(), scale));
  expect(stateOf(currentWhole(), boxes, scale)).toBe("on");
  transactWhole("step.value", (whole) => toggled(whole, boxes, scale));
  expect([mode(currentWhole(), "3"), stateOf(currentWhole(), boxes, scale)]).toEqual([MODE.bypassed, "off"]);
  transactWhole("step.value", (whole) => toggled(whole, boxes, scale));
  expect(mode(currentWhole(), "3")).toBe(MODE.always);
  undo();
  expect(stateOf(currentWhole(), boxes, scale)).toBe("off");
});

it("sees by the nodes themselves whether it is on, off or neither", () => {
  const both = make("both", [entryOf("node", "2", MODE.always), { kind: "node", id: "3", on: MODE.muted, off: MODE.always }]);
  const doc = chain();
  expect(stateOf(doc, boxes, both)).toBe("mixed");
  expect(stateOf(turn(doc, boxes, both, true), boxes, both)).toBe("on");
  expect(stateOf(doc, boxes, make("gone", [entryOf("node", "99", MODE.always)]))).toBe("gone");
});

it("turns on one of several, and keeps on what two of them share", () => {
  const small = make("small", [entryOf("node", "2", MODE.always), entryOf("node", "1", MODE.always)], "size");
  const large = make("large", [entryOf("node", "3", MODE.always), entryOf("node", "1", MODE.always)], "size");
  const doc = [small, large].reduce(putSwitch, chain());
  const after = toggled(turn(doc, boxes, large, false), boxes, small);
  expect(["1", "2", "3"].map((id) => mode(after, id))).toEqual([MODE.always, MODE.always, MODE.bypassed]);
  expect(toggled(after, boxes, small)).toBe(after);
  const other = toggled(after, boxes, large);
  expect(["1", "2", "3"].map((id) => mode(other, id))).toEqual([MODE.always, MODE.bypassed, MODE.always]);
});

it("takes along what lies in a group when it is turned", () => {
  const doc = groupNodes(chain(), [{ x: 380, y: -10, width: 700, height: 400 }], "Middle");
  const [group] = Object.keys(doc.groups);
  const one = make("group", [entryOf("group", group ?? "", MODE.always)]);
  const off = turn(doc, boxes, one, false);
  expect(["1", "2", "3", "4"].map((id) => mode(off, id))).toEqual([MODE.always, MODE.bypassed, MODE.bypassed, MODE.always]);
});

it("works inside of subgraphs, by the way that leads there", () => {
  const { doc, instance: node } = wrapped(chain(), ["2", "3"]);
  const inner = make("inner", [entryOf("node", `${node}:3`, MODE.always)]);
  const off = turn(doc, boxes, inner, false);
  expect(off.subgraphs["sub"]?.nodes["3"]?.mode).toBe(MODE.bypassed);
  expect(off.nodes).toBe(doc.nodes);
  expect(stateOf(off, boxes, inner)).toBe("off");
});

it("is made of the selection as it is: what is off now is on while the switch is off", () => {
  const grouped = groupNodes(chain(), [{ x: 380, y: -10, width: 300, height: 300 }], "One");
  const doc = { ...updateNodes(grouped, ["3"], () => ({ mode: MODE.muted })) };
  const [group] = Object.keys(doc.groups);
  expect(entriesFrom(doc, ["7"], { nodes: ["2", "3"], groups: [group ?? ""] }, boxes(doc, null))).toEqual([
    { kind: "group", id: `7:${group}`, on: MODE.always, off: MODE.bypassed },
    { kind: "node", id: "7:3", on: MODE.muted, off: MODE.always },
  ]);
});
