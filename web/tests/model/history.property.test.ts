import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";

import { toApi } from "@/formats/convert";
import { readCanvas } from "@/formats/file";
import { stringifyJson } from "@/formats/json";
import { readDocument, writeDocument } from "@/formats/ui04";
import { withSubgraphs } from "@/model/definitions";
import { bringWithChanges, currentWhole, documentStore, redo, replaceDocument, undo } from "@/model/document";
import { reconciled } from "@/model/reconcile";
import { settled } from "@/model/settle";
import { EMPTY_DOC } from "@/model/types";

import { defs } from "../definitions";
import { withEdits } from "./edits";

// Without a size of "max" lists would seldom be longer than ten.
const MANY = { numRuns: 150 };
const text = (): string => stringifyJson(writeDocument(currentWhole(), defs));

beforeEach(() => {
  bringWithChanges({ page: (after, before) => settled(after, before, withSubgraphs(defs, after.subgraphs)), whole: (after, before) => reconciled(after, before, defs) });
});
afterEach(() => bringWithChanges({}));

it("comes back to the start, byte for byte, whatever was done and undone, and again to the end", () => {
  fc.assert(
    fc.property(fc.array(withEdits(), { maxLength: 40, size: "max" }), fc.array(withEdits(), { maxLength: 40, size: "max" }), (before, edits) => {
      replaceDocument(EMPTY_DOC);
      for (const edit of before) edit.run();
      replaceDocument(currentWhole());
      const start = text();
      for (const edit of edits) edit.run();
      const end = text();
      while (undo() !== null) continue;
      expect(text()).toBe(start);
      while (redo() !== null) continue;
      expect(text()).toBe(end);
    }),
    MANY,
  );
});

it("is the same document after saving and loading, and runs the same", () => {
  fc.assert(
    fc.property(fc.array(withEdits(), { maxLength: 50, size: "max" }), (edits) => {
      replaceDocument(EMPTY_DOC);
      for (const edit of edits) edit.run();
      const saved = writeDocument(currentWhole(), defs);
      const again = writeDocument(readDocument(saved, defs), defs);
      expect(stringifyJson(again)).toBe(stringifyJson(saved));
      const prompt = (file: typeof saved): unknown => toApi(readCanvas(file), defs, { random: () => 0, now: new Date(0) }).prompt;
      expect(prompt(again)).toEqual(prompt(saved));
    }),
    MANY,
  );
});

it("has no wire without ends, and none that leads in a circle", () => {
  fc.assert(
    fc.property(fc.array(withEdits(), { maxLength: 60, size: "max" }), (edits) => {
      replaceDocument(EMPTY_DOC);
      for (const edit of edits) edit.run();
      const { nodes, links } = documentStore.getState().doc;
      const inputs = new Set<string>();
      for (const link of Object.values(links)) {
        expect(nodes[link.from]?.outputs[link.slot], `output of ${link.id}`).toBeDefined();
        expect(nodes[link.to]?.inputs.some((input) => input.name === link.input), `input of ${link.id}`).toBe(true);
        expect(inputs.has(`${link.to}|${link.input}`)).toBe(false);
        inputs.add(`${link.to}|${link.input}`);
      }
    }),
    MANY,
  );
});
