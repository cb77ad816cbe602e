import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { NodeDef } from "@/formats/definitions";
import { widgetsIn } from "@/formats/widgets";
import { addNode, connect, connectFitting, moveNodes, removeLinks, removeNodes, setValue } from "@/model/actions";
import { copyText, parseClipboard, paste } from "@/model/clipboard";
import { withSubgraphs } from "@/model/definitions";
import { bringWithChanges, currentDoc, currentWhole, redo, replaceDocument, transact, transactWhole, undo } from "@/model/document";
import { settledPages } from "@/model/graphs";
import { removePort } from "@/model/ports";
import { reconciled } from "@/model/reconcile";
import { settled } from "@/model/settle";
import { EMPTY_DOC, type DocNode } from "@/model/types";
import { unpack } from "@/model/unpack";
import { wrap } from "@/model/wrap";

import { defs } from "../definitions";

const PICTURE = "1";
const BATCH = "2";
const RESIZE = "3";

const node = (id: string): DocNode => {
  const found = currentDoc().nodes[id];
  if (found === undefined) throw new Error(id);
  return found;
};
const defOf = (type: string): NodeDef => {
  const found = defs[type];
  if (found === undefined) throw new Error(type);
  return found;
};
const sockets = (id: string): string[] => node(id).inputs.map((socket) => socket.name);
const link = (to: string, input: string): void => transact("step.connect", (doc) => connect(doc, { from: PICTURE, slot: 0, to, input }));
const unlink = (input: string): void =>
  transact("step.disconnect", (doc) => removeLinks(doc, Object.values(doc.links).filter((found) => found.input === input).map((found) => found.id)));
const choose = (key: string): void => transact("step.value", (doc) => setValue(doc, RESIZE, "to", key));
const inputs = (): string[] => Object.values(currentDoc().links).map((found) => found.input);

beforeEach(() => {
  replaceDocument(EMPTY_DOC);
  bringWithChanges({ page: (after, before) => settled(after, before, defs) });
  for (const type of ["Picture", "Batch", "Resize"]) transact("step.add", (doc) => addNode(doc, defs, type, { x: 0, y: 0 }).doc);
});
afterEach(() => bringWithChanges({}));

describe("a growing group", () => {
  it("always offers one socket more, up to its most", () => {
    const counts = [0, 1, 2, 3, 4].map((i) => {
      link(BATCH, `images.image${i}`);
      return sockets(BATCH).length;
    });
    expect(counts).toEqual([2, 3, 4, 5, 5]);
  });
  it("shrinks from its end, and not below its least", () => {
    for (const i of [0, 1, 2]) link(BATCH, `images.image${i}`);
    unlink("images.image0");
    expect(sockets(BATCH)).toHaveLength(4);
    unlink("images.image2");
    expect(sockets(BATCH)).toHaveLength(3);
    unlink("images.image1");
    expect(sockets(BATCH)).toEqual(["images.image0", "images.image1"]);
  });
  it("shrinks when what fed it is removed, and all comes back in one step", () => {
    for (const i of [0, 1]) link(BATCH, `images.image${i}`);
    transact("step.delete", (doc) => removeNodes(doc, [PICTURE]));
    expect(sockets(BATCH)).toHaveLength(2);
    undo();
    expect([sockets(BATCH).length, inputs().length]).toEqual([3, 2]);
  });
  it("has only its own links after copying", () => {
    for (const i of [0, 1]) link(BATCH, `images.image${i}`);
    const copied = parseClipboard(copyText(currentDoc(), defs, { nodes: [BATCH] }));
    let added = "";
    transact("step.paste", (doc) => {
      const pasted = paste(doc, defs, copied, null);
      added = pasted.ids[0] ?? "";
      return pasted.doc;
    });
    expect(sockets(added)).toHaveLength(2);
  });
});

