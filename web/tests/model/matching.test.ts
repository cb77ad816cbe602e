import { describe, expect, it } from "vitest";

import { parseDefinitions } from "@/formats/definitions";
import { addNode, connect } from "@/model/actions";
import { inputType, mayConnect, outputType } from "@/model/matching";
import { EMPTY_DOC, type Doc } from "@/model/types";

const ANY = { template: { template_id: "branch", allowed_types: "*" } };
const PICTURES = { template: { template_id: "picture", allowed_types: "IMAGE,MASK" } };
const defs = parseDefinitions({
  Image: { input: {}, output: ["IMAGE", "MASK", "LATENT"] },
  Show: { input: { required: { image: ["IMAGE"] } }, output: [] },
  Switch: { input: { required: { a: ["COMFY_MATCHTYPE_V3", ANY], b: ["COMFY_MATCHTYPE_V3", ANY] } }, output: ["COMFY_MATCHTYPE_V3"], output_matchtypes: ["branch"] },
  Resize: { input: { required: { input: ["COMFY_MATCHTYPE_V3", PICTURES] } }, output: ["COMFY_MATCHTYPE_V3"], output_matchtypes: ["picture"] },
});

/** 1 Image, 2 Switch, 3 Resize, 4 Show, 5 Switch. */
function sample(): Doc {
  let doc: Doc = EMPTY_DOC;
  for (const type of ["Image", "Switch", "Resize", "Show", "Switch"]) doc = addNode(doc, defs, type, { x: 0, y: 0 }).doc;
  return doc;
}

describe("sockets of one template", () => {
  it("take the type of what is wired to one of them", () => {
    const doc = connect(sample(), { from: "1", slot: 1, to: "2", input: "a" });
    expect(inputType(doc, defs, "2", "b")).toBe("MASK");
    expect(outputType(doc, defs, "2", 0)).toBe("MASK");
    expect(mayConnect(doc, defs, { from: "1", slot: 0, to: "2", input: "b" })).toBe(false);
    expect(mayConnect(doc, defs, { from: "1", slot: 1, to: "2", input: "b" })).toBe(true);
    expect(mayConnect(doc, defs, { from: "2", slot: 0, to: "4", input: "image" })).toBe(false);
  });
  it("follow where their output leads, too", () => {
    const doc = connect(sample(), { from: "2", slot: 0, to: "4", input: "image" });
    expect(inputType(doc, defs, "2", "a")).toBe("IMAGE");
    expect(mayConnect(doc, defs, { from: "1", slot: 2, to: "2", input: "a" })).toBe(false);
  });
  it("hand a type on from node to node", () => {
    let doc = connect(sample(), { from: "1", slot: 0, to: "2", input: "a" });
    doc = connect(doc, { from: "2", slot: 0, to: "5", input: "a" });
    expect(inputType(doc, defs, "5", "b")).toBe("IMAGE");
    expect(mayConnect(doc, defs, { from: "5", slot: 0, to: "4", input: "image" })).toBe(true);
  });
  it("let another type in where the only wire is the one that gives way", () => {
    const doc = connect(sample(), { from: "1", slot: 0, to: "2", input: "a" });
    expect(mayConnect(doc, defs, { from: "1", slot: 1, to: "2", input: "a" })).toBe(true);
  });
  it("take only the types that the template allows", () => {
    const doc = sample();
    expect(inputType(doc, defs, "3", "input")).toBe("IMAGE,MASK");
    expect(mayConnect(doc, defs, { from: "1", slot: 2, to: "3", input: "input" })).toBe(false);
    expect(mayConnect(doc, defs, { from: "1", slot: 1, to: "3", input: "input" })).toBe(true);
  });
  it("are open as long as nothing is wired", () => {
    expect(outputType(sample(), defs, "2", 0)).toBe("*");
  });
});

it("carries a type through the canvas's own reroute node", () => {
  let doc = addNode(sample(), defs, "Reroute", { x: 0, y: 0 }).doc;
  doc = connect(doc, { from: "1", slot: 2, to: "6", input: "" });
  expect(outputType(doc, defs, "6", 0)).toBe("LATENT");
  expect(mayConnect(doc, defs, { from: "6", slot: 0, to: "4", input: "image" })).toBe(false);
});
