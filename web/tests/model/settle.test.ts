import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { addNode, connect, moveNodes, removeLinks, removeNodes, setValue } from "@/model/actions";
import { copyText, parseClipboard, paste } from "@/model/clipboard";
import { bringWithChanges, currentDoc, redo, replaceDocument, transact, undo } from "@/model/document";
import { settled } from "@/model/settle";
import { EMPTY_DOC, type DocNode } from "@/model/types";

import { defs } from "../definitions";

const PICTURE = "1";
const BATCH = "2";
const RESIZE = "3";

const node = (id: string): DocNode => {
  const found = currentDoc().nodes[id];
  if (found === undefined) throw new Error(id);
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
