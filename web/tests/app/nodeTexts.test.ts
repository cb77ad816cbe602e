import { expect, it } from "vitest";

import { textsFor, translated } from "@/app/nodeTexts";

import { defs } from "../definitions";

const texts = { Sampler: { display_name: "Abtaster", description: "rechnet", inputs: { steps: { name: "Schritte", tooltip: "wie viele" } }, outputs: { 0: { name: "LATENT!", tooltip: "Ergebnis" } } } };

it("says names, descriptions and tooltips in another language, and is still found by the old name", () => {
  const after = translated(defs, texts);
  const def = after["Sampler"];
  expect(def).toMatchObject({ title: "Abtaster", description: "rechnet", type: "Sampler" });
  expect(def?.aliases).toContain("Sampler");
  expect(def?.inputs.find((input) => input.name === "steps")?.options).toMatchObject({ display_name: "Schritte", tooltip: "wie viele", min: 1 });
});

it("keeps names of outputs, which files know sockets by, and types without texts as the same objects", () => {
  const after = translated(defs, texts);
  expect(after["Sampler"]?.outputs[0]).toMatchObject({ name: defs["Sampler"]?.outputs[0]?.name, tooltip: "Ergebnis" });
  expect(after["Loader"]).toBe(defs["Loader"]);
  expect(translated(defs, {})).toBe(defs);
});

it("takes what a country says before what its language says", () => {
  const all = { de: { nodeDefs: { A: { display_name: "a" }, B: { display_name: "b" } } }, "de-AT": { nodeDefs: { A: { display_name: "aa" } } } };
  expect(textsFor(all, "de-AT")).toEqual({ A: { display_name: "aa" }, B: { display_name: "b" } });
});
