/** The rooms and who may look into which. */
import { describe, expect, it } from "vitest";

import { importsOf, sources, type Import, type Source } from "./sources";

const SOURCES = sources();
const roomOf = (path: string): string => path.split("/")[0] ?? path;

/** What files of the rooms import and should not. */
function strangers(rooms: readonly string[], isAllowed: (found: Import) => boolean): readonly string[] {
  const files = SOURCES.filter(({ path }) => rooms.includes(roomOf(path)));
  expect(files.length).toBeGreaterThan(0);
  return files.flatMap((file) => importsOf(file).flatMap((found) => (isAllowed(found) ? [] : [`${file.path} imports ${found.to}`])));
}

const isIn = ({ to, isOurs }: Import, ...rooms: readonly string[]): boolean => isOurs && rooms.includes(roomOf(to));

const DRAWING = ["react", "react-dom", "radix-ui", "lucide-react", "sonner", "cmdk", "@xyflow/react", "@tanstack/react-virtual", "zustand/react/shallow"];
const isPlain = ({ to, isOurs }: Import): boolean => !isOurs && !DRAWING.includes(to);

describe("the rooms", () => {
  it("keep formats and the model pure: they know each other and nothing that draws", () => {
    expect(strangers(["formats", "model"], (found) => isIn(found, "formats", "model") || isPlain(found) || (found.isType && isIn(found, "i18n")))).toEqual([]);
  });

  it("keep the server's interface pure as well", () => {
    expect(strangers(["api"], (found) => isIn(found, "api", "formats") || isPlain(found))).toEqual([]);
  });

  it("share parts of ui, which know no room but the catalogue of strings", () => {
    expect(strangers(["ui"], (found) => !found.isOurs || isIn(found, "ui", "i18n"))).toEqual([]);
    expect(strangers(["i18n"], (found) => isPlain(found) || isIn(found, "i18n"))).toEqual([]);
  });

  it("read what is open, and for which file, from a room that knows the model only", () => {
    expect(strangers(["session"], (found) => isIn(found, "session", "model", "formats", "i18n") || isPlain(found) || (found.isType && isIn(found, "api")))).toEqual([]);
  });

  it("leave the shell alone: nobody but the entry reads it", () => {
    const readers = SOURCES.filter(({ path }) => !["app", "main.tsx"].includes(roomOf(path)));
    expect(readers.flatMap((file) => importsOf(file).flatMap((found) => (isIn(found, "app") ? [`${file.path} imports ${found.to}`] : [])))).toEqual([]);
  });

  it("ask for commands by name: their tables are read by one module", () => {
    const tables = (path: string): boolean => path === "app/commands" || path.endsWith("/commands");
    const readers = SOURCES.filter(({ path }) => path !== "app/commands.ts" && path !== "app/boot.ts");
    expect(readers.flatMap((file) => importsOf(file).flatMap(({ to, isOurs }) => (isOurs && tables(to) ? [`${file.path} imports ${to}`] : [])))).toEqual([]);
  });

  it("have no circles of modules that need each other before they run", () => {
    expect(circle(SOURCES)).toEqual([]);
  });
});

/** The first circle of value imports that is found. */
function circle(files: readonly Source[]): readonly string[] {
  const modules = new Map(files.map((file) => [file.path.replace(/(\/index)?\.tsx?$/, ""), importsOf(file).flatMap(({ to, isOurs, isType }) => (isOurs && !isType ? [to.replace(/\/index$/, "")] : []))]));
  const done = new Set<string>();
  const walk = (module: string, way: readonly string[]): readonly string[] => {
    if (way.includes(module)) return [...way.slice(way.indexOf(module)), module];
    if (done.has(module)) return [];
    for (const next of modules.get(module) ?? []) {
      const found = walk(next, [...way, module]);
      if (found.length > 0) return found;
    }
    done.add(module);
    return [];
  };
  for (const module of modules.keys()) {
    const found = walk(module, []);
    if (found.length > 0) return found;
  }
  return [];
}
