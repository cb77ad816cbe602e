import { afterEach, beforeEach, expect, it } from "vitest";

import { FOLLOWERS } from "@/app/followers";
import { plainField, readForm, withForm } from "@/appmode/form";
import { readView, withView } from "@/canvas/bookmarks";
import { parseJson, stringifyJson } from "@/formats/json";
import { writeDocument } from "@/formats/ui04";
import { addNode, groupNodes, removeNodes, setValue, updateNode } from "@/model/actions";
import { copyText, paste } from "@/model/clipboard";
import { bringWithChanges, currentDoc, currentWhole, goTo, replaceDocument, transact, transactWhole, undo } from "@/model/document";
import { exposePreview, inward, ledOutside, previewsOf, promote, unpromote } from "@/model/promote";
import { connectAtEdge, releaseInput } from "@/model/ports";
import { reconciled } from "@/model/reconcile";
import { independent } from "@/model/subgraphs";
import { followed } from "@/model/tracks";
import { INPUT_SIDE, MODE, type Doc } from "@/model/types";
import { unpack } from "@/model/unpack";
import { wrap } from "@/model/wrap";
import { putSet, setsOf, type SetEntry } from "@/presets/sets";
import { withSweepsFrom, withSweepsOf } from "@/sweeps/copies";
import { axesOf, putSweep, storedSweeps, type Spot } from "@/sweeps/document";
import { entryOf, putSwitch, switchesOf } from "@/switches/sets";

import { defs } from "../definitions";
import { chain, wrapped } from "../model/pages";

beforeEach(() => {
  bringWithChanges({ whole: (after, before) => reconciled(after, before, defs), follow: (after, before, moves) => followed(after, before, moves, FOLLOWERS) });
});
afterEach(() => bringWithChanges({}));

const text = (): string => stringifyJson(writeDocument(currentWhole(), defs));
const swept = (doc: Doc, spot: Spot): Doc => putSweep(doc, { ...spot, spec: { kind: "list", values: [4, 5] }, place: null });
const entry = (page: string | null, node: string, values: SetEntry["values"], type = "Sampler"): SetEntry => ({ page, node, type, title: type, values });
const inSet = (doc: Doc, one: SetEntry): Doc => putSet(doc, { id: "set", name: "Set", entries: [one] });
const inSwitch = (doc: Doc, ...ids: readonly string[]): Doc => putSwitch(doc, { id: "switch", name: "Switch", radio: null, entries: ids.map((id) => entryOf("node", id, MODE.always)) });
const inForm = (doc: Doc, node: string, widget: string, outputs: readonly string[] = []): Doc => withForm(doc, { ...readForm(doc), fields: [{ ...plainField(node, widget), label: "Mine" }], outputs });

const sweeps = (): readonly string[] => storedSweeps(currentWhole()).map(({ page, node, key }) => `${page ?? "-"} ${node} ${key}`);
const switched = (): readonly string[] => switchesOf(currentWhole()).flatMap(({ entries }) => entries.map(({ id }) => id));
const fields = (): readonly string[] => readForm(currentWhole()).fields.map(({ node, widget, label }) => `${node} ${widget} ${label}`);
const inSets = (): readonly string[] => setsOf(currentWhole()).flatMap(({ entries }) => entries.map(({ page, node, type, values }) => `${page ?? "-"} ${node} ${type} ${stringifyJson(values)}`));

/** All that may be said of the sampler and the node that saves. */
const said = (): Doc => inForm(inSwitch(inSet(swept(chain(), { page: null, node: "2", key: "cfg" }), entry(null, "2", { steps: 3 })), "2"), "2", "cfg", ["4"]);

function makeSubgraph(nodes: readonly string[], id = "sub"): void {
  transact("subgraphs.step.make", (doc) => wrap(doc, defs, { nodes, groups: [] }, "Sub", id) ?? doc);
}

const unpackIt = (id: string): void => transact("subgraphs.step.unpack", (doc) => unpack(doc, defs, id) ?? doc);

