import { describe, expect, it } from "vitest";

import type { InputDef } from "@/formats/definitions";
import type { JsonObject } from "@/formats/json";
import { defaultValue, takes, widgetFor, type Widget } from "@/formats/widgets";
import { isMultiline, widgetsHeight } from "@/model/geometry";
import { valueFrom } from "@/widgets/actions";
import { flatRows, foldersOf, hasFolders, toggleChoice, treeRows, valuesOf } from "@/widgets/choices";
import { colorNumber, colorOf, colorText, parseColor } from "@/widgets/color";
import { addPoint, curvePath, heightAt, movePoint, readCurve, removePoint, toggled, writeCurve } from "@/widgets/curve";
import { gradientOf } from "@/widgets/gradient";
import { destinationOf, isMediaCombo, mediaOf, withFolder } from "@/widgets/media";
import { registerWidgetAction, widgetSections } from "@/widgets/menu";
import { isBounded, numberAt, rangeOf, shareOf } from "@/widgets/numbers";
import { annotatedName, mediaKind, shownOf } from "@/widgets/outputs";
import { modelFolder } from "@/widgets/previews";

function input(type: string, options: JsonObject = {}, choices: InputDef["choices"] = null, name = "x"): InputDef {
  return { name, type, choices, options, required: true };
}

function widget(def: InputDef): Widget {
  return { key: def.name, name: def.name, kind: widgetFor(def) ?? "other", input: def, inPrompt: true };
}

describe("kinds of widgets", () => {
  it.each([
    ["several choices", input("COMBO", { multi_select: true }, ["a", "b"]), "multi", []],
    ["curves", input("CURVE"), "curve", [[0, 0], [1, 1]]],
    ["text with markup", input("MARKDOWN"), "markdown", ""],
    ["colours as INT", input("INT", { display: "color" }), "color", 0],
    ["colours as FLOAT", input("FLOAT", { display: "color", default: 255 }), "color", 255],
  ])("are told for %s", (_what, def, kind, value) => {
    expect(widgetFor(def)).toBe(kind);
    expect(defaultValue(widget(def))).toEqual(value);
  });
  it("take lists where several may be chosen, and nothing else", () => {
    const several = widget(input("COMBO", { multi_select: true }, ["a"]));
    expect([takes(several, ["a"]), takes(several, "a"), takes(several, null)]).toEqual([true, false, false]);
  });
  it("count advanced ones as the one row that unfolds them", () => {
    const rows = (count: number): Widget[] => Array.from({ length: count }, () => widget(input("INT", { advanced: true })));
    expect(widgetsHeight(rows(5))).toBe(widgetsHeight(rows(1)));
    expect(widgetsHeight([widget(input("INT")), ...rows(5)])).toBe(2 * widgetsHeight(rows(1)));
    expect(isMultiline(widget(input("MARKDOWN")))).toBe(true);
  });
});

describe("colours", () => {
  it.each([
    ["#abc", "#aabbcc", 1],
    ["a1b2c3", "#a1b2c3", 1],
    ["#11223380", "#112233", 0.5],
    ["#1238", "#112233", 0.53],
    ["rgb(255, 0 10)", "#ff000a", 1],
    ["rgba(1 2 3 / 25%)", "#010203", 0.25],
  ])("%s is %s", (text, hex, alpha) => {
    const color = parseColor(text);
    expect(color?.hex).toBe(hex);
    expect(color?.alpha).toBeCloseTo(alpha, 2);
  });
  it("are none where the text is none", () => {
    expect(["", "red", "#12", "rgb(1, 2)", "rgb(a, b, c)"].map(parseColor)).toEqual([null, null, null, null, null]);
  });
  it("come back as they were, with eight digits only where they are seen through", () => {
    expect(colorText({ hex: "#102030", alpha: 1 })).toBe("#102030");
    expect(colorText(colorOf("#10203080"))).toBe("#10203080");
    expect(colorNumber(colorOf(0x010203))).toBe(0x010203);
  });
});

