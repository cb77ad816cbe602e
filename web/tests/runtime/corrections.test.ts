// @vitest-environment happy-dom
/** What is said of an input goes once the run would get something else there. */
import { afterEach, beforeEach, expect, it } from "vitest";

import { addNode, connect, removeLinks, setValue } from "@/model/actions";
import { replaceDocument, transact, undo } from "@/model/document";
import { linkInto } from "@/model/links";
import { EMPTY_DOC, type Doc, type NodeId } from "@/model/types";
import { wrap } from "@/model/wrap";
import { watchCorrections } from "@/runtime/corrections";
import { showFailures, type Failure } from "@/runtime/failures";
import { forgetNodes, runKey, runOf } from "@/runtime/store";
import { sessionStore } from "@/session/store";

import { defs } from "../definitions";

/** A loader, and a sampler that it is not joined to. */
const loose: Doc = addNode(addNode(EMPTY_DOC, defs, "Loader", { x: 0, y: 0 }).doc, defs, "Sampler", { x: 400, y: 0 }).doc;
const join = (doc: Doc, to: NodeId): Doc => connect(doc, { from: "1", slot: 0, to, input: "model" });
const about = (input: string | null, sentence: string, node = "2"): Failure => ({ node, input, sentence });
const sampler = () => runOf(runKey("2"));

let stop = (): void => undefined;

beforeEach(() => {
  sessionStore.setState({ defs });
  forgetNodes();
  replaceDocument(loose);
  stop = watchCorrections();
});
afterEach(() => stop());

it("forgets that nothing is connected once a wire is there", () => {
  showFailures([about("model", "Nothing is connected")]);
  transact("step.connect", (doc) => join(doc, "2"));
  expect([sampler().phase, sampler().inputErrors]).toEqual(["idle", {}]);
});

it("forgets a wrong value once it is another, by undo as well, and keeps what is said of other inputs", () => {
  transact("step.value", (doc) => setValue(doc, "2", "steps", 500));
  showFailures([about("steps", "500 is too large"), about("model", "Nothing is connected")]);
  undo();
  expect([sampler().phase, sampler().inputErrors]).toEqual(["error", { model: "Nothing is connected" }]);
});

it("keeps what is said of no input until the next run", () => {
  showFailures([about("model", "Nothing is connected"), about(null, "Odd")]);
  transact("step.connect", (doc) => join(doc, "2"));
  expect([sampler().phase, sampler().inputErrors, sampler().error]).toEqual(["error", {}, "Odd"]);
});

it("keeps everything while nodes are only moved, or other values change", () => {
  showFailures([about("model", "Nothing is connected")]);
  transact("step.move", (doc) => ({ ...doc, nodes: Object.fromEntries(Object.entries(doc.nodes).map(([id, node]) => [id, { ...node, position: { x: 9, y: 9 } }])) }));
  transact("step.value", (doc) => setValue(doc, "2", "cfg", 3));
  expect(sampler().inputErrors).toEqual({ model: "Nothing is connected" });
});

it("follows a wire into a subgraph, which says what its inside still says", () => {
  const wrapped = wrap(join(loose, "2"), defs, { nodes: ["2"], groups: [] }, "Inside");
  if (wrapped === null) throw new Error("not wrapped");
  const host = wrapped.instance;
  const link = linkInto(wrapped.doc, host, "model");
  replaceDocument(removeLinks(wrapped.doc, link === undefined ? [] : [link.id]));
  const inner = `${host}:2`;
  showFailures([about("model", "Nothing is connected", inner), about(null, "Odd", inner)]);
  transact("step.connect", (doc) => join(doc, host));
  expect(runOf(runKey(host))).toMatchObject({ phase: "error", error: "Odd" });
  showFailures([about("model", "Wrong model", inner)]);
  transact("step.disconnect", (doc) => removeLinks(doc, [linkInto(doc, host, "model")?.id ?? 0]));
  expect(runOf(runKey(host))).toMatchObject({ phase: "idle", error: null });
});