it("goes into a subgraph with the nodes, and comes back out, each in one step of undo", () => {
  replaceDocument(said());
  const start = text();
  makeSubgraph(["2", "4"]);
  expect(sweeps()).toEqual(["sub 2 cfg"]);
  expect(axesOf(currentWhole(), defs).map(({ id }) => id)).toEqual(["5:2"]);
  expect(switched()).toEqual(["5:2"]);
  expect(fields()).toEqual(["5:2 cfg Mine"]);
  expect(readForm(currentWhole()).outputs).toEqual(["5:4"]);
  expect(inSets()).toEqual(['sub 2 Sampler {"steps":3}']);
  unpackIt("5");
  expect([sweeps(), switched(), fields(), inSets()]).toEqual([["- 2 cfg"], ["2"], ["2 cfg Mine"], ['- 2 Sampler {"steps":3}']]);
  undo();
  expect(sweeps()).toEqual(["sub 2 cfg"]);
  undo();
  expect(text()).toBe(start);
});

it("goes into a subgraph on a page inside of another, for every instance of that", () => {
  const inner = wrapped(chain(), ["2", "3"]).doc;
  const twice = paste(inner, defs, parseJson(copyText(inner, defs, { nodes: ["5"] })), null).doc;
  replaceDocument(inForm(inSwitch(swept(twice, { page: "sub", node: "2", key: "cfg" }), "5:2", "6:2"), "6:2", "cfg"));
  goTo(["5"]);
  makeSubgraph(["2"], "deep");
  expect([sweeps(), switched(), fields()]).toEqual([["deep 2 cfg"], ["5:4:2", "6:4:2"], ["6:4:2 cfg Mine"]]);
});

it("is under the new number when the old one was taken", () => {
  const { doc } = wrapped(chain(), ["2"]);
  const taken = { ...doc, nodes: { ...doc.nodes, "2": { ...addNode(doc, defs, "Note", { x: 0, y: 0 }).doc.nodes["6"], id: "2" } } } as Doc;
  replaceDocument(inForm(inSwitch(swept(taken, { page: "sub", node: "2", key: "cfg" }), "5:2"), "5:2", "cfg"));
  unpackIt("5");
  expect([sweeps(), switched(), fields()]).toEqual([["- 6 cfg"], ["6"], ["6 cfg Mine"]]);
});

it("stays with the subgraph as long as another instance has it; value sets count for both", () => {
  const inner = wrapped(chain(), ["2"]).doc;
  const twice = paste(inner, defs, parseJson(copyText(inner, defs, { nodes: ["5"] })), null).doc;
  replaceDocument(inSet(swept(twice, { page: "sub", node: "2", key: "cfg" }), entry("sub", "2", { steps: 3 })));
  unpackIt("6");
  expect(sweeps()).toEqual(["sub 2 cfg"]);
  expect(inSets()).toEqual(['sub 2 Sampler {"steps":3}', '- 2 Sampler {"steps":3}']);
  unpackIt("5");
  expect(sweeps()).toEqual(["- 7 cfg"]);
});

it("belongs to the inner widget once an instance that showed it is unpacked", () => {
  const shown = promote(wrapped(chain(), ["2"]).doc, defs, { path: ["5"], node: "2", input: "steps" })?.whole ?? chain();
  replaceDocument(inForm(inSet(swept(shown, { page: null, node: "5", key: "steps" }), entry(null, "5", { steps: 3 }, "sub")), "5", "steps"));
  unpackIt("5");
  expect([sweeps(), fields(), inSets()]).toEqual([["- 2 steps"], ["2 steps Mine"], ['- 2 Sampler {"steps":3}']]);
});

it("switches the nodes that an instance was, and leaves those muted that were muted inside", () => {
  const base = wrapped(chain(), ["2", "3"]).doc;
  const sub = base.subgraphs["sub"];
  const scale = sub?.nodes["3"];
  if (sub === undefined || scale === undefined) throw new Error("no subgraph");
  replaceDocument(inSwitch({ ...base, subgraphs: { sub: { ...sub, nodes: { ...sub.nodes, "3": { ...scale, mode: MODE.muted } } } } }, "5"));
  unpackIt("5");
  expect(switchesOf(currentWhole())[0]?.entries).toEqual([
    { kind: "node", id: "2", on: MODE.always, off: MODE.bypassed },
    { kind: "node", id: "3", on: MODE.muted, off: MODE.bypassed },
  ]);
});

it("follows groups too", () => {
  const doc = groupNodes(chain(), [{ x: 380, y: -10, width: 900, height: 400 }], "Middle");
  replaceDocument(putSwitch(doc, { id: "switch", name: "Switch", radio: null, entries: [entryOf("group", "g1", MODE.always)] }));
  transact("subgraphs.step.make", (page) => wrap(page, defs, { nodes: [], groups: ["g1"] }, "Sub", "sub") ?? page);
  expect(switched()).toEqual(["5:g1"]);
  unpackIt("5");
  expect(switched()).toEqual(["g1"]);
});

