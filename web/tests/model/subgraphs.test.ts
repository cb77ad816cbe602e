import { describe, expect, it } from "vitest";

import { list } from "@/formats/file";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { newNode, readDocument, writeDocument } from "@/formats/ui04";
import * as actions from "@/model/actions";
import { copyText, excerpt, paste, parseClipboard } from "@/model/clipboard";
import { withSubgraphs } from "@/model/definitions";
import { addPort, connectAtEdge, movePort, NEW_PORT, removePort, renamePort } from "@/model/ports";
import { exposedIn, exposePreview, exposeThrough, previewsOf, promotable, promote, promotedInputs, unpromote } from "@/model/promote";
import { pageOf, withPage } from "@/model/pages";
import { reconciled } from "@/model/reconcile";
import { becomeInstance, describe as described, forbiddenAt, freeName, hasLoop, independent, instanceCount, recolor, signature, unused, withoutSubgraphs } from "@/model/subgraphs";
import { INPUT_SIDE, MODE, OUTPUT_SIDE, PLAIN_LINK, type Doc } from "@/model/types";
import { unpack } from "@/model/unpack";
import { wrap } from "@/model/wrap";
import { advanceSeeds } from "@/runtime/seeds";

import { defs } from "../definitions";
import { add, chain, flatPrompt, promptOf, wire, wiresOf, wrapped } from "./pages";

const subOf = (doc: Doc, id = "sub") => {
  const subgraph = doc.subgraphs[id];
  if (subgraph === undefined) throw new Error(id);
  return subgraph;
};
const names = (doc: Doc, id = "sub"): readonly string[] => (subOf(doc, id).nodes[INPUT_SIDE]?.outputs ?? []).map((port) => port.name);
const follow = (after: Doc, before: Doc): Doc => reconciled(after, before, defs);
const promoted = (doc: Doc, node = "2", input = "steps"): Doc => promote(doc, defs, { path: ["5"], node, input }, 1)?.whole ?? doc;

