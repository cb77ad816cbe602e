import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";

import { FOLLOWERS } from "@/app/followers";
import { stringifyJson, type Json } from "@/formats/json";
import { readDocument, writeDocument } from "@/formats/ui04";
import { controlKey } from "@/formats/widgets";
import { withSubgraphs } from "@/model/definitions";
import { bringWithChanges, currentDoc, currentPath, currentWhole, goTo, redo, replaceDocument, transact, transactWhole, undo } from "@/model/document";
import { linkIndex, linkInto } from "@/model/links";
import { graphsOf } from "@/model/pages";
import { movePort, portsOf, removePort, renamePort, type Edge } from "@/model/ports";
import { exposePreview, promotable, promote } from "@/model/promote";
import { reconciled } from "@/model/reconcile";
import { settled } from "@/model/settle";
import { hasLoop, independent } from "@/model/subgraphs";
import { followed } from "@/model/tracks";
import { EMPTY_DOC, isSide, type Doc } from "@/model/types";
import { unpack } from "@/model/unpack";
import { wrap } from "@/model/wrap";

import { defs } from "../definitions";
import { withEdits, type Edit, type PageEdits } from "./edits";
import { keptIn, marks, missingIn } from "./marks";
import { add, chain, flatPrompt, promptOf, wire, wiresOf, wrapped } from "./pages";

const MANY = { numRuns: 40, endOnFailure: true };
const SLOW = 60_000;
const text = (): string => stringifyJson(writeDocument(currentWhole(), defs));
let made = 0;

const pick = <T>(items: readonly T[], n: number): T | undefined => items[n % Math.max(1, items.length)];
const ids = (doc: Doc): string[] => Object.keys(doc.nodes).filter((id) => !isSide(id));
const some = (doc: Doc, a: number, b: number): string[] => ids(doc).filter((_id, i) => (a >> (i % 8)) % 2 === b % 2);
const instances = (doc: Doc): string[] => ids(doc).filter((id) => doc.subgraphs[doc.nodes[id]?.type ?? ""] !== undefined);

const PAGE_EDITS: PageEdits = {
  wrap: (doc, a, b) => wrap(doc, defs, { nodes: some(doc, a, b), groups: [] }, `Sub ${a}`, `sub-${(made += 1)}`) ?? doc,
  unpack: (doc, a) => unpack(doc, defs, pick(instances(doc), a) ?? "") ?? doc,
  independent: (doc, a) => independent(doc, pick(instances(doc), a) ?? "", `own-${(made += 1)}`),
  expose: (doc, a, b) => exposePreview(doc, pick(instances(doc), a) ?? "", String(b % 5), a % 2 === 0),
};

const WHOLE_EDITS: PageEdits = {
  ...marks,
  promote: (whole, a, b) => {
    const node = pick(ids(currentDoc()), a) ?? "";
    const widget = pick(promotable(currentDoc(), defs, node), b);
    const promoted = widget === undefined ? null : promote(whole, defs, { path: currentPath(), node, input: widget.name }, 1 + (a % 3));
    return promoted === null ? whole : { doc: promoted.whole, moves: promoted.moves };
  },
  port: (whole, a, b) => {
    const id = pick(Object.keys(whole.subgraphs), a) ?? "";
    const edge: Edge = b % 2 === 0 ? "input" : "output";
    const count = portsOf(whole.subgraphs[id], edge).length;
    if (a % 4 === 0) return removePort(whole, id, edge, b % Math.max(1, count));
    return a % 2 === 0 ? movePort(whole, id, edge, a % Math.max(1, count), b % Math.max(1, count)) : renamePort(whole, id, edge, b % Math.max(1, count), `called ${a}`);
  },
};

function go(a: number): void {
  const into = pick(instances(currentDoc()), a);
  if (a % 3 !== 0 && into !== undefined) goTo([...currentPath(), into]);
  else goTo(currentPath().slice(0, -1));
}

const edits = (): fc.Arbitrary<Edit> =>
  fc.oneof(
    { weight: 3, arbitrary: withEdits(PAGE_EDITS) },
    {
      weight: 2,
      arbitrary: fc.record({ name: fc.constantFrom("wrap", "unpack", "promote", "port", "go", ...Object.keys(marks)), a: fc.nat(255), b: fc.nat(255) }).map(({ name, a, b }) => ({
        name: `${name}(${a}, ${b})`,
        run: () => {
          const [page, whole] = [PAGE_EDITS[name], WHOLE_EDITS[name]];
          if (page !== undefined) transact("step.value", (doc) => page(doc, a, b), `${name}${a}${b}`);
          else if (whole !== undefined) transactWhole("step.value", (doc) => whole(doc, a, b), `${name}${a}${b}`);
          else go(a);
        },
      })),
    },
  );

