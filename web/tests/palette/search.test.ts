import { expect, it } from "vitest";

import { chordLabel, matches } from "@/palette/keymap";
import type { NodeDef } from "@/formats/definitions";
import { searchNodes } from "@/palette/search";
import { withCanvasTypes } from "@/session/canvasTypes";
import type { WireEnd } from "@/session/ui";

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

it("finds notes and the reroute node, which no server lists", () => {
  const all = withCanvasTypes(defs);
  expect(searchNodes(all, "note").map((def) => def.type)).toEqual(expect.arrayContaining(["Note", "MarkdownNote"]));
  expect(searchNodes(all, "reroute")[0]?.type).toBe("Reroute");
  const ends = (wire: WireEnd) => searchNodes(all, "", wire).map((def) => def.type);
  expect(ends({ side: "output", node: "1", slot: 0, type: "LATENT" }).at(-1)).toBe("Reroute");
  expect(ends({ side: "input", node: "1", input: "model", type: "MODEL" })).toEqual(["Loader", "Reroute"]);
});

it("leaves a type of that name to the pack that has one", () => {
  const own = { ...defs["Loader"], type: "Note", title: "Note of a pack" } as NodeDef;
  expect(withCanvasTypes({ Note: own })["Note"]).toBe(own);
});

it("knows its keys", () => {
  const press = { key: "Enter", code: "Enter", ctrlKey: true, metaKey: false, shiftKey: false, altKey: false };
  expect(matches(press, "mod+enter")).toBe(true);
  expect(matches(press, "mod+shift+enter")).toBe(false);
  expect(matches({ ...press, key: "ç", code: "KeyC", ctrlKey: false, altKey: true }, "alt+c")).toBe(true);
  expect(matches({ ...press, key: "?", code: "Slash", ctrlKey: false, shiftKey: true }, "?")).toBe(true);
  expect(chordLabel("mod+shift+k")).toMatch(/Ctrl\+Shift\+K|⇧⌘K/);
});