describe("curves", () => {
  const bent = readCurve([[0, 0], [0.5, 0.8], [1, 1]]);
  it("are read from lists, from objects, and from what is no curve", () => {
    expect(readCurve({ points: [[1, 1], [0, 0.2]], interpolation: "linear" })).toEqual({ points: [[0, 0.2], [1, 1]], interpolation: "linear", isBare: false });
    expect(readCurve("").points).toEqual([[0, 0], [1, 1]]);
  });
  it("are written in the form they came in, with what else it held", () => {
    expect(writeCurve(bent, [[0, 0]])).toEqual([[0, 0], [0.5, 0.8], [1, 1]]);
    const before = { points: [[0, 0], [1, 1]], interpolation: "linear", other: 1 };
    expect(writeCurve(removePoint(addPoint(readCurve(before), [0.3, 0.3]).curve, 1), before)).toEqual(before);
  });
  it("go through their points and never beyond them", () => {
    for (const curve of [bent, toggled(bent)]) for (const [x, y] of curve.points) expect(heightAt(curve, x)).toBeCloseTo(y, 6);
    const steep = readCurve([[0, 0], [0.1, 1], [0.9, 1], [1, 0]]);
    for (let x = 0; x <= 1; x += 0.01) expect(heightAt(steep, x)).toBeLessThanOrEqual(1 + 1e-9);
    expect(heightAt(readCurve({ points: [[0, 0], [1, 1]], interpolation: "linear" }), 0.25)).toBeCloseTo(0.25);
  });
  it("keep the order of their points and stay in the square", () => {
    expect(movePoint(bent, 1, [2, -1]).points[1]).toEqual([0.995, 0]);
    expect(movePoint(bent, 0, [-1, 0.5]).points[0]).toEqual([0, 0.5]);
  });
  it("take a point that is there already for the one that is meant", () => {
    expect(addPoint(bent, [0.501, 0.1])).toEqual({ curve: bent, index: 1 });
    expect(addPoint(bent, [0.75, 0.9]).index).toBe(2);
    expect(removePoint(readCurve(""), 0).points).toHaveLength(2);
  });
  it("are drawn with y upwards", () => {
    expect(curvePath(readCurve(""), 100, 2)).toBe("M 0.00 100.00 L 50.00 50.00 L 100.00 0.00");
  });
});

describe("choices in folders", () => {
  const choices = ["base.safetensors", "sd15/a.safetensors", "sd15\\styles\\b.safetensors", "xl/c.safetensors"];
  it("are a tree with the folders first", () => {
    expect(hasFolders(choices)).toBe(true);
    const names = (open: string[]): string[] => treeRows(choices, new Set(open)).map((row) => `${"-".repeat(row.depth)}${row.name}`);
    expect(names([])).toEqual(["sd15", "xl", "base.safetensors"]);
    expect(names(["sd15", "sd15/styles"])).toEqual(["sd15", "-styles", "--b.safetensors", "-a.safetensors", "xl", "base.safetensors"]);
    expect(treeRows(choices, new Set())[0]).toMatchObject({ count: 2 });
  });
  it("keep their full value, and their full name while one searches", () => {
    expect(flatRows(choices)[1]).toMatchObject({ choice: "sd15/a.safetensors", name: "sd15/a.safetensors" });
    expect(foldersOf("a/b/c.pt")).toEqual(["a", "a/b"]);
  });
  it("are chosen and left in the order of the list", () => {
    expect(toggleChoice(["c"], "a", ["a", "b", "c"])).toEqual(["a", "c"]);
    expect(toggleChoice(["a", "c"], "a", ["a", "b", "c"])).toEqual(["c"]);
    expect([valuesOf(null), valuesOf("a"), valuesOf(["a", "b"])]).toEqual([[], ["a"], ["a", "b"]]);
  });
});

describe("sliders", () => {
  const range = rangeOf(widget(input("FLOAT", { min: -1, max: 1, step: 0.05 })));
  it("stand on the steps of the number", () => {
    expect(numberAt(0.5, range)).toBe(0);
    expect(numberAt(0.513, range)).toBe(0.05);
    expect(shareOf(0.5, range)).toBe(0.75);
    expect(isBounded(rangeOf(widget(input("INT", { min: 0 }))))).toBe(false);
  });
  it("have the colours that the node gives", () => {
    expect(gradientOf({ gradient_stops: [[0, [255, 0, 0]], [1, "#00f"]] })).toBe("linear-gradient(to right, #ff0000 0%, #0000ff 100%)");
    expect(gradientOf({ gradient_stops: [{ offset: 0.2, color: [0, 0, 0] }, { offset: 0.8, color: "#fff" }] })).toBe("linear-gradient(to right, #000000 20%, #ffffff 80%)");
    expect(gradientOf({})).toContain("var(--accent)");
  });
});