describe("a subgraph of the selection", () => {
  it("has the wires' inputs and outputs, and runs the same", () => {
    const { doc, instance } = wrapped(chain(), ["2", "3"]);
    expect(instance).toBe("5");
    expect(Object.keys(doc.nodes).sort()).toEqual(["1", "4", "5"]);
    expect(wiresOf(doc)).toEqual(["1.0 > 5.model", "5.0 > 4.samples"]);
    expect(names(doc)).toEqual(["model"]);
    expect(wiresOf(subOf(doc))).toEqual(["-10.0 > 2.model", "2.0 > 3.samples", "3.0 > -20.LATENT"]);
    expect(flatPrompt(doc)).toEqual(flatPrompt(chain()));
  });
  it("takes a source that several sockets share in by one input, and names the others apart", () => {
    let doc = add(add(chain(), "Sampler", 400, 500), "Loader", 0, 400);
    doc = wire(wire(doc, "6", 0, "5", "model"), "5", 0, "4", "samples");
    const two = wrapped(wire(doc, "1", 0, "5", "model"), ["2", "5"]).doc;
    expect([names(two), wiresOf(two).filter((text) => text.startsWith("1."))]).toEqual([["model"], ["1.0 > 7.model"]]);
    expect(names(wrapped(doc, ["2", "5"]).doc)).toEqual(["model", "model_1"]);
  });
  it("takes what stands between along, so that no circle is closed", () => {
    const { doc, between } = wrapped(chain(), ["1", "3"]);
    expect(between).toEqual(["2"]);
    expect(flatPrompt(doc)).toEqual(flatPrompt(chain()));
  });
  it("takes groups with their nodes, and groups whose nodes are all chosen", () => {
    const framed = actions.groupNodes(chain(), [{ x: 400, y: 0, width: 280, height: 200 }], "Sampling");
    const byNodes = wrapped(framed, ["2"]).doc;
    const byGroup = wrap(framed, defs, { nodes: [], groups: ["g1"] }, "Sub", "sub")?.doc;
    for (const doc of [byNodes, byGroup]) expect([Object.keys(doc?.groups ?? { none: 1 }), Object.values(doc?.subgraphs["sub"]?.groups ?? {}).map((group) => group.title)]).toEqual([[], ["Sampling"]]);
    expect(Object.keys(byGroup?.subgraphs["sub"]?.nodes ?? {})).toContain("2");
    expect(Object.keys(wrapped(actions.groupNodes(chain(), [{ x: 400, y: 0, width: 900, height: 300 }], "More"), ["2"]).doc.groups)).toEqual(["g1"]);
  });
  it("leads bends inside along inside, and others outside", () => {
    const bent: Doc = {
      ...chain(),
      reroutes: { 1: { id: 1, parent: null, position: { x: 200, y: -300 }, raw: {} }, 2: { id: 2, parent: 1, position: { x: 420, y: 20 }, raw: {} } },
    };
    const doc: Doc = { ...bent, links: Object.fromEntries(Object.entries(bent.links).map(([id, link]) => [id, link.to === "2" ? { ...link, reroute: 2 } : link])) };
    const made = wrapped(doc, ["2"]).doc;
    expect([Object.keys(made.reroutes), made.links[1]?.reroute]).toEqual([["1"], 1]);
    expect(subOf(made).reroutes[2]).toMatchObject({ parent: null });
    expect(Object.values(subOf(made).links).find((link) => link.to === "2")?.reroute).toBe(2);
    const back = unpack(made, defs, "5")?.doc;
    const link = Object.values(back?.links ?? {}).find((candidate) => candidate.to === "2");
    expect(back?.reroutes[back.reroutes[link?.reroute ?? -1]?.parent ?? -1]?.position).toEqual({ x: 200, y: -300 });
  });
  it("leaves a Set outside that is asked for outside", () => {
    const named = (doc: Doc, id: string, inputs: boolean): Doc => {
      const node = { ...newNode(id, inputs ? "SetNode" : "GetNode", undefined, { x: 500, y: 0 }), known: false, raw: { widgets_values: ["latent"] } };
      const socket = { name: "LATENT", type: "LATENT", label: null, raw: {} };
      return { ...doc, lastNodeId: Number(id), nodes: { ...doc.nodes, [id]: { ...node, inputs: inputs ? [{ ...socket, isWidget: false, isOptional: false }] : [], outputs: [{ ...socket, isList: false }] } } };
    };
    const doc = wire(wire(named(named(chain(), "5", true), "6", false), "2", 0, "5", "LATENT"), "6", 0, "4", "samples");
    const made = wrapped(doc, ["2", "5"]).doc;
    expect(Object.keys(made.nodes)).toContain("5");
    expect(flatPrompt(made)).toEqual(flatPrompt(doc));
  });
  it("may stand inside another one", () => {
    const inner = wrapped(chain(), ["2"]).doc;
    const outer = wrapped(inner, ["5", "3"], "outer", "Outer").doc;
    expect(flatPrompt(outer)).toEqual(flatPrompt(chain()));
    expect(Object.keys(promptOf(outer))).toContain("6:5:2");
    const page = wrapped(pageOf(outer, ["6"]), ["5"], "third", "Third").doc;
    expect(flatPrompt(withPage(outer, ["6"], page))).toEqual(flatPrompt(chain()));
  });
  it("is not made of nothing, nor of the edges of a page", () => {
    expect(wrap(chain(), defs, { nodes: [INPUT_SIDE], groups: [] }, "Sub")).toBeNull();
  });
});