describe("a choice", () => {
  it("brings sockets and defaults in the same step", () => {
    choose("sides");
    expect(sockets(RESIZE)).toEqual(["picture", "to.width", "to.long_side", "method"]);
    expect(node(RESIZE).values).toMatchObject({ to: "sides", "to.width": 512, "to.long_side": 64 });
    undo();
    expect(sockets(RESIZE)).toEqual(["picture", "to.factor", "method"]);
    expect(node(RESIZE).values).toEqual({ to: "factor", "to.factor": 1, method: "area" });
    redo();
    expect(node(RESIZE).values["to.width"]).toBe(512);
  });
  it("finds values of its names again, where it would take them", () => {
    choose("sides");
    transact("step.value", (doc) => setValue(doc, RESIZE, "to.width", 700));
    choose("width");
    expect(node(RESIZE).values["to.width"]).toBe(700);
    choose("sides");
    transact("step.value", (doc) => setValue(doc, RESIZE, "to.width", 2000));
    choose("width");
    expect(node(RESIZE).values["to.width"]).toBe(128);
  });
  it("takes the wires of what it replaces along, and undo brings them back", () => {
    link(RESIZE, "picture");
    choose("same");
    link(RESIZE, "to.like");
    choose("factor");
    expect(inputs()).toEqual(["picture"]);
    undo();
    expect(inputs()).toEqual(["picture", "to.like"]);
    expect(sockets(RESIZE)).toContain("to.like");
  });
  it("fills the values of a further choice", () => {
    choose("same");
    transact("step.value", (doc) => setValue(doc, RESIZE, "to.by", "eye"));
    expect(node(RESIZE).values["to.by.sharp"]).toBe(false);
  });
});