describe("files of loaders", () => {
  it("are of the kind that the option says, and go where it says", () => {
    expect(mediaOf(input("COMBO", { audio_upload: true }))).toBe("audio");
    expect(destinationOf(input("COMBO", { image_upload: true, image_folder: "output", upload_subfolder: "masks" }))).toEqual({ folder: "output", subfolder: "masks" });
    expect(withFolder("a.png", { folder: "output", subfolder: "" })).toBe("a.png [output]");
    expect(withFolder("a.png [temp]", { folder: "output", subfolder: "" })).toBe("a.png [temp]");
  });
  it("stand below their drop-down unless the node has a row for them", () => {
    expect(isMediaCombo(widget(input("COMBO", { audio_upload: true }, ["a.wav"])))).toBe(true);
    expect(isMediaCombo(widget(input("COMBO", { image_upload: true }, ["a.png"])))).toBe(false);
    expect(isMediaCombo(widget(input("COMBO", {}, ["a.png"])))).toBe(false);
  });
  it("have previews where the name tells the folder of models", () => {
    expect([modelFolder(widget(input("COMBO", {}, [], "lora_name"))), modelFolder(widget(input("COMBO", {}, [], "clip_name1"))), modelFolder(widget(input("COMBO", {}, [], "lora_name_2")))]).toEqual(["loras", null, "loras"]);
  });
});

describe("what a node shows", () => {
  const file = (filename: string, type = "output"): JsonObject => ({ filename, subfolder: "", type });
  it("is sorted by kind, by the names of its files", () => {
    const shown = shownOf({ images: [file("a.png"), file("b.mp4")], audio: [file("c.flac")], gifs: [file("b.mp4")], files: [file("d.bin")], text: ["x", 3] });
    expect(shown.media.map(({ kind, file: { filename } }) => `${kind} ${filename}`)).toEqual(["image a.png", "video b.mp4", "audio c.flac", "file d.bin"]);
    expect(shown.texts).toEqual(["x", "3"]);
  });
  it("are two pictures where there are two, and one where there is one", () => {
    expect(shownOf({ a_images: [file("a.png")], b_images: [file("b.png"), file("c.png")] }).pairs).toHaveLength(1);
    const alone = shownOf({ a_images: [file("a.png")], b_images: [] });
    expect([alone.pairs.length, alone.media.length]).toEqual([0, 1]);
  });
  it("is nothing where the node says nothing", () => {
    expect(shownOf({})).toEqual({ media: [], texts: [], compared: null, pairs: [] });
  });
  it("is named as loaders name files", () => {
    expect(annotatedName({ filename: "a.png", subfolder: "s", type: "temp" })).toBe("s/a.png [temp]");
    expect(annotatedName({ filename: "a.png", subfolder: "", type: "input" })).toBe("a.png");
    expect([mediaKind({ filename: "x.webm" }), mediaKind({ filename: "x" }, "image")]).toEqual(["video", "image"]);
  });
});

describe("the menu of a widget", () => {
  const steps = widget(input("INT", { min: 1, max: 100, default: 20 }, null, "steps"));
  it("has what other rooms add, in their sections, and loses it again", () => {
    const remove = registerWidgetAction({ id: "sweep", section: 2, items: (_node, { name }) => (name === "steps" ? [{ id: "sweep", label: "Sweep" }] : []) });
    registerWidgetAction({ id: "promote", section: 1, items: () => [{ id: "promote", label: "Promote" }] });
    expect(widgetSections("1", steps).flat().map(({ id }) => id)).toEqual(["copyValue", "pasteValue", "resetValue", "promote", "sweep"]);
    expect(widgetSections("1", widget(input("FLOAT"))).flat().map(({ id }) => id)).not.toContain("sweep");
    remove();
    expect(widgetSections("1", steps).flat().map(({ id }) => id)).not.toContain("sweep");
  });
  it("pastes only what the widget takes", () => {
    expect([valueFrom("30", steps), valueFrom("300", steps), valueFrom("many", steps)]).toEqual([30, undefined, undefined]);
    expect(valueFrom('["a"]', widget(input("COMBO", { multi_select: true }, ["a"])))).toEqual(["a"]);
    expect(valueFrom("any words", widget(input("STRING")))).toBe("any words");
  });
});