describe("an instance that goes into a subgraph", () => {
  const inner = (): Doc => actions.setValue(promoted(promoted(wrapped(chain(), ["2"]).doc, "2", "cfg")), "5", "steps", 33);
  const ports = (doc: Doc, id: string): readonly string[] => (doc.nodes[id]?.inputs ?? []).map((socket) => `${socket.name}${socket.isWidget ? "*" : ""}${socket.label === null ? "" : ` (${socket.label})`}`);

  it("is shown as before by the one around it, which holds its values; plain nodes' widgets stay inside", () => {
    const before = follow(renamePort(inner(), "sub", "input", 2, "How often"), inner());
    const { doc, instance } = wrapped(before, ["5", "3"], "outer", "Outer");
    expect(ports(doc, instance)).toEqual(["model", "cfg*", "steps* (How often)"]);
    expect(doc.nodes[instance]?.values).toEqual({ cfg: 8, steps: 33 });
    expect(subOf(doc, "outer").nodes[INPUT_SIDE]?.outputs.map((port) => port.label)).toEqual([null, null, "How often"]);
    expect(follow(doc, before)).toBe(doc);
    expect(flatPrompt(doc)).toEqual(flatPrompt(before));
    const again = readDocument(writeDocument(doc, defs), defs);
    expect([ports(again, instance), again.nodes[instance]?.values, flatPrompt(again)]).toEqual([ports(doc, instance), doc.nodes[instance]?.values, flatPrompt(before)]);
    const held = actions.setValue(doc, instance, "steps", 34);
    expect(promptOf(held)["6:5:2"]?.inputs).toMatchObject({ steps: 34, cfg: 8 });
  });
  it("shows no widget outside that a wire decides", () => {
    const doc = add(inner(), "Sampler", 0, 900);
    const page: Doc = { ...doc, links: { ...doc.links, 90: { id: 90, from: "1", slot: 1, to: "5", input: "cfg", type: "FLOAT", ...PLAIN_LINK } } };
    expect(ports(wrapped(page, ["5"], "outer").doc, "7")).toEqual(["model", "cfg*", "steps*"]);
    expect(wiresOf(wrapped(page, ["5"], "outer").doc)).toContain("1.1 > 7.cfg");
    expect(ports(wrapped(page, ["1", "5"], "outer").doc, "7")).toEqual(["steps*"]);
    const inside = wrapped(pageOf(wrapped(page, ["5", "3"], "outer").doc, ["7"]), ["5"], "between");
    expect([ports(inside.doc, inside.instance), names(inside.doc, "between")]).toEqual([["model", "cfg*", "steps*"], ["model", "cfg", "steps"]]);
  });
  it("comes after those to the left of it and above, with names of their own", () => {
    const copied = paste(inner(), defs, parseClipboard(copyText(inner(), defs, { nodes: ["5"] })), { x: -900, y: 0 });
    const doc = actions.setValue(copied.doc, copied.ids[0] ?? "", "steps", 4);
    const made = wrapped(doc, ["5", ...copied.ids], "outer");
    expect(ports(made.doc, made.instance)).toEqual(["model", "cfg*", "steps*", "cfg_1*", "steps_1*"]);
    expect(made.doc.nodes[made.instance]?.values).toMatchObject({ steps: 4, steps_1: 33 });
    const wired = wrapped({ ...doc, links: { ...doc.links, 90: { id: 90, from: "1", slot: 1, to: "5", input: "cfg", type: "FLOAT", ...PLAIN_LINK } } }, ["5", ...copied.ids], "outer");
    expect(ports(wired.doc, wired.instance)).toEqual(["model", "cfg*", "cfg_1*", "steps*", "steps_1*"]);
  });
  it("keeps what becomes of a seed, through as many subgraphs as are made", () => {
    const seeded = promoted(wrapped(actions.setValue(chain(), "2", "control:seed", "increment"), ["2"]).doc, "2", "seed");
    const held = actions.setValue(actions.setValue(seeded, "5", "seed", 9), "5", "control:seed", "decrement");
    const twice = wrapped(wrapped(held, ["5"], "outer").doc, ["6"], "outermost").doc;
    expect(twice.nodes["7"]?.values).toEqual({ seed: 9, "control:seed": "decrement" });
    const next = advanceSeeds(twice, defs);
    expect([next.nodes["7"]?.values["seed"], promptOf(next)["7:6:5:2"]?.inputs["seed"]]).toEqual([8, 8]);
  });
  it("is shown by the pictures that it showed, and not by others", () => {
    const two = wrapped(exposePreview(wrapped(chain(), ["2"]).doc, "5", "2", true), ["3"], "scaling").doc;
    const doc = wrapped(two, ["5", "6", "4"], "outer").doc;
    expect([previewsOf(doc.nodes["7"]), exposedIn(doc.subgraphs, doc.nodes["7"])]).toEqual([["5"], ["7:5:2"]]);
  });
  it("is as it was once that is unpacked, with what was changed meanwhile", () => {
    const before = exposePreview(inner(), "5", "2", true);
    const { doc, instance } = wrapped(before, ["5", "3"], "outer");
    const back = unpack(doc, defs, instance)?.doc;
    for (const id of ["3", "5"]) expect(back?.nodes[id]).toEqual(before.nodes[id]);
    expect([wiresOf(back ?? doc), promptOf(back ?? doc)]).toEqual([wiresOf(before), promptOf(before)]);
    expect(unpack(actions.setValue(doc, instance, "cfg", 3), defs, instance)?.doc.nodes["5"]?.values).toEqual({ cfg: 3, steps: 33 });
  });
});