describe("a slot", () => {
  const GUIDED = "4";
  const widgets = (id = GUIDED): string[] => widgetsIn(defOf("Guided"), node(id)).map((widget) => widget.key);
  beforeEach(() => {
    bringWithChanges({
      page: (after, before) => settled(after, before, withSubgraphs(defs, after.subgraphs)),
      whole: (after, before) => settledPages(reconciled(after, before, defs), before, defs),
    });
    transact("step.add", (doc) => addNode(doc, defs, "Guided", { x: 0, y: 0 }).doc);
  });
  it("brings sockets, widgets and defaults with its wire, in one step", () => {
    expect([sockets(GUIDED), widgets()]).toEqual([["strength", "guide", "note"], ["strength", "note"]]);
    link(GUIDED, "guide");
    expect(sockets(GUIDED)).toEqual(["strength", "guide", "guide.kind", "guide.seed", "guide.mask", "guide.more", "note"]);
    expect(widgets()).toEqual(["strength", "guide.kind", "guide.seed", "control:guide.seed", "note"]);
    expect(node(GUIDED).values).toMatchObject({ "guide.kind": "edges", "guide.seed": 0 });
    undo();
    expect([sockets(GUIDED), widgets(), inputs()]).toEqual([["strength", "guide", "note"], ["strength", "note"], []]);
    redo();
    expect(widgets()).toContain("guide.kind");
  });
  it("takes them along when its wire is cut, with their wires, and finds their values again", () => {
    link(GUIDED, "guide");
    transact("step.value", (doc) => setValue(doc, GUIDED, "guide.kind", "depth"));
    link(GUIDED, "guide.more");
    unlink("guide");
    expect([sockets(GUIDED), widgets(), inputs()]).toEqual([["strength", "guide", "note"], ["strength", "note"], []]);
    undo();
    expect([inputs(), widgets().includes("guide.more.by")]).toEqual([["guide", "guide.more"], true]);
    redo();
    link(GUIDED, "guide");
    expect(node(GUIDED).values["guide.kind"]).toBe("depth");
    expect(widgets()).toContain("guide.kind");
  });
  it("keeps its parts when another wire takes the place of its own", () => {
    link(GUIDED, "guide");
    const before = node(GUIDED);
    transact("step.connect", (doc) => connect(doc, { from: RESIZE, slot: 0, to: GUIDED, input: "guide" }));
    expect(node(GUIDED)).toBe(before);
  });
  it("has its parts at once in a new node that a wire was dropped for", () => {
    transact("step.add", (doc) => connectFitting(addNode(doc, defs, "Guided", { x: 0, y: 0 }).doc, { node: PICTURE, slot: 0 }, "5"));
    expect([widgets("5").includes("guide.kind"), node("5").values["guide.kind"]]).toEqual([true, "edges"]);
  });
  it("is free in a copy that leaves its wire behind", () => {
    link(GUIDED, "guide");
    transact("step.value", (doc) => setValue(doc, GUIDED, "note", "words"));
    const copied = parseClipboard(copyText(currentDoc(), defs, { nodes: [GUIDED] }));
    transact("step.paste", (doc) => paste(doc, defs, copied, null).doc);
    expect([widgets("5"), node("5").values["note"]]).toEqual([["strength", "note"], "words"]);
    transact("step.paste", (doc) => paste(doc, defs, parseClipboard(copyText(doc, defs, { nodes: [PICTURE, GUIDED] })), null).doc);
    expect(widgets("7")).toContain("guide.kind");
  });
  it("keeps its parts inside of a subgraph, until the wire from outside has no input any more", () => {
    link(GUIDED, "guide");
    transact("subgraphs.step.make", (doc) => wrap(doc, defs, { nodes: [GUIDED], groups: [] }, "Sub", "sub") ?? doc);
    const inner = (): string[] => widgetsIn(defOf("Guided"), currentWhole().subgraphs["sub"]?.nodes[GUIDED] ?? node(PICTURE)).map((widget) => widget.key);
    expect(inner()).toContain("guide.kind");
    transactWhole("subgraphs.step.removePort", (whole) => removePort(whole, "sub", "input", 0));
    expect(inner()).toEqual(["strength", "note"]);
    undo();
    expect(inner()).toContain("guide.kind");
  });
  it("comes out of a subgraph without parts, and without their wires, where its own wire is cut outside", () => {
    link(GUIDED, "guide");
    transact("step.connect", (doc) => connect(doc, { from: RESIZE, slot: 0, to: GUIDED, input: "guide.more" }));
    transact("subgraphs.step.make", (doc) => wrap(doc, defs, { nodes: [GUIDED], groups: [] }, "Sub", "sub") ?? doc);
    const instance = Object.values(currentDoc().nodes).find((found) => found.type === "sub")?.id ?? "";
    transact("step.disconnect", (doc) => removeLinks(doc, Object.values(doc.links).filter((found) => found.from === PICTURE).map((found) => found.id)));
    expect(inputs()).toHaveLength(1);
    transact("subgraphs.step.unpack", (doc) => unpack(doc, defs, instance) ?? doc);
    const [out = ""] = Object.values(currentDoc().nodes).flatMap((found) => (found.type === "Guided" ? [found.id] : []));
    expect([sockets(out), widgets(out), inputs()]).toEqual([["strength", "guide", "note"], ["strength", "note"], []]);
  });
});

describe("what no group is about", () => {
  it("keeps sockets that stay the same objects", () => {
    const before = node(RESIZE).inputs;
    choose("sides");
    expect(node(RESIZE).inputs[0]).toBe(before[0]);
  });
  it("costs nothing: nodes and lists stay the same objects", () => {
    const before = { batch: node(BATCH).inputs, resize: node(RESIZE) };
    transact("step.move", (doc) => moveNodes(doc, { [BATCH]: { x: 9, y: 9 } }));
    transact("step.value", (doc) => setValue(doc, PICTURE, "image", "y.png"));
    link(BATCH, "images.image0");
    expect(node(BATCH).inputs).toBe(before.batch);
    expect(node(RESIZE)).toBe(before.resize);
  });
});
