import { describe, expect, it } from "vitest";

import { changeWeight, groupsOf } from "@/prompt/weights";

/** Text with its selection between two bars, or its cursor at one. */
function read(marked: string): { text: string; from: number; to: number } {
  const from = marked.indexOf("|");
  const text = marked.replaceAll("|", "");
  const end = marked.indexOf("|", from + 1);
  return { text, from, to: end < 0 ? from : end - 1 };
}

function pressed(marked: string, delta: number): string | null {
  const { text, from, to } = read(marked);
  const change = changeWeight(text, { from, to }, delta);
  return change === null ? null : text.slice(0, change.from) + change.insert + text.slice(change.to);
}

describe("Ctrl+Up and Ctrl+Down", () => {
  it.each([
    ["a re|d tent", 0.05, "a (red:1.05) tent"],
    ["a red| tent", 0.1, "a (red:1.1) tent"],
    ["a |red tent|", 0.05, "a (red tent:1.05)"],
    ["a | red tent |", 0.05, "a  (red tent:1.05) "],
    ["a |red| tent", -0.05, "a (red:0.95) tent"],
    ["a (r|ed:1.05) tent", 0.05, "a (red:1.1) tent"],
    ["a (r|ed:1.05) tent", -0.05, "a red tent"],
    ["a (r|ed:0.95) tent", 0.05, "a red tent"],
    ["a |(red:1.2)| tent", 0.1, "a (red:1.3) tent"],
    ["a (|red|:1.2) tent", 0.1, "a (red:1.3) tent"],
    ["a (re|d) tent", 0.05, "a (red:1.15) tent"],
    ["a (red|) tent", -0.1, "a red tent"],
    ["(red|)", 0.05, "(red:1.15)"],
    ["", 0.05, null],
    ["a , | b", 0.05, null],
  ])("%s by %d is %s", (before, delta, after) => {
    expect(pressed(before, delta)).toBe(after);
  });

  it.each([
    ["(a |red| tent:1.2)", 0.05, "(a (red:1.25) tent:1.2)"],
    ["(a (re|d:1.25) tent:1.2)", -0.05, "(a red tent:1.2)"],
    ["((re|d))", 0.05, "((red:1.26))"],
    ["((re|d:1.3) tent:1.2)", 0.1, "((red:1.4) tent:1.2)"],
    ["((red:1.3) te|nt:1.2)", 0.1, "((red:1.3) tent:1.3)"],
  ])("nests: %s by %d is %s", (before, delta, after) => {
    expect(pressed(before, delta)).toBe(after);
  });

  it.each([
    ["a |(red:1.2) tent|", 0.05, "a ((red:1.2) tent:1.05)"],
    ["a (r|ed tent:1.2) by| night", 0.05, "a ((red tent:1.2) by:1.05) night"],
  ])("takes in brackets whole: %s by %d is %s", (before, delta, after) => {
    expect(pressed(before, delta)).toBe(after);
  });

  it("leaves escaped and unclosed brackets to the text", () => {
    expect(pressed("cat \\(ani|me\\)", 0.05)).toBe("cat (\\(anime\\):1.05)");
    expect(pressed("a (never closed, re|d", 0.05)).toBe("a (never closed, (red:1.05)");
  });

  it("steps the weight of a LoRA tag", () => {
    expect(pressed("<lora:pix|el:0.8> art", 0.05)).toBe("<lora:pixel:0.85> art");
    expect(pressed("<lora:pix|el> art", -0.1)).toBe("<lora:pixel:0.9> art");
    expect(pressed("<lora:pix|el:0.05:0.5> art", -0.1)).toBe("<lora:pixel:-0.05:0.5> art");
  });

  it("stays between nothing and ten", () => {
    expect(pressed("(re|d:0.02)", -0.05)).toBe("(red:0)");
    expect(pressed("(re|d:9.98)", 0.1)).toBe("(red:10)");
  });

  it("comes back to where it began, and keeps the text selected", () => {
    let text = "a red tent";
    let at = { from: 2, to: 5 };
    for (const delta of [0.05, 0.05, -0.05, -0.05]) {
      const change = changeWeight(text, at, delta);
      if (change === null) throw new Error("nothing to weigh");
      text = text.slice(0, change.from) + change.insert + text.slice(change.to);
      at = { ...change.select };
      expect(text.slice(at.from, at.to)).toBe("red");
    }
    expect(text).toBe("a red tent");
  });
});

it("weighs groups: a number replaces, brackets multiply", () => {
  const weights = groupsOf("(a (b:1.5) ((c)))").map(({ effective }) => Math.round(effective * 1000) / 1000);
  expect(weights).toEqual([1.1, 1.5, 1.21, 1.331]);
});