describe("unpacking", () => {
  it("puts nodes, names and wires back where they were", () => {
    const before = chain();
    const made = wrapped(before, ["2", "3"]).doc;
    const back = unpack(made, defs, "5");
    expect([back?.ids, wiresOf(back?.doc ?? made)]).toEqual([["2", "3"], wiresOf(before)]);
    for (const id of ["2", "3"]) expect(back?.doc.nodes[id]).toEqual(before.nodes[id]);
    expect(promptOf(back?.doc ?? made)).toEqual(promptOf(before));
  });
  it("goes to where the instance was moved, under ids that are free", () => {
    const made = wrapped(chain(), ["2"]).doc;
    const place = made.nodes["5"]?.position ?? { x: 0, y: 0 };
    const doc = add(actions.moveNodes({ ...made, lastNodeId: 1 }, { "5": { x: place.x + 100, y: place.y - 50 } }), "Note", 0);
    const back = unpack(doc, defs, "5");
    expect(back?.ids).toEqual(["6"]);
    expect(back?.doc.nodes["6"]?.position).toEqual({ x: 500, y: -50 });
  });
  it("writes what the instance holds into the inner widgets, with what becomes of it", () => {
    const shown = promoted(promoted(wrapped(chain(), ["2"]).doc), "2", "seed");
    const held = actions.setValue(actions.setValue(actions.setValue(shown, "5", "steps", 33), "5", "seed", 5), "5", "control:seed", "increment");
    const back = unpack(held, defs, "5")?.doc;
    expect(back?.nodes["2"]?.values).toMatchObject({ steps: 33, seed: 5, "control:seed": "increment" });
    expect(flatPrompt(back ?? held)).toEqual(flatPrompt(held));
  });
  it("keeps inner instances, and what they hold", () => {
    const inner = promoted(wrapped(chain(), ["2"]).doc);
    const outer = wrapped(inner, ["5"], "outer", "Outer").doc;
    const shown = promote(outer, defs, { path: ["6"], node: "5", input: "steps" }, 1)?.whole ?? outer;
    const held = actions.setValue(shown, "6", "steps", 61);
    const back = unpack(held, defs, "6")?.doc ?? held;
    expect([back.nodes["5"]?.type, back.nodes["5"]?.values["steps"]]).toEqual(["sub", 61]);
    expect(flatPrompt(back)).toEqual(flatPrompt(held));
  });
  it("mutes what was muted, and joins a wire that only passed through", () => {
    const made = wrapped(chain(), ["2"]).doc;
    expect(unpack(actions.toggleMode(made, ["5"], MODE.muted), defs, "5")?.doc.nodes["2"]?.mode).toBe(MODE.muted);
    const page = pageOf(made, ["5"]);
    const through = connectAtEdge(connectAtEdge(page, { from: INPUT_SIDE, slot: 0, to: OUTPUT_SIDE, input: NEW_PORT }), { from: INPUT_SIDE, slot: 0, to: "2", input: "model" });
    const whole = follow(withPage(made, ["5"], through), made);
    const wired = wire(add(whole, "Sampler", 900), "5", 1, "6", "model");
    expect(wiresOf(unpack(wired, defs, "5")?.doc ?? wired)).toContain("1.0 > 6.model");
  });
});

