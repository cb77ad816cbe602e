// @vitest-environment happy-dom
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, it } from "vitest";

import "@/app/commands";
import { hasMessage } from "@/i18n";
import { GESTURES } from "@/palette/gestures";
import { manual } from "@/palette/manual";
import { chordOf, normalized } from "@/palette/bindings";
import { commandTable } from "@/palette/registry";

const page = resolve("..", "docs", "canvas.md");

it("is in docs/canvas.md as the table of commands has it", () => {
  if (process.env["WRITE_MANUAL"] !== undefined) writeFileSync(page, manual());
  expect(readFileSync(page, "utf8"), "run `npm run manual` in web/").toBe(manual());
});

it("has words for every command and gesture", () => {
  for (const [id, { title }] of Object.entries(commandTable())) expect(hasMessage(title), id).toBe(true);
  for (const [group, ids] of Object.entries(GESTURES)) for (const id of ids) expect(hasMessage(`gestures.${group}.${id}.how`) && hasMessage(`gestures.${group}.${id}.what`), `${group}.${id}`).toBe(true);
});

it("gives no key to two commands that work at the same time", () => {
  const users = new Map<string, string[]>();
  for (const [id, { chords, isEnabled }] of Object.entries(commandTable())) if (isEnabled === undefined) for (const chord of chords) users.set(normalized(chord), [...(users.get(normalized(chord)) ?? []), id]);
  expect([...users].filter(([, ids]) => ids.length > 1)).toEqual([]);
  expect(chordOf({ key: "f", code: "KeyF", ctrlKey: false, metaKey: false, shiftKey: false, altKey: false })).toBe("f");
});