it("goes out to the instance when a widget is shown there, and back in", () => {
  replaceDocument(inForm(swept(wrapped(chain(), ["2"]).doc, { page: "sub", node: "2", key: "steps" }), "5:2", "steps"));
  const promoted = promote(currentWhole(), defs, { path: ["5"], node: "2", input: "steps" });
  transactWhole("subgraphs.step.promote", (whole) => (promoted === null ? whole : { doc: promoted.whole, moves: promoted.moves }));
  expect([sweeps(), fields()]).toEqual([["- 5 steps"], ["5 steps Mine"]]);
  expect(axesOf(currentWhole(), defs)).toHaveLength(1);
  const released = unpromote(currentWhole(), defs, ["5"], "steps");
  transactWhole("subgraphs.step.unpromote", (whole) => (released === null ? whole : { doc: released.whole, moves: released.moves }));
  expect([sweeps(), fields()]).toEqual([["sub 2 steps"], ["5:2 steps Mine"]]);
});

it("goes out with a widget that a wire from an edge leads to, for every instance, and back in one step", () => {
  const one = wrapped(chain(), ["2"]).doc;
  const twice = paste(one, defs, parseJson(copyText(one, defs, { nodes: ["5"] })), null).doc;
  const start = inForm(swept(twice, { page: "sub", node: "2", key: "steps" }), "6:2", "cfg");
  const lay = (slot: number, input: string): void =>
    transact("step.connect", (doc) => {
      const wire = { from: INPUT_SIDE, slot, to: "2", input };
      return ledOutside(doc, connectAtEdge(doc, wire), wire);
    });
  replaceDocument(start);
  goTo(["5"]);
  const before = text();
  lay(Infinity, "steps");
  lay(Infinity, "cfg");
  expect([sweeps(), fields()]).toEqual([["- 5 steps"], ["6 cfg Mine"]]);
  undo();
  undo();
  expect([text(), sweeps(), fields()]).toEqual([before, ["sub 2 steps"], ["6:2 cfg Mine"]]);
  lay(0, "model");
  expect(sweeps()).toEqual(["sub 2 steps"]);
});

it("goes out through several subgraphs, and back in when the port is taken away", () => {
  const outer = wrapped(wrapped(chain(), ["2"]).doc, ["5"], "outer").doc;
  replaceDocument(swept(outer, { page: "sub", node: "2", key: "steps" }));
  const promoted = promote(currentWhole(), defs, { path: ["6", "5"], node: "2", input: "steps" });
  transactWhole("subgraphs.step.promote", (whole) => (promoted === null ? whole : { doc: promoted.whole, moves: promoted.moves }));
  expect(sweeps()).toEqual(["- 6 steps"]);
  const slot = currentWhole().subgraphs["outer"]?.nodes["-10"]?.outputs.findIndex(({ name }) => name === "steps") ?? -1;
  transactWhole("subgraphs.step.removePort", (whole) => ({ doc: releaseInput(whole, defs, "outer", slot, whole.nodes["6"]), moves: inward(whole, defs, ["6"], slot) }));
  expect(sweeps()).toEqual(["outer 5 steps"]);
});

it("goes with the definition that an instance gets for itself, when nobody else has the old one", () => {
  replaceDocument(inSet(swept(wrapped(chain(), ["2"]).doc, { page: "sub", node: "2", key: "cfg" }), entry(null, "5", {}, "sub")));
  transactWhole("presets.step.capture", (whole) => putSet(whole, { id: "set", name: "Set", entries: [entry("sub", "2", { steps: 3 })] }));
  transact("subgraphs.step.independent", (doc) => independent(doc, "5", "mine"));
  expect([sweeps(), inSets()]).toEqual([["mine 2 cfg"], ['mine 2 Sampler {"steps":3}']]);
});

it("is gone with a deleted node, and back with it; value sets look for another of its kind", () => {
  replaceDocument(said());
  const start = text();
  transact("step.delete", (doc) => removeNodes(doc, ["2"]));
  expect([sweeps(), switched(), fields(), readForm(currentWhole()).outputs]).toEqual([[], [], [], ["4"]]);
  expect(switchesOf(currentWhole())).toHaveLength(1);
  expect(inSets()).toEqual(['- 2 Sampler {"steps":3}']);
  undo();
  expect(text()).toBe(start);
});