describe("the sockets of a subgraph", () => {
  const made = (): Doc => promoted(wrapped(chain(), ["2"]).doc);
  it("are made by wires to the edges' free sockets", () => {
    const before = wrapped(chain(), ["2"]).doc;
    const page = pageOf(before, ["5"]);
    const grown = connectAtEdge(page, { from: INPUT_SIDE, slot: 1, to: "2", input: "cfg" });
    const whole = follow(withPage(before, ["5"], grown), before);
    expect([names(whole), whole.nodes["5"]?.values["cfg"]]).toEqual([["model", "cfg"], 8]);
    expect(connectAtEdge(page, { from: "2", slot: 0, to: "2", input: NEW_PORT })).toBe(page);
    expect(addPort(chain(), "input", "x", "INT")).toBeNull();
  });
  it("are called by a label in all instances, and keep their names, values and wires", () => {
    let doc = actions.setValue(made(), "5", "steps", 44);
    doc = follow(renamePort(renamePort(doc, "sub", "input", 1, "How often"), "sub", "output", 0, "Picture"), doc);
    expect(doc.nodes["5"]?.inputs.find((socket) => socket.name === "steps")?.label).toBe("How often");
    expect([doc.nodes["5"]?.outputs[0]?.label, doc.nodes["5"]?.values["steps"]]).toEqual(["Picture", 44]);
    expect(wiresOf(doc)).toEqual(wiresOf(made()));
    const again = readDocument(writeDocument(doc, defs), defs);
    expect(again.nodes["5"]?.inputs.map((socket) => socket.label)).toEqual(doc.nodes["5"]?.inputs.map((socket) => socket.label));
    expect(actions.addNode(again, withSubgraphs(defs, again.subgraphs), "sub", { x: 0, y: 0 }).doc.nodes["6"]?.outputs[0]?.label).toBe("Picture");
    const plain = follow(renamePort(again, "sub", "input", 1, "steps"), again);
    expect(readDocument(writeDocument(plain, defs), defs).nodes["5"]?.inputs[1]?.label).toBeNull();
  });
  it("change their order with their wires, inside and outside", () => {
    const before = add(made(), "Save", 1500);
    const two = follow(withPage(before, ["5"], connectAtEdge(pageOf(before, ["5"]), { from: "2", slot: 0, to: OUTPUT_SIDE, input: NEW_PORT })), before);
    const doc = wire(two, "5", 1, "6", "samples");
    const moved = follow(movePort(movePort(doc, "sub", "input", 1, 0), "sub", "output", 1, 0), doc);
    expect(names(moved)).toEqual(["steps", "model"]);
    expect(moved.nodes["5"]?.inputs.map((socket) => socket.name)).toEqual(["steps", "model"]);
    expect(wiresOf(moved)).toContain("5.0 > 6.samples");
    expect(flatPrompt(moved)).toEqual(flatPrompt(doc));
    expect(movePort(doc, "sub", "input", 0, 9)).toBe(doc);
  });
  it("go with their wires, and later ones move up", () => {
    const doc = made();
    const less = follow(removePort(doc, "sub", "input", 0), doc);
    expect([names(less), wiresOf(subOf(less)), wiresOf(less)]).toEqual([["steps"], ["-10.0 > 2.steps", "2.0 > -20.LATENT"], ["5.0 > 3.samples", "3.0 > 4.samples"]].map((item, i) => (i === 2 ? [...item].sort() : item)));
    const mute = follow(removePort(doc, "sub", "output", 0), doc);
    expect(wiresOf(mute)).toEqual(["1.0 > 5.model", "3.0 > 4.samples"]);
  });
});

describe("a promoted widget", () => {
  it("shows the present inner value on each instance, which holds it from then on", () => {
    const two = add(wrapped(chain(), ["2"]).doc, "Note", 0);
    const twice = paste(two, defs, parseClipboard(copyText(two, defs, { nodes: ["5"] })), { x: 0, y: 900 });
    const doc = promoted(twice.doc);
    const other = twice.ids[0] ?? "";
    expect([doc.nodes["5"]?.values["steps"], doc.nodes[other]?.values["steps"]]).toEqual([7, 7]);
    const held = actions.setValue(doc, "5", "steps", 9);
    expect([promptOf(held)["5:2"]?.inputs["steps"], promptOf(held)[`${other}:2`]?.inputs["steps"]]).toEqual([9, 7]);
    expect(promotedInputs(held, "sub")).toEqual(["steps"]);
  });
  it("uses the input that leads there already, or one that is named", () => {
    const doc = promoted(wrapped(chain(), ["2"]).doc);
    expect(promoted(doc)).toBe(doc);
    const second = withPage(doc, ["5"], add(pageOf(doc, ["5"]), "Sampler", 0));
    const shared = promote(second, defs, { path: ["5"], node: "3", input: "steps" }, 1, "steps");
    expect([shared?.name, names(shared?.whole ?? doc)]).toEqual(["steps", ["model", "steps"]]);
  });
  it("goes out through all levels in one gesture", () => {
    const outer = wrapped(wrapped(chain(), ["2"]).doc, ["5"], "outer", "Outer").doc;
    const deep = promote(outer, defs, { path: ["6", "5"], node: "2", input: "steps" });
    expect([deep?.levels, deep?.name, deep?.whole.nodes["6"]?.values["steps"]]).toEqual([2, "steps", 7]);
    const held = actions.setValue(deep?.whole ?? outer, "6", "steps", 3);
    expect(promptOf(held)["6:5:2"]?.inputs["steps"]).toBe(3);
    expect(promptOf(readDocument(writeDocument(held, defs), defs))["6:5:2"]?.inputs["steps"]).toBe(3);
    expect(promote(outer, defs, { path: ["6", "5"], node: "2", input: "steps" }, 1)?.levels).toBe(1);
  });
  it("is none where a wire decides, or where there is no subgraph", () => {
    const doc = wrapped(chain(), ["2", "3"]).doc;
    expect(promote(doc, defs, { path: ["5"], node: "3", input: "samples" })).toBeNull();
    expect(promote(doc, defs, { path: [], node: "1", input: "file" })).toBeNull();
    expect(promotable(pageOf(doc, ["5"]), defs, "2").map((widget) => widget.name)).toEqual(["seed", "steps", "cfg", "sampler_name"]);
  });
  it("gives the inner widget this instance's value when it goes, and says how many others held another", () => {
    const twice = promoted(paste(wrapped(chain(), ["2"]).doc, defs, parseClipboard(copyText(wrapped(chain(), ["2"]).doc, defs, { nodes: ["5"] })), { x: 0, y: 900 }).doc);
    const held = actions.setValue(twice, "5", "steps", 21);
    const back = unpromote(held, defs, ["5"], "steps");
    expect([back?.others, subOf(back?.whole ?? held).nodes["2"]?.values["steps"]]).toEqual([1, 21]);
    const gone = follow(back?.whole ?? held, held);
    expect([names(gone), gone.nodes["5"]?.values]).toEqual([["model"], {}]);
  });
});

