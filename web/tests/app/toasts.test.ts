/** Messages that come and go are as large as the text beside them. */
import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

const SHEET = readFileSync(new URL("../../src/app/App.module.css", import.meta.url), "utf8");

/** What a class says, by property; of the rule that is the class alone. */
function rule(name: string): ReadonlyMap<string, string> {
  const body = new RegExp(`^\\.${name} \\{([^}]*)\\}`, "m").exec(SHEET)?.[1] ?? "";
  return new Map(Array.from(body.matchAll(/^\s*([\w-]+):\s*(.+);$/gm), ([, property = "", value = ""]) => [property, value]));
}

describe("toasts", () => {
  it("are as wide as the size of text asks for, over the width that the library writes at them", () => {
    expect(rule("toaster").get("--width")).toMatch(/rem.*!important$/);
  });

  it("have text, room and buttons that grow with the size of text", () => {
    for (const [name, properties] of [["toast", ["font-size", "padding", "gap"]], ["toastAction", ["font-size", "padding", "min-height"]]] as const)
      for (const property of properties) expect(`${name} ${property}: ${rule(name).get(property) ?? ""}`).toMatch(/: [\d.]+rem/);
  });

  it("have icons that grow with them", () => {
    expect(/\.toast svg \{\s*width: 1rem/.test(SHEET)).toBe(true);
  });
});
