// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it } from "vitest";

import { FOLLOWERS } from "@/app/followers";
import { inputHandle, outputHandle } from "@/canvas/derive";
import { copy, cut, duplicate, pasteText } from "@/canvas/editing";
import { landWire } from "@/canvas/gestures";
import { parseJson } from "@/formats/json";
import { copyText, paste } from "@/model/clipboard";
import { bringWithChanges, currentDoc, currentWhole, goTo, replaceDocument, select, undo } from "@/model/document";
import { portsOf } from "@/model/ports";
import { promote, unpromote } from "@/model/promote";
import { reconciled } from "@/model/reconcile";
import { followed } from "@/model/tracks";
import { INPUT_SIDE, type Doc } from "@/model/types";
import { sessionStore } from "@/session/store";
import { makeIndependent, makeSubgraph, promoteWidget, removePortHere, unpackChosen, unpromoteWidget } from "@/subgraphs/edit";
import { putSweep, storedSweeps } from "@/sweeps/document";

import { defs } from "../definitions";
import { chain, wrapped } from "../model/pages";

beforeEach(() => {
  sessionStore.setState({ defs });
  bringWithChanges({ whole: (after, before) => reconciled(after, before, defs), follow: (after, before, moves) => followed(after, before, moves, FOLLOWERS) });
});
afterEach(() => bringWithChanges({}));

const swept = (doc: Doc, page: string | null): Doc => putSweep(doc, { page, node: "2", key: "steps", spec: { kind: "list", values: [4, 5] }, place: null });
const spots = (): readonly string[] => storedSweeps(currentWhole()).map(({ page, node, key }) => `${page ?? "-"} ${node} ${key}`);

it("takes sweeps into a subgraph and out of it, in one step each", () => {
  replaceDocument(swept(chain(), null));
  select({ nodes: ["2"] });
  makeSubgraph();
  const id = currentDoc().nodes["5"]?.type ?? "";
  expect(spots()).toEqual([`${id} 2 steps`]);
  unpackChosen();
  expect(spots()).toEqual(["- 2 steps"]);
  expect(currentWhole().subgraphs).toEqual({});
  undo();
  expect(spots()).toEqual([`${id} 2 steps`]);
  undo();
  expect(spots()).toEqual(["- 2 steps"]);
  expect(undo()).toBeNull();
});

it("takes sweeps out to an instance with a widget, and back in", () => {
  replaceDocument(swept(wrapped(chain(), ["2"]).doc, "sub"));
  promoteWidget(["5"], "2", "steps");
  expect(spots()).toEqual(["- 5 steps"]);
  unpromoteWidget(["5"], "steps");
  expect(spots()).toEqual(["sub 2 steps"]);
  promoteWidget(["5"], "2", "steps");
  goTo(["5"]);
  removePortHere("input", portsOf(currentDoc(), "input").findIndex(({ name }) => name === "steps"));
  expect(spots()).toEqual(["sub 2 steps"]);
});

it("takes sweeps of what an instance showed out to the one that is made around it, and back in, in one step each", () => {
  const shown = promote(wrapped(chain(), ["2"]).doc, defs, { path: ["5"], node: "2", input: "steps" }, 1)?.whole ?? chain();
  replaceDocument(putSweep(shown, { page: null, node: "5", key: "steps", spec: { kind: "list", values: [4, 5] }, place: null }));
  select({ nodes: ["5", "3"] });
  makeSubgraph();
  expect([spots(), currentDoc().nodes["6"]?.values]).toEqual([["- 6 steps"], { steps: 7 }]);
  unpackChosen();
  expect([spots(), currentDoc().nodes["5"]?.values]).toEqual([["- 5 steps"], { steps: 7 }]);
  undo();
  undo();
  expect([spots(), Object.keys(currentDoc().nodes)]).toEqual([["- 5 steps"], Object.keys(shown.nodes)]);
  expect(undo()).toBeNull();
});

it("takes them out for every instance of the page on which that is made", () => {
  const shown = promote(wrapped(chain(), ["2"]).doc, defs, { path: ["5"], node: "2", input: "steps" }, 1)?.whole ?? chain();
  const page = withoutPort(wrapped(shown, ["5", "3"], "page").doc);
  replaceDocument(putSweep(paste(page, defs, parseJson(copyText(page, defs, { nodes: ["6"] })), null).doc, { page: "page", node: "5", key: "steps", spec: { kind: "list", values: [4, 5] }, place: null }));
  goTo(["6"]);
  select({ nodes: ["5"] });
  makeSubgraph();
  expect([spots(), currentDoc().nodes["6"]?.values]).toEqual([["page 6 steps"], { steps: 7 }]);
  expect(portsOf(currentDoc(), "input").map(({ name }) => name)).toEqual(["model"]);
});

const withoutPort = (doc: Doc): Doc => unpromote(doc, defs, ["6"], "steps")?.whole ?? doc;

it("takes sweeps out with a widget that a wire is drawn to from an edge, in one step", () => {
  replaceDocument(swept(wrapped(chain(), ["2"]).doc, "sub"));
  goTo(["5"]);
  const free = portsOf(currentDoc(), "input").length;
  landWire({ source: INPUT_SIDE, sourceHandle: outputHandle(free), target: "2", targetHandle: inputHandle("steps") });
  expect(spots()).toEqual(["- 5 steps"]);
  undo();
  expect([spots(), portsOf(currentDoc(), "input").length]).toEqual([["sub 2 steps"], free]);
});

it("takes sweeps to the definition that the only instance gets for itself, and leaves them where two had it", () => {
  const one = swept(wrapped(chain(), ["2"]).doc, "sub");
  replaceDocument(one);
  makeIndependent("5");
  expect(spots()).toEqual([`${currentDoc().nodes["5"]?.type ?? ""} 2 steps`]);
  replaceDocument(paste(one, defs, parseJson(copyText(one, defs, { nodes: ["5"] })), null).doc);
  makeIndependent("5");
  expect(spots()).toEqual(["sub 2 steps"]);
});

it("takes sweeps along when nodes are cut and pasted on another page, and does not double them beside the original", () => {
  replaceDocument(swept(wrapped(chain(), ["3"]).doc, null));
  select({ nodes: ["2"] });
  duplicate();
  expect(spots()).toEqual(["- 2 steps"]);
  select({ nodes: ["2"] });
  const text = copyOf();
  cut();
  expect(spots()).toEqual([]);
  goTo(["5"]);
  pasteText(text, null);
  const [node] = Object.values(currentDoc().nodes).filter(({ type }) => type === "Sampler");
  expect(spots()).toEqual([`sub ${node?.id ?? ""} steps`]);
  undo();
  expect(spots()).toEqual([]);
  undo();
  expect(spots()).toEqual(["- 2 steps"]);
});

/** What `copy` puts on the clipboard. */
function copyOf(): string {
  const written: string[] = [];
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: (text: string) => Promise.resolve(void written.push(text)) } });
  copy();
  return written[0] ?? "";
}