describe("a promoted seed", () => {
  const seeded = (): Doc => promoted(wrapped(actions.setValue(chain(), "2", "control:seed", "increment"), ["2"]).doc, "2", "seed");
  it("has its control mode on the instance, and moves on there", () => {
    const doc = seeded();
    expect(doc.nodes["5"]?.values).toMatchObject({ seed: 0, "control:seed": "increment" });
    const next = advanceSeeds(doc, defs);
    expect([next.nodes["5"]?.values["seed"], subOf(next).nodes["2"]?.values["seed"]]).toEqual([1, 0]);
  });
  it("is written where other programs count values only, and read back", () => {
    const doc = promoted(actions.setValue(seeded(), "5", "control:seed", "decrement"));
    const file = list(writeDocument(doc, defs)["nodes"]).filter(isObject).find((node) => node["id"] === 5);
    expect(file).toMatchObject({ widgets_values: [0, 7], widgets_values_named: { seed: 0, steps: 7 }, properties: { control_after_generate: { seed: "decrement" } } });
    expect(readDocument(writeDocument(doc, defs), defs).nodes["5"]?.values).toEqual(doc.nodes["5"]?.values);
  });
  it("has the inner control where a file says nothing", () => {
    const file = writeDocument(seeded(), defs);
    const nodes = list(file["nodes"]).map((node): Json => (isObject(node) && node["id"] === 5 ? { ...node, properties: {} } : node));
    expect(readDocument({ ...file, nodes } as JsonObject, defs).nodes["5"]?.values["control:seed"]).toBe("increment");
  });
});

describe("previews of inner nodes", () => {
  it("are listed on the instance, through instances inside", () => {
    const doc = wrapped(wrapped(chain(), ["2", "3"]).doc, ["5"], "outer", "Outer").doc;
    const shown = exposeThrough(doc, ["6", "5"], "3", true);
    expect([previewsOf(shown.nodes["6"]), previewsOf(subOf(shown, "outer").nodes["5"])]).toEqual([["5"], ["3"]]);
    expect(exposedIn(shown.subgraphs, shown.nodes["6"])).toEqual(["6:5:3"]);
    const again = readDocument(writeDocument(shown, defs), defs);
    expect(exposedIn(again.subgraphs, again.nodes["6"])).toEqual(["6:5:3"]);
    const hidden = exposePreview(again, "6", "5", false);
    expect([previewsOf(hidden.nodes["6"]), exposePreview(hidden, "6", "5", false)]).toEqual([[], hidden]);
  });
  it("are forgotten with the node they came from", () => {
    const doc = exposePreview(wrapped(chain(), ["2", "3"]).doc, "5", "3", true);
    expect(exposedIn(withPage(doc, ["5"], actions.removeNodes(pageOf(doc, ["5"]), ["3"])).subgraphs, doc.nodes["5"])).toEqual([]);
  });
});

