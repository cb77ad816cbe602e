/** The catalogue and the sources fit: nothing is said that is not written, nothing written that is not said. */
import { readdirSync, readFileSync } from "node:fs";

import i18next from "i18next";
import ts from "typescript";
import { describe, expect, it } from "vitest";

import "@/i18n/more";

import { sources, visit } from "../sources";

function leaves(tree: object, path = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]) => (typeof value === "object" && value !== null ? leaves(value, `${path}${key}.`) : [path + key]));
}

const stem = (key: string): string => key.replace(/_(one|other)$/, "");
const KEYS = new Set(leaves(i18next.getResourceBundle("en", "translation") as object).map(stem));

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A template as the keys that it can make: what is filled in is one part of a key or several. */
const shape = (template: ts.TemplateExpression): RegExp =>
  new RegExp(`^${escaped(template.head.text)}${template.templateSpans.map((span) => `.+${escaped(span.literal.text)}`).join("")}$`);

interface Said {
  readonly place: string;
  readonly key: string | RegExp;
}

const literals: string[] = [];
const templates: RegExp[] = [];
const said: Said[] = [];
for (const { path, tree } of sources()) {
  visit(tree, (node) => {
    if (ts.isStringLiteralLike(node)) literals.push(node.text);
    // Without the room no key is meant.
    if (ts.isTemplateExpression(node) && /^[a-zA-Z]+\./.test(node.head.text)) templates.push(shape(node));
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== "t") return;
    const [key] = node.arguments;
    const place = `${path}: ${key?.getText() ?? ""}`;
    if (key !== undefined && ts.isStringLiteralLike(key)) said.push({ place, key: key.text });
    if (key !== undefined && ts.isTemplateExpression(key)) said.push({ place, key: shape(key) });
  });
}

describe("the catalogue of strings", () => {
  it("holds no string that nobody says", () => {
    const spoken = new Set(literals);
    expect([...KEYS].filter((key) => !spoken.has(key) && !templates.some((template) => template.test(key)))).toEqual([]);
  });

  it("holds every string that is said", () => {
    const exists = ({ key }: Said): boolean => (typeof key === "string" ? KEYS.has(key) : [...KEYS].some((each) => key.test(each)));
    expect(said.length).toBeGreaterThan(500);
    expect(said.filter((each) => !exists(each)).map(({ place }) => place)).toEqual([]);
  });

  it("has all its files in the one list", () => {
    const folder = new URL("../../src/i18n/", import.meta.url);
    const lists = ["index.ts", "more.ts"].map((name) => readFileSync(new URL(name, folder), "utf8")).join("");
    expect(readdirSync(new URL("en", folder)).filter((name) => !lists.includes(`"./en/${name}"`))).toEqual([]);
  });
});
