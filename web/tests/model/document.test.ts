import { beforeEach, describe, expect, it } from "vitest";

import { addNode, moveNodes, setValue } from "@/model/actions";
import { copyText, parseClipboard, paste } from "@/model/clipboard";
import { amend, beginGesture, currentDoc, currentSelection, endGesture, redo, replaceDocument, select, transact, undo } from "@/model/document";
import { EMPTY_DOC, PLAIN_LINK } from "@/model/types";

import { defs } from "../definitions";

const add = (type: string): void => transact("step.add", (doc) => addNode(doc, defs, type, { x: 0, y: 0 }).doc);
const steps = (id: string): unknown => currentDoc().nodes[id]?.values["steps"];

beforeEach(() => {
  replaceDocument(EMPTY_DOC);
  add("Sampler");
});

describe("undo", () => {
  it("takes back one action and says which", () => {
    transact("step.value", (doc) => setValue(doc, "1", "steps", 5));
    expect(undo()).toBe("step.value");
    expect(steps("1")).toBe(20);
    expect(redo()).toBe("step.value");
    expect(steps("1")).toBe(5);
  });
  it("makes one step of a drag", () => {
    beginGesture("step.move");
    for (let x = 1; x <= 10; x += 1) transact("step.move", (doc) => moveNodes(doc, { "1": { x, y: 0 } }));
    endGesture();
    undo();
    expect(currentDoc().nodes["1"]?.position.x).toBe(0);
    redo();
    expect(currentDoc().nodes["1"]?.position.x).toBe(10);
  });
  it("makes one step of typing in one field, and another of the next field", () => {
    beginGesture("value:1:steps");
    transact("step.value", (doc) => setValue(doc, "1", "steps", 3), "value:1:steps");
    transact("step.value", (doc) => setValue(doc, "1", "steps", 33), "value:1:steps");
    transact("step.value", (doc) => setValue(doc, "1", "cfg", 2), "value:1:cfg");
    undo();
    expect([steps("1"), currentDoc().nodes["1"]?.values["cfg"]]).toEqual([33, 8]);
    undo();
    expect(steps("1")).toBe(20);
  });
  it("makes no step of a gesture that changed nothing", () => {
    beginGesture("step.move");
    endGesture();
    expect(undo()).toBe("step.add");
  });
  it("is not about selecting, and brings the selection back", () => {
    select({ nodes: ["1"] });
    add("Save");
    select({});
    undo();
    expect(currentSelection().nodes).toEqual(["1"]);
    expect(Object.keys(currentDoc().nodes)).toEqual(["1"]);
  });
  it("knows nothing of seeds that moved on", () => {
    amend((doc) => setValue(doc, "1", "seed", 99));
    expect(undo()).toBe("step.add");
    expect(undo()).toBeNull();
  });
});

it("pastes copies with new ids and their inner wires", () => {
  add("Scale");
  add("Save");
  const doc = { ...currentDoc(), links: { 1: { id: 1, from: "1", slot: 0, to: "2", input: "samples", type: "LATENT", ...PLAIN_LINK }, 2: { id: 2, from: "2", slot: 0, to: "3", input: "samples", type: "LATENT", ...PLAIN_LINK } }, lastLinkId: 2 };
  const source = parseClipboard(copyText(doc, defs, { nodes: ["1", "2"] }));
  expect(source).not.toBeNull();
  const pasted = paste(doc, defs, source, { x: 100, y: 50 });
  expect(pasted.ids).toEqual(["4", "5"]);
  expect(Object.values(pasted.doc.links).slice(2)).toMatchObject([{ from: "4", to: "5", input: "samples" }]);
  expect(pasted.doc.nodes["4"]?.position).toEqual({ x: 100, y: 50 });
  expect(parseClipboard("just text")).toBeNull();
});
