// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { NO_FORM, plainField } from "@/appmode/form";
import { offersOf, searchOffers } from "@/appmode/offers";
import { proposeForm, shownForm } from "@/appmode/propose";
import { parseDefinitions } from "@/formats/definitions";
import type { JsonObject } from "@/formats/json";
import { readDocument } from "@/formats/ui04";

const defs = parseDefinitions({
  Load: { input: { required: { ckpt_name: [["a.safetensors"]] } }, output: ["MODEL", "CLIP"] },
  Words: { input: { required: { text: ["STRING", { multiline: true }], clip: ["CLIP"] } }, output: ["CONDITIONING"] },
  Sample: { input: { required: { model: ["MODEL"], seed: ["INT", { default: 0 }], steps: ["INT", { default: 20 }], cfg: ["FLOAT", { default: 8 }], denoise: ["FLOAT", { default: 1 }], positive: ["CONDITIONING"], negative: ["CONDITIONING"] } }, output: ["LATENT"] },
  Picture: { input: { required: { image: [["x.png"], { image_upload: true }] } }, output: ["IMAGE"] },
  Save: { input: { required: { samples: ["LATENT"] } }, output: [], output_node: true },
});

const node = (id: number, type: string, values: JsonObject[string][], inputs: JsonObject[] = [], more: JsonObject = {}): JsonObject => ({ id, type, pos: [id * 300, 0], size: [200, 100], mode: 0, inputs, outputs: [{ name: "x", type: "CONDITIONING", links: null }], widgets_values: values, ...more });
const file = (nodes: JsonObject[], links: JsonObject[string][] = []): JsonObject => ({ nodes, links, version: 0.4 });
const doc = readDocument(
  file(
    [
      node(1, "Load", ["a.safetensors"]),
      node(2, "Words", ["bad"]),
      node(3, "Words", ["good"]),
      node(4, "Sample", [7, "randomize", 20, 8, 1], [{ name: "positive", type: "CONDITIONING", link: 1 }, { name: "negative", type: "CONDITIONING", link: 2 }]),
      node(5, "Picture", ["x.png", "image"]),
      node(6, "Save", []),
      node(7, "Picture", ["x.png", "image"], [], { mode: 4 }),
    ],
    [[1, 3, 0, 4, 0, "CONDITIONING"], [2, 2, 0, 4, 1, "CONDITIONING"]],
  ),
  defs,
);

it("proposes pictures, prompts with the negative one after, and the usual numbers; nothing of nodes that are off", () => {
  const form = proposeForm(doc, defs);
  expect(form.fields.map(({ node: id, widget }) => `${id}|${widget}`)).toEqual(["5|image", "3|text", "2|text", "4|steps", "4|cfg", "4|seed", "1|ckpt_name"]);
  expect(form.fields.map((field) => field.label).slice(1, 3)).toEqual(["Prompt", "Negative prompt"]);
  expect(form.outputs).toEqual(["6"]);
});

it("shows what was chosen before what is proposed", () => {
  const chosen = { ...NO_FORM, fields: [plainField("4", "cfg")] };
  expect(shownForm(doc, defs, chosen)).toBe(chosen);
  expect(shownForm(doc, defs, { ...NO_FORM, title: "T" })).toMatchObject({ title: "T", outputs: ["6"] });
});

it("offers every setting that no wire decides, found by its own and its node's name", () => {
  const offers = offersOf(doc, defs);
  expect(offers.find((item) => item.id === "4")?.offers.map((offer) => offer.widget)).toEqual(["seed", "steps", "cfg", "denoise"]);
  expect(searchOffers(offers, "sample see").flatMap((item) => item.offers.map((offer) => offer.widget))).toEqual(["seed"]);
});
