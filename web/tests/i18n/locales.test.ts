import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

import i18next from "i18next";
import { describe, expect, it } from "vitest";

import "@/i18n";
import { chosenLanguage, languageChoices } from "@/i18n/languages";

type Tree = { readonly [key: string]: string | Tree };

const folder = resolve("src", "i18n", "locales");
const locales = readdirSync(folder).filter((name) => name.endsWith(".json"));
const read = (name: string): Tree => JSON.parse(readFileSync(resolve(folder, name), "utf8")) as Tree;
const PLURAL = /_(zero|one|two|few|many|other)$/;

const leaves = (tree: Tree, path = ""): [string, string][] => Object.entries(tree).flatMap(([key, value]): [string, string][] => (typeof value === "string" ? [[`${path}${key}`, value]] : leaves(value, `${path}${key}.`)));
const placeholders = (text: string): string[] => [...text.matchAll(/{{\s*(\w+)\s*}}/g)].map(([, name]) => name ?? "").sort();

const english = new Map(leaves(i18next.getResourceBundle("en", "translation") as Tree));
const stems = (keys: Iterable<string>): Set<string> => new Set([...keys].map((key) => key.replace(PLURAL, "")));

describe.each(locales)("%s", (name) => {
  const own = new Map(leaves(read(name)));
  it("has words for nothing that English does not have", () => {
    const known = stems(english.keys());
    expect([...stems(own.keys())].filter((key) => !known.has(key))).toEqual([]);
  });
  it("leaves little in English", () => {
    const there = stems(own.keys());
    const missing = [...stems(english.keys())].filter((key) => !there.has(key));
    expect(missing.length / english.size, missing.slice(0, 12).join(", ")).toBeLessThan(0.05);
  });
  it("fills the same places, in every plural that the language has", () => {
    const rules = new Intl.PluralRules(name.replace(".json", "")).resolvedOptions().pluralCategories;
    for (const [key, text] of own) {
      const stem = key.replace(PLURAL, "");
      const source = english.get(key) ?? english.get(`${stem}_other`) ?? english.get(stem) ?? "";
      const wanted = placeholders(source);
      // One of something may be said without its number.
      const isOne = /_(one|zero)$/.test(key);
      expect(placeholders(text).filter((place) => !(isOne && place === "count")), key).toEqual(wanted.filter((place) => !(isOne && place === "count")));
      if (PLURAL.test(key) && english.has(`${stem}_other`)) for (const rule of rules) expect(own.has(`${stem}_${rule}`), `${stem}_${rule}`).toBe(true);
    }
  });
});

it("shows the language that is set, else the first that the browser asks for and we have", () => {
  const known = languageChoices().map(([id]) => id);
  expect(known).toContain("en");
  expect(chosenLanguage("", ["xx-YY", "en-GB"])).toBe("en");
  expect(chosenLanguage("xx", ["en"])).toBe("en");
  expect(chosenLanguage("no language at all", [])).toBe("en");
  for (const id of known) expect(chosenLanguage(id, [])).toBe(id);
  const found = ["zh-CN", "zh-SG", "zh-HK", "zh-Hant", "zh-TW", "pt-PT", "de-AT"].map((wish) => chosenLanguage("", [wish, "en"]));
  expect(found).toEqual(["zh", "zh", "zh-TW", "zh-TW", "zh-TW", "pt-BR", "de"]);
});

it("calls each language by its own name, and no two alike", () => {
  const names = new Map(languageChoices());
  expect([names.get("zh"), names.get("zh-TW"), names.get("de"), names.get("uk")]).toEqual(["简体中文", "繁體中文", "Deutsch", "Українська"]);
  expect(new Set(names.values()).size).toBe(names.size);
});
