import { expect, it } from "vitest";

import { openJson } from "@/formats/open";
import { writeDocument } from "@/formats/ui04";
import { removeNodes, setValue, updateNode } from "@/model/actions";
import { currentWhole, replaceDocument, transactWhole, undo } from "@/model/document";
import type { Doc } from "@/model/types";
import { applySet, capture, differences, matched, putSet, removeSet, renameSet, setsOf, updated } from "@/presets/sets";

import { defs } from "../definitions";
import { add, chain, promptOf, wrapped } from "../model/pages";

const chosen = [{ node: "2", keys: ["steps", "cfg"] }, { node: "3", keys: ["by"] }];
const draft = (doc: Doc) => capture(doc, defs, null, chosen, " Draft ", "d");
const changed = (doc: Doc): Doc => setValue(setValue(doc, "2", "steps", 30), "3", "by", 4);
const valueOf = (doc: Doc, node: string, key: string) => doc.nodes[node]?.values[key];

it("keeps chosen values under a name in the file, and out of what the server is sent", async () => {
  const doc = putSet(chain(), draft(chain()));
  expect(setsOf(await openJson(writeDocument(doc, defs), defs))).toEqual([draft(chain())]);
  expect(promptOf(doc)).toEqual(promptOf(chain()));
  expect(draft(chain()).entries[0]).toMatchObject({ node: "2", type: "Sampler", title: "Sampler", values: { steps: 7, cfg: 8 } });
});

it("applies in one step of undo", () => {
  replaceDocument(changed(chain()));
  const set = draft(chain());
  transactWhole("step.value", (whole) => applySet(whole, defs, set));
  expect([valueOf(currentWhole(), "2", "steps"), valueOf(currentWhole(), "3", "by")]).toEqual([7, 1.5]);
  undo();
  expect([valueOf(currentWhole(), "2", "steps"), valueOf(currentWhole(), "3", "by")]).toEqual([30, 4]);
});

it("says what applying would change, and takes the present values when asked to", () => {
  const set = draft(chain());
  const doc = changed(chain());
  expect(differences(doc, defs, set).map(({ key, now, then }) => [key, now, then])).toEqual([["steps", 30, 7], ["by", 4, 1.5]]);
  expect(differences(doc, defs, updated(doc, defs, set))).toEqual([]);
});

it("renames and deletes", () => {
  const doc = putSet(chain(), draft(chain()));
  expect(setsOf(renameSet(doc, "d", " Fine "))[0]?.name).toBe("Fine");
  expect(renameSet(doc, "d", " ")).toBe(doc);
  expect(removeSet(doc, "d").raw).toEqual({ ...doc.raw, extra: {} });
});

it("offers the one node of the same type and title where the numbers are others", () => {
  const [entry] = draft(chain()).entries;
  if (entry === undefined) throw new Error("no entry");
  const other = add(removeNodes(chain(), ["2"]), "Sampler", 0);
  expect(matched(other, defs, entry)).toMatchObject({ node: "5", isExact: false });
  expect(valueOf(applySet(other, defs, draft(chain())), "5", "steps")).toBe(20);
  expect(valueOf(applySet(other, defs, draft(chain()), true), "5", "steps")).toBe(7);
  const two = add(other, "Sampler", 0);
  expect(matched(two, defs, entry).node).toBeNull();
  const titled = updateNode(two, "5", { title: "First" });
  expect(matched(titled, defs, entry).node).toBe("6");
});

it("reaches nodes inside of subgraphs", () => {
  const { doc, instance: node } = wrapped(chain(), ["2"]);
  const set = capture(doc, defs, "sub", [{ node: "2", keys: ["cfg"] }], "inner", "i");
  const inner = { ...set, entries: set.entries.map((entry) => ({ ...entry, values: { cfg: 3 } })) };
  expect(promptOf(applySet(doc, defs, inner))[`${node}:2`]?.inputs["cfg"]).toBe(3);
});
