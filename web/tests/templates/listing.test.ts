import { expect, it } from "vitest";

import { ALL, cardOf, familiesOf, filtered, missingOf, packCard, tasksOf } from "@/templates/listing";

const model = { name: "m.safetensors", directory: "loras", isThere: false, url: null };
const cards = [
  cardOf({ name: "b_two.json", title: "Upscale", description: "make it large", tags: ["upscale", "sd1"], models: [model], runs: false, family: "sd1", picture: null }),
  cardOf({ name: "a_one.json", title: null, description: null, tags: ["inpaint", "upscale"], models: [], runs: true, family: "sdxl", picture: null }),
  packCard({ pack: "fancy", name: "cool_thing" }, "./x.jpg"),
];
const titles = (change: object): readonly string[] => filtered(cards, { ...ALL, ...change }).map((card) => card.title);

it("names files without a title, and packs' templates by their pack", () => {
  expect(cards.map((card) => card.title)).toEqual(["Upscale", "a one", "cool thing"]);
  expect(cards[2]?.tags).toEqual(["fancy"]);
});

it("finds all typed words in titles, tags, texts and model names, titles first", () => {
  expect(titles({ query: "large m.safe" })).toEqual(["Upscale"]);
  expect(titles({ query: "upscale" })).toEqual(["Upscale", "a one"]);
  expect(titles({ query: "nothing" })).toEqual([]);
});

it("filters by task, family and what runs here, and orders", () => {
  expect(titles({ task: "inpaint" })).toEqual(["a one"]);
  expect(titles({ family: "sd1" })).toEqual(["Upscale"]);
  expect(titles({ runs: true })).toEqual(["a one", "cool thing"]);
  expect(titles({ order: "name" })).toEqual(["a one", "cool thing", "Upscale"]);
  expect(titles({ order: "runs" }).at(-1)).toBe("Upscale");
});

it("keeps families out of the tasks, most used first", () => {
  expect(familiesOf(cards)).toEqual(["sd1", "sdxl"]);
  expect(tasksOf(cards)).toEqual(["upscale", "fancy", "inpaint"]);
  expect(cards[0] === undefined ? [] : missingOf(cards[0])).toEqual([model]);
});
