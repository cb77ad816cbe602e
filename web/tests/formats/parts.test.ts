import { describe, expect, it } from "vitest";

import type { NodeDef } from "@/formats/definitions";
import { readApi } from "@/formats/api";
import { partsOf } from "@/formats/parts";
import { readDocument, writeDocument } from "@/formats/ui04";
import { readValues, widgetsIn, widgetsOf, writeValues, type Values } from "@/formats/widgets";
import { isObject, type Json, type JsonObject } from "@/formats/json";

import { defs } from "../definitions";

const def = (type: string): NodeDef => {
  const found = defs[type];
  if (found === undefined) throw new Error(type);
  return found;
};
const names = (type: string, values: Values, ...linked: string[]): string[] => partsOf(def(type), values, (name) => linked.includes(name)).map((part) => part.name);

describe("a growing group", () => {
  it("has at least what it must, and one more than are linked", () => {
    expect(names("Batch", {})).toEqual(["images.image0", "images.image1"]);
    expect(names("Batch", {}, "images.image0")).toEqual(["images.image0", "images.image1"]);
    expect(names("Batch", {}, "images.image0", "images.image1")).toHaveLength(3);
  });
  it("keeps the place of a link behind a gap, and ends where it must", () => {
    expect(names("Batch", {}, "images.image3")).toHaveLength(5);
    expect(names("Batch", {}, "images.image4", "images.image5")).toHaveLength(5);
  });
  it("is called by names that a pack gives it, and is of sockets alone", () => {
    expect(names("Resize", { to: "many" })).toEqual(["picture", "to", "to.names.first", "method"]);
    expect(names("Resize", { to: "many" }, "to.names.first")).toContain("to.names.second");
    expect(widgetsOf(def("Resize"), { to: "many" }).map((widget) => widget.name)).toEqual(["to", "method"]);
  });
  it("requires only the first ones, and calls each without the group", () => {
    const parts = partsOf(def("Batch"), {}, () => true);
    expect(parts.map((part) => part.required)).toEqual([true, true, false, false, false]);
    expect(parts[0]?.options["display_name"]).toBe("image0");
  });
});

describe("a choice", () => {
  it("brings its inputs right behind it", () => {
    expect(names("Resize", {})).toEqual(["picture", "to", "to.factor", "method"]);
    expect(names("Resize", { to: "sides" })).toEqual(["picture", "to", "to.width", "to.long_side", "method"]);
    expect(names("Resize", { to: "by magic" })).toEqual(["picture", "to", "method"]);
  });
  it("may bring a further choice", () => {
    expect(names("Resize", { to: "same", "to.by": "eye" })).toEqual(["picture", "to", "to.like", "to.by", "to.by.sharp", "method"]);
  });
  it("gives the same widgets at every call, so that nothing is drawn anew", () => {
    const [first, second] = [widgetsOf(def("Resize"), { to: "sides" }), widgetsOf(def("Resize"), { to: "sides", "to.width": 9 })];
    expect(first.every((widget, i) => widget === second[i])).toBe(true);
    expect(widgetsOf(def("Sampler"), {})).toBe(widgetsOf(def("Sampler"), { seed: 1 }));
  });
  it("is offered by its keys", () => {
    expect(def("Resize").inputs[1]?.choices).toEqual(["factor", "sides", "width", "same", "many"]);
  });
  it("is read together with the values it brings, and written so", () => {
    const list = ["same", "eye", true, "cubic", "surplus"];
    const { values, tail } = readValues(def("Resize"), { list });
    expect(values).toEqual({ to: "same", "to.by": "eye", "to.by.sharp": true, method: "cubic" });
    expect(writeValues(def("Resize"), values, tail)).toEqual(list);
  });
});