it("is gone with the last instance of the subgraph that it was inside of", () => {
  replaceDocument(inForm(swept(wrapped(chain(), ["2"]).doc, { page: "sub", node: "2", key: "cfg" }), "5:2", "cfg"));
  transact("step.delete", (doc) => removeNodes(doc, ["5"]));
  expect([sweeps(), fields()]).toEqual([[], []]);
});

it("leaves alone what it did not find before either, and a document where nothing moved", () => {
  replaceDocument(inForm(inSwitch(swept(chain(), { page: null, node: "77", key: "cfg" }), "77"), "77", "cfg", ["9:9"]));
  const { raw } = currentWhole();
  transact("step.value", (doc) => setValue(updateNode(doc, "2", { title: "Other" }), "2", "steps", 9));
  expect(currentWhole().raw).toBe(raw);
  makeSubgraph(["2"]);
  expect([sweeps(), switched(), fields(), readForm(currentWhole()).outputs]).toEqual([["- 77 cfg"], ["77"], ["77 cfg Mine"], ["9:9"]]);
});

it("still shows pictures outside when their node goes into a subgraph inside, and comes out of it", () => {
  const outer = wrapped(chain(), ["2", "3"]).doc;
  replaceDocument(exposePreview(outer, "5", "3", true));
  goTo(["5"]);
  makeSubgraph(["3"], "deep");
  expect(previewsOf(currentWhole().nodes["5"])).toEqual(["4"]);
  expect(previewsOf(currentDoc().nodes["4"])).toEqual(["3"]);
  unpackIt("4");
  expect(previewsOf(currentWhole().nodes["5"])).toEqual(["3"]);
});

it("looks at the same place once the page of a bookmark was unpacked, and follows its instance", () => {
  const { doc } = wrapped(chain(), ["2"]);
  replaceDocument(withView(withView(doc, "1", { path: ["5"], scale: 2, offset: [10, 20] }), "2", { path: [], scale: 1, offset: [0, 0] }));
  makeSubgraph(["5"], "outer");
  expect(readView(currentWhole(), "1")?.path).toEqual(["6", "5"]);
  undo();
  const moved = updateNode(currentDoc(), "5", { position: { x: 1000, y: 500 } });
  const [inside, at] = [doc.subgraphs["sub"]?.nodes["2"]?.position, currentDoc().nodes["5"]?.position];
  if (inside === undefined || at === undefined) throw new Error("no node");
  transact("step.move", () => moved);
  unpackIt("5");
  const now = currentDoc().nodes["2"]?.position ?? { x: 0, y: 0 };
  expect(readView(currentWhole(), "1")).toEqual({ path: [], scale: 2, offset: [10 - (now.x - inside.x), 20 - (now.y - inside.y)] });
  expect(now).not.toEqual(inside);
});

/** Copies nodes of the page that is shown and puts them on it again, after what was done in between. */
function copied(nodes: readonly string[], between: () => void): void {
  const source = parseJson(copyText(currentDoc(), defs, { nodes }, (part) => withSweepsOf(part, currentWhole(), null)));
  between();
  const pasted = paste(currentDoc(), defs, source, null);
  transact("step.paste", () => pasted.doc);
  transactWhole("step.paste", (whole) => withSweepsFrom(whole, source, null, pasted));
}

it("is not doubled by a copy beside its original, comes along with what was cut, and into another workflow", () => {
  replaceDocument(inSwitch(swept(chain(), { page: null, node: "2", key: "cfg" }), "2"));
  copied(["2"], () => undefined);
  expect(sweeps()).toEqual(["- 2 cfg"]);
  expect(switched()).toEqual(["2"]);
  copied(["2"], () => transact("step.delete", (doc) => removeNodes(doc, ["2"])));
  expect(sweeps()).toEqual(["- 6 cfg"]);
  copied(["6"], () => replaceDocument(chain()));
  expect(sweeps()).toEqual(["- 5 cfg"]);
});

it("comes along inside of a copied instance", () => {
  replaceDocument(swept(wrapped(chain(), ["2"]).doc, { page: "sub", node: "2", key: "cfg" }));
  copied(["5"], () => undefined);
  expect(sweeps()).toEqual(["sub 2 cfg"]);
  copied(["5"], () => replaceDocument(chain()));
  expect(sweeps()).toEqual(["sub 2 cfg"]);
});