describe("definitions", () => {
  const twice = (): Doc => {
    const doc = promoted(wrapped(chain(), ["2"]).doc);
    return paste(doc, defs, parseClipboard(copyText(doc, defs, { nodes: ["5"] })), { x: 0, y: 900 }).doc;
  };
  it("are shared by copies within a document, and by equal ones from elsewhere", () => {
    expect([Object.keys(twice().subgraphs), instanceCount(twice(), "sub")]).toEqual([["sub"], 2]);
    const elsewhere = promoted(wrapped(chain(), ["2"], "another").doc);
    const pasted = paste(twice(), defs, parseClipboard(copyText(elsewhere, defs, { nodes: ["5"] })), null).doc;
    expect([Object.keys(pasted.subgraphs), instanceCount(pasted, "sub")]).toEqual([["sub"], 3]);
  });
  it("of one id that differ come apart, with the instances inside", () => {
    const nested = wrapped(wrapped(chain(), ["2"]).doc, ["5", "3"], "outer", "Outer").doc;
    const changed: Doc = { ...nested, subgraphs: { ...nested.subgraphs, sub: { ...subOf(nested), nodes: pageOf(nested, ["6", "5"]).nodes, name: "Other" } } };
    const pasted = paste(nested, defs, writeDocument(excerpt(changed, { nodes: ["6"] }), defs), null).doc;
    expect(Object.keys(pasted.subgraphs)).toHaveLength(4);
    const copy = Object.values(pasted.subgraphs).find((item) => item.name === "Outer" && item.id !== "outer");
    expect(pasted.subgraphs[copy?.nodes["5"]?.type ?? ""]?.name).toBe("Other");
    expect(signature(nested.subgraphs, "outer")).not.toBe(signature(changed.subgraphs, "outer"));
  });
  it("become an instance's own, and shared again", () => {
    const doc = independent(twice(), "5", "mine").doc;
    expect([doc.nodes["5"]?.type, doc.subgraphs["mine"]?.name, instanceCount(doc, "sub")]).toEqual(["mine", "Sub 2", 1]);
    const back = becomeInstance(actions.setValue(doc, "5", "steps", 50), defs, "5", "sub");
    expect([back.nodes["5"]?.type, back.nodes["5"]?.values["steps"], wiresOf(back)]).toEqual(["sub", 50, wiresOf(twice())]);
    expect(unused(back)).toEqual(["mine"]);
    expect(Object.keys(withoutSubgraphs(back, unused(back)).subgraphs)).toEqual(["sub"]);
  });
  it("are not unused while an instance inside of another one uses them", () => {
    const nested = wrapped(wrapped(chain(), ["2"]).doc, ["5"], "outer", "Outer").doc;
    expect(unused(nested)).toEqual([]);
    expect([...unused(actions.removeNodes(nested, ["6"]))].sort()).toEqual(["outer", "sub"]);
  });
  it("are described, and written so", () => {
    const doc = described(recolor(chain(), "sub", "#232"), "sub", { name: "Nope" });
    expect(doc).toEqual(chain());
    const told = described(wrapped(chain(), ["2"]).doc, "sub", { name: " Second pass ", description: "Does it.", category: "mine/own" });
    const def = withSubgraphs(defs, readDocument(writeDocument(told, defs), defs).subgraphs)["sub"];
    expect(def).toMatchObject({ title: "Second pass", description: "Does it.", category: "mine/own" });
    expect(described(told, "sub", { name: " ", description: "" }).subgraphs["sub"]).toMatchObject({ name: "Second pass", raw: { category: "mine/own" } });
    expect(recolor(told, "sub", "#232").nodes["5"]?.color).toBe("#232");
    expect([freeName(told.subgraphs, "New"), freeName(told.subgraphs, "Second pass")]).toEqual(["New", "Second pass 2"]);
  });
  it("never stand inside themselves", () => {
    const nested = wrapped(wrapped(chain(), ["2"]).doc, ["5"], "outer", "Outer").doc;
    expect([[...forbiddenAt(nested, ["6"])], [...forbiddenAt(nested, [])], [...forbiddenAt(nested, ["6", "5"])].sort()]).toEqual([["outer"], [], ["outer", "sub"]]);
    const looped = withPage(nested, ["6", "5"], actions.addNode(pageOf(nested, ["6", "5"]), withSubgraphs(defs, nested.subgraphs), "outer", { x: 0, y: 0 }).doc);
    expect(hasLoop(looped.subgraphs)).toBe(true);
    expect(follow(looped, nested)).toBe(nested);
  });
});
