import { describe, expect, it } from "vitest";

import type { NodeDef } from "@/formats/definitions";
import type { JsonObject } from "@/formats/json";
import { controlKey, defaultValue, readValues, widgetsOf, writeValues } from "@/formats/widgets";

import { defs } from "../definitions";

const def = (type: string): NodeDef => {
  const found = defs[type];
  if (found === undefined) throw new Error(type);
  return found;
};
const names = (type: string): string[] => widgetsOf(def(type), {}).map((widget) => widget.name);

describe("the order of widgets", () => {
  it("puts the control mode right after its seed", () => {
    expect(names("Sampler")).toEqual(["seed", "control_after_generate", "steps", "cfg", "sampler_name"]);
  });
  it("gives a controlled drop-down a mode and a filter", () => {
    expect(names("Mode")).toEqual(["style", "control_after_generate", "control_filter_list"]);
  });
  it("ends an upload with its button", () => {
    expect(names("Picture")).toEqual(["image", "upload"]);
  });
  it("makes no widget of an input that is only a socket", () => {
    expect(names("Forced")).toEqual(["times"]);
  });
});

describe("a number without a default", () => {
  const start = (options: JsonObject) => {
    const input = { name: "value", type: "INT", choices: null, options, required: true };
    return widgetsOf({ ...def("Sampler"), type: "Bare", inputs: [input] }, {}).map(defaultValue)[0];
  };
  it("starts with zero, or as near to it as may be", () => {
    expect(start({})).toBe(0);
    expect(start({ min: -9223372036854775807n, max: 9223372036854775807n })).toBe(0);
    expect(start({ min: 1, max: 9 })).toBe(1);
    expect(start({ min: -9, max: -2 })).toBe(-2);
  });
});

describe("reading values", () => {
  it("walks names and list together", () => {
    const { values } = readValues(def("Sampler"), { list: [7, "fixed", 30, 5.5, "heun"] });
    expect(values).toEqual({ seed: 7, [controlKey("seed")]: "fixed", steps: 30, cfg: 5.5, sampler_name: "heun" });
  });
  it("notices that a control mode is missing", () => {
    const { values } = readValues(def("Sampler"), { list: [7, 30, 5.5, "heun"] });
    expect(values).toMatchObject({ seed: 7, steps: 30, cfg: 5.5, sampler_name: "heun" });
  });
  it("reads the booleans of old files as modes", () => {
    expect(readValues(def("Sampler"), { list: [7, false, 30, 5.5, "heun"] }).values[controlKey("seed")]).toBe("fixed");
  });
  it("drops the dummy of a forced input", () => {
    expect(readValues(def("Forced"), { list: ["", 9] }).values).toEqual({ times: 9 });
  });
  it("takes the old name of a sampler", () => {
    expect(readValues(def("Sampler"), { list: [7, "fixed", 30, 5.5, "sample_heun"] }).values["sampler_name"]).toBe("heun");
  });
  it("prefers names to places", () => {
    expect(readValues(def("Sampler"), { list: [7, "fixed", 30, 5, "heun"], named: { steps: 11 } }).values["steps"]).toBe(11);
  });
  it("keeps defaults where the list ends, and the surplus where it does not", () => {
    expect(readValues(def("Sampler"), { list: [7] }).values["steps"]).toBe(20);
    const read = readValues(def("Scale"), { list: [2, "extra", 3] });
    expect(writeValues(def("Scale"), read.values, read.tail)).toEqual([2, "extra", 3]);
  });
});
