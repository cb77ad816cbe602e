import { expect, it } from "vitest";

import type { JsonObject } from "@/formats/json";
import { readDocument } from "@/formats/ui04";
import { controlOf, heldAt, withValueAt } from "@/properties/places";

import { defs } from "../definitions";

const sampler = (id: number, inputs: JsonObject[] = []): JsonObject => ({ id, type: "Sampler", pos: [0, 0], size: [200, 100], mode: 0, inputs, outputs: [{ name: "LATENT", type: "LATENT", links: null }], properties: {}, widgets_values: [6, "fixed", 20, 2.5, "euler"] });

/** An instance `20` whose inside shows `steps` of the node `5`; a primitive that feeds `steps` of the node `1`. */
const whole = readDocument(
  {
    nodes: [
      sampler(1, [{ name: "steps", type: "INT", link: 4, widget: { name: "steps" } }]),
      { id: 2, type: "PrimitiveNode", pos: [0, 0], size: [200, 100], mode: 0, inputs: [], outputs: [{ name: "INT", type: "INT", links: [4] }], widgets_values: [33, "increment"] },
      { id: 20, type: "inner", pos: [0, 0], size: [200, 100], mode: 0, inputs: [{ name: "steps", type: "INT", link: null, widget: { name: "steps" } }], outputs: [], widgets_values: [44] },
    ],
    links: [[4, 2, 0, 1, 0, "INT"]],
    definitions: {
      subgraphs: [
        {
          ...{ id: "inner", version: 1, name: "Inner", state: {}, outputs: [], widgets: [], groups: [] },
          inputNode: { id: -10, bounding: [0, 0, 1, 1] },
          outputNode: { id: -20, bounding: [0, 0, 1, 1] },
          inputs: [{ id: "u", name: "steps", type: "INT", linkIds: [1] }],
          nodes: [sampler(5, [{ name: "steps", type: "INT", link: 1, widget: { name: "steps" } }])],
          links: [{ id: 1, origin_id: -10, origin_slot: 0, target_id: 5, target_slot: 0, type: "INT" }],
        },
      ],
    },
    version: 0.4,
  },
  defs,
);

it("finds a setting inside a subgraph by its execution id", () => {
  const held = heldAt(whole, defs, "20:5", "cfg");
  expect(held).toMatchObject({ id: "20:5", path: ["20"], key: "cfg", value: 2.5, fedBy: null });
  const after = withValueAt(whole, ["20"], "5", "cfg", 4);
  expect(after.subgraphs["inner"]?.nodes["5"]?.values["cfg"]).toBe(4);
});

it("sets a value that the instance holds at the instance", () => {
  expect(heldAt(whole, defs, "20:5", "steps")).toMatchObject({ id: "20", path: [], key: "steps", value: 44, fedBy: null });
});

it("sets a value that a value node feeds at that node, with what becomes of it after each run", () => {
  const held = heldAt(whole, defs, "1", "steps");
  expect(held).toMatchObject({ id: "2", key: "value", value: 33 });
  expect(held === null ? null : controlOf(held)).toEqual({ key: "control:value", mode: "increment" });
});

it("knows what becomes of a seed, and nothing of settings and nodes that are gone", () => {
  const held = heldAt(whole, defs, "1", "seed");
  expect(held === null ? null : controlOf(held)?.mode).toBe("fixed");
  expect(heldAt(whole, defs, "1", "nothing")).toBeNull();
  expect(heldAt(whole, defs, "99:5", "cfg")).toBeNull();
});