/** Something to be edited: nodes with wires, one of them an instance. */
const busy = (): Doc => wrapped(wire(wire(add(add(chain(), "Sampler", 400, 500), "Picture", 0, 900), "1", 0, "5", "model"), "6", 1, "5", "mask"), ["2", "3"], "first").doc;

beforeEach(() => {
  bringWithChanges({ page: (after, before) => settled(after, before, withSubgraphs(defs, after.subgraphs)), whole: (after, before) => reconciled(after, before, defs), follow: (after, before, moves) => followed(after, before, moves, FOLLOWERS) });
});
afterEach(() => bringWithChanges({}));

it("runs the same once nodes were made a subgraph, and has the same wires once that was unpacked", () => {
  fc.assert(
    fc.property(fc.array(withEdits(), { minLength: 10, maxLength: 40 }), fc.nat(255), fc.nat(1), (before, a, b) => {
      replaceDocument(chain());
      for (const edit of before) edit.run();
      const doc = currentDoc();
      const wrapped = wrap(doc, defs, { nodes: some(doc, a, b), groups: [] }, "Sub", "sub");
      if (wrapped === null) return;
      expect(flatPrompt(wrapped.doc)).toEqual(flatPrompt(doc));
      expect(flatPrompt(readDocument(writeDocument(wrapped.doc, defs), defs))).toEqual(flatPrompt(doc));
      const back = unpack(wrapped.doc, defs, wrapped.instance);
      expect(wiresOf(back?.doc ?? EMPTY_DOC)).toEqual(wiresOf(doc));
      expect(promptOf(back?.doc ?? EMPTY_DOC)).toEqual(promptOf(doc));
      for (const id of ids(doc)) expect(back?.doc.nodes[id]?.position).toEqual(doc.nodes[id]?.position);
    }),
    MANY,
  );
}, SLOW);

/** A prompt in which what is inside of an instance is called as if it stood beside it. */
function promptWithout(doc: Doc, instance: string | null): Json {
  const beside = (id: string): string => (instance !== null && id.startsWith(`${instance}:`) ? id.slice(instance.length + 1) : id);
  const value = (one: Json): Json => (Array.isArray(one) && one.length === 2 && typeof one[0] === "string" && typeof one[1] === "number" ? [beside(one[0]), one[1]] : one);
  return Object.fromEntries(
    Object.entries(promptOf(doc)).map(([id, node]) => [beside(id), { class_type: node.class_type, inputs: Object.fromEntries(Object.entries(node.inputs).map(([name, one]) => [name, value(one)])) }]),
  );
}

/** What an instance shows that no wire decides, by what it holds for it. */
const shownBy = (doc: Doc, id: string): readonly Json[] =>
  promotable(doc, defs, id).flatMap(({ name }): Json[] => (linkInto(doc, id, name) === undefined ? [[doc.nodes[id]?.values[name] ?? null, doc.nodes[id]?.values[controlKey(name)] ?? null]] : []));

/** The same, with an instance that shows widgets. */
const showing = (): Doc => ["steps", "seed"].reduce((doc, input) => promote(doc, defs, { path: ["7"], node: "2", input })?.whole ?? doc, busy());

it("shows and runs the same once instances were made a subgraph, and has everything as it was once that was unpacked", () => {
  fc.assert(
    fc.property(fc.array(edits(), { minLength: 5, maxLength: 30 }), fc.nat(255), fc.nat(1), (before, a, b) => {
      replaceDocument(showing());
      for (const edit of before) edit.run();
      const doc = currentWhole();
      const made = wrap(doc, defs, { nodes: some(doc, a, b), groups: [] }, "Sub", "sub");
      if (made === null) return;
      expect(promptWithout(made.doc, made.instance)).toEqual(promptWithout(doc, null));
      expect(promptWithout(readDocument(writeDocument(made.doc, defs), defs), made.instance)).toEqual(promptWithout(doc, null));
      const inside = instances(doc).filter((id) => made.doc.nodes[id] === undefined);
      expect(sorted(shownBy(made.doc, made.instance))).toEqual(sorted(inside.flatMap((id) => shownBy(doc, id))));
      expect(reconciled(made.doc, doc, defs)).toBe(made.doc);
      const back = unpack(made.doc, defs, made.instance)?.doc ?? EMPTY_DOC;
      expect(wiresOf(back)).toEqual(wiresOf(doc));
      expect(promptOf(back)).toEqual(promptOf(doc));
      expect(back.nodes).toEqual(doc.nodes);
    }),
    MANY,
  );
}, SLOW);

