import { expect, it } from "vitest";

import { dynamicPrompt, fileNameTokens } from "@/formats/text";

it("picks one of the alternatives, nested ones too", () => {
  expect(dynamicPrompt("a {red|{dark|light} blue} sky", () => 0)).toBe("a red sky");
  expect(dynamicPrompt("a {red|{dark|light} blue} sky", () => 0.99)).toBe("a light blue sky");
});

it("drops comments and frees escaped braces", () => {
  expect(dynamicPrompt("one /* two */three // four\nfive \\{a\\|b\\}", () => 0)).toBe("one three \nfive {a|b}");
});

it("leaves a brace that never closes", () => {
  expect(dynamicPrompt("a {b|c", () => 0)).toBe("a {b|c");
});

it("fills dates and values of other nodes into file names, and leaves the rest to the server", () => {
  const now = new Date(2026, 0, 2, 3, 4, 5);
  expect(fileNameTokens("%date:yyyy-MM-dd_hh%/%K.seed%_%width%", now, (node, widget) => (node === "K" && widget === "seed" ? "a/7" : null))).toBe("2026-01-02_03/a_7_%width%");
});