describe("a slot", () => {
  const linked = (...all: string[]) => (name: string): boolean => all.includes(name);
  it("is one socket of its type, and brings its parts only while it is linked", () => {
    expect(names("Guided", {})).toEqual(["strength", "guide", "note"]);
    expect(partsOf(def("Guided"), {})[1]).toMatchObject({ type: "IMAGE", required: false });
    expect(names("Guided", {}, "guide")).toEqual(["strength", "guide", "guide.kind", "guide.seed", "guide.mask", "guide.more", "note"]);
  });
  it("may bring slots, which count while it is linked itself", () => {
    expect(names("Guided", {}, "guide", "guide.more")).toContain("guide.more.by");
    expect(names("Guided", {}, "guide.more")).toEqual(["strength", "guide", "note"]);
  });
  it("is read and written with the values of its parts in its place", () => {
    for (const [list, isLinked] of [[[0.25, "words"], linked()], [[0.25, "depth", 7, "fixed", 3, "words", "surplus"], linked("guide", "guide.more")]] as const) {
      const { values, tail } = readValues(def("Guided"), { list: [...list] }, isLinked);
      expect(values).toMatchObject({ strength: 0.25, note: "words" });
      expect(writeValues(def("Guided"), values, tail, isLinked)).toEqual(list);
    }
  });
  it("goes through a document with its values as they were, linked or not", () => {
    const node = (id: number, values: Json[], ...inputs: Json[]): JsonObject => ({ id, type: "Guided", inputs, outputs: [{ name: "IMAGE", type: "IMAGE" }], widgets_values: values });
    const guide = (link: number | null): Json => ({ name: "guide", type: "IMAGE", link });
    const lists: Json[][] = [[0.1, "free"], [0.2, "depth", 7, "fixed", "linked"], [0.3, "edges", 8, "fixed", 4, "both"]];
    const [free = [], one = [], both = []] = lists;
    const source: Json = {
      version: 0.4,
      nodes: [node(1, free, guide(null)), node(2, one, guide(1)), node(3, both, guide(2), { name: "guide.more", type: "IMAGE", link: 3 }, { name: "guide.mask", type: "MASK", link: null })],
      links: [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"], [3, 1, 0, 3, 1, "IMAGE"]],
    };
    const written = writeDocument(readDocument(source, defs), defs);
    const again = writeDocument(readDocument(written, defs), defs);
    for (const file of [written, again]) expect((Array.isArray(file["nodes"]) ? file["nodes"] : []).map((found) => (isObject(found) ? found["widgets_values"] : null))).toEqual(lists);
  });
  it("whose link leads nowhere is read by what its file says, and is free from then on", () => {
    const source: Json = { version: 0.4, nodes: [{ id: 2, type: "Guided", inputs: [{ name: "guide", type: "IMAGE", link: 9 }], widgets_values: [0.2, "depth", 7, "fixed", "words"] }], links: [] };
    const doc = readDocument(source, defs);
    expect(doc.nodes["2"]?.inputs.map((socket) => socket.name)).toEqual(["strength", "guide", "note"]);
    expect(writeDocument(doc, defs)["nodes"]).toMatchObject([{ widgets_values: [0.2, "words"] }]);
  });
  it("has the values of its parts from a prompt", () => {
    const doc = readApi({ "1": { class_type: "Picture", inputs: {} }, "2": { class_type: "Guided", inputs: { guide: ["1", 0], "guide.kind": "depth", "guide.seed": 9 } } }, defs);
    expect(doc.nodes["2"]?.values).toMatchObject({ strength: 0.5, "guide.kind": "depth", "guide.seed": 9 });
    expect(widgetsIn(def("Guided"), doc.nodes["2"] ?? { values: {}, inputs: [] }).map((widget) => widget.key)).toContain("guide.kind");
  });
});

const sockets = (source: Json): (string | null)[] => (readDocument(source, defs).nodes["2"]?.inputs ?? []).map((socket) => socket.name);
const file = (inputs: Json[]): Json => ({
  version: 0.4,
  nodes: [
    { id: 1, type: "Picture", outputs: [{ name: "IMAGE", type: "IMAGE" }] },
    { id: 2, type: "Batch", inputs },
  ],
  links: [[1, 1, 0, 2, 0, "IMAGE"]],
});

describe("sockets of a file", () => {
  it("that are free give way to as many as there should be; linked ones beyond the group stay", () => {
    const free = ["images", "images.image0", "images.image1", "images.image2", "images.image3"].map((name): Json => ({ name, type: "IMAGE", link: null }));
    expect(sockets(file(free))).toEqual(["images.image0", "images.image1"]);
    expect(sockets(file([{ name: "images.image9", type: "IMAGE", link: 1 }]))).toEqual(["images.image0", "images.image1", "images.image9"]);
  });
  it("are written with their dotted names and the free one", () => {
    const written = writeDocument(readDocument(file([{ name: "images.image1", type: "IMAGE", link: 1, label: "mine" }]), defs), defs);
    const [, batch] = Array.isArray(written["nodes"]) ? written["nodes"] : [];
    expect(isObject(batch) ? batch["inputs"] : null).toMatchObject([
      { name: "images.image0", link: null },
      { name: "images.image1", link: 1, label: "mine" },
      { name: "images.image2", link: null, shape: 7 },
    ]);
  });
});

it("a prompt without a drawing gets the sockets and values that it names", () => {
  const doc = readApi(
    {
      "1": { class_type: "Picture", inputs: { image: "x.png" } },
      "2": { class_type: "Batch", inputs: { "images.image0": ["1", 0], "images.image2": ["1", 0] } },
      "3": { class_type: "Resize", inputs: { picture: ["2", 0], to: "sides", "to.width": 99, "to.long_side": 7, method: "cubic" } },
    },
    defs,
  );
  expect(doc.nodes["2"]?.inputs.map((socket) => [socket.name, socket.type])).toEqual([0, 1, 2, 3].map((i) => [`images.image${i}`, "IMAGE"]));
  expect(doc.nodes["3"]?.values).toEqual({ to: "sides", "to.width": 99, "to.long_side": 7, method: "cubic" });
});