const sorted = (all: readonly Json[]): readonly string[] => all.map((one) => stringifyJson(one)).sort();

it("comes back to the start, whatever was done to subgraphs on whatever page, and again to the end", () => {
  fc.assert(
    fc.property(fc.array(edits(), { minLength: 20, maxLength: 40 }), fc.array(edits(), { minLength: 20, maxLength: 30 }), (before, after) => {
      replaceDocument(busy());
      for (const edit of before) edit.run();
      replaceDocument(currentWhole());
      const start = text();
      for (const edit of after) edit.run();
      const end = text();
      while (undo() !== null) continue;
      expect(text()).toBe(start);
      while (redo() !== null) continue;
      expect(text()).toBe(end);
    }),
    MANY,
  );
}, SLOW);

it("is the same after saving and loading, with no wire without ends and no subgraph inside itself", () => {
  fc.assert(
    fc.property(fc.array(edits(), { minLength: 30, maxLength: 50 }), (all) => {
      replaceDocument(busy());
      for (const edit of all) edit.run();
      const whole = currentWhole();
      const saved = writeDocument(whole, defs);
      expect(writeDocument(readDocument(saved, defs), defs)).toEqual(saved);
      expect(promptOf(readDocument(saved, defs))).toEqual(promptOf(whole));
      expect(hasLoop(whole.subgraphs)).toBe(false);
      for (const [page, graph] of graphsOf(whole)) {
        expect(linkIndex(graph.links).into.size).toBe(Object.keys(graph.links).length);
        for (const link of Object.values(graph.links)) {
          expect(graph.nodes[link.from]?.outputs[link.slot], `output of ${link.id} on ${page}`).toBeDefined();
          expect(graph.nodes[link.to]?.inputs.some((input) => input.name === link.input), `input of ${link.id} on ${page}`).toBe(true);
        }
      }
    }),
    MANY,
  );
}, SLOW);

it("keeps what is said of nodes with them, wherever they go, and nothing of nodes that are gone", () => {
  fc.assert(
    fc.property(fc.array(edits(), { minLength: 30, maxLength: 60 }), (all) => {
      replaceDocument(busy());
      for (const edit of all) {
        edit.run();
        expect(missingIn(currentWhole()), edit.name).toEqual([]);
      }
    }),
    MANY,
  );
}, SLOW);

it("keeps all that is said of nodes when they are made a subgraph, and has it as it was once that was unpacked", () => {
  fc.assert(
    fc.property(fc.array(edits(), { minLength: 10, maxLength: 40 }), fc.array(fc.tuple(fc.constantFrom(...Object.keys(marks)), fc.nat(255), fc.nat(255)), { minLength: 5, maxLength: 10 }), fc.nat(255), fc.nat(1), (before, said, a, b) => {
      replaceDocument(busy());
      for (const edit of before) edit.run();
      goTo([]);
      for (const [name, x, y] of said) transactWhole("step.value", (whole) => marks[name]?.(whole, x, y) ?? whole, `${name}${x}${y}`);
      replaceDocument(currentWhole());
      const start = keptIn(currentWhole());
      const wrapped = wrap(currentDoc(), defs, { nodes: some(currentDoc(), a, b), groups: [] }, "Sub", "sub");
      if (wrapped === null) return;
      transact("step.value", () => wrapped, "wrap");
      expect(keptIn(currentWhole()).size).toEqual(start.size);
      expect(missingIn(currentWhole())).toEqual([]);
      transact("step.value", (doc) => unpack(doc, defs, wrapped.instance) ?? doc, "unpack");
      expect(keptIn(currentWhole())).toEqual(start);
      undo();
      undo();
      expect(keptIn(currentWhole())).toEqual(start);
    }),
    MANY,
  );
}, SLOW);
