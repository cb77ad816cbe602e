import { expect, it } from "vitest";

import { chordLabel, matches } from "@/palette/keymap";
import { searchNodes } from "@/palette/search";

import { defs } from "../definitions";

it("finds nodes by part of a name", () => {
  expect(searchNodes(defs, "sampl")[0]?.type).toBe("Sampler");
});

it("offers only what can end the wire", () => {
  const latent = searchNodes(defs, "", { side: "output", node: "1", slot: 0, type: "LATENT" }).map((def) => def.type);
  expect(latent.sort()).toEqual(["Save", "Scale"]);
  const model = searchNodes(defs, "", { side: "input", node: "1", input: "model", type: "MODEL" }).map((def) => def.type);
  expect(model).toEqual(["Loader"]);
});

it("knows its keys", () => {
  const press = { key: "Enter", code: "Enter", ctrlKey: true, metaKey: false, shiftKey: false, altKey: false };
  expect(matches(press, "mod+enter")).toBe(true);
  expect(matches(press, "mod+shift+enter")).toBe(false);
  expect(matches({ ...press, key: "ç", code: "KeyC", ctrlKey: false, altKey: true }, "alt+c")).toBe(true);
  expect(matches({ ...press, key: "?", code: "Slash", ctrlKey: false, shiftKey: true }, "?")).toBe(true);
  expect(chordLabel("mod+shift+k")).toMatch(/Ctrl\+Shift\+K|⇧⌘K/);
});
