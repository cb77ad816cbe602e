/** A user's list of tags: one a line, as `tag`, `tag,category,count` or with other names in quotes behind. */

export interface Tag {
  readonly name: string;
  readonly count: number;
  readonly aliases: readonly string[];
}

const MOST = 200_000;

export function parseTags(text: string): readonly Tag[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/, MOST);
  return lines.flatMap((line) => {
    const [name = "", ...rest] = cellsOf(line);
    if (name === "" || name.startsWith("#") || (name.toLowerCase() === "name" && rest.length > 0)) return [];
    const numbers = rest.filter((cell) => /^\d+$/.test(cell)).map(Number);
    const aliases = (rest.findLast((cell) => cell !== "" && !/^\d+$/.test(cell)) ?? "").split(",").map(spoken).filter(Boolean);
    return [{ name: spoken(name), count: numbers[numbers.length - 1] ?? 0, aliases: rest.length > 2 ? aliases : [] }];
  });
}

/** Lists write `long_hair`; prompts have spaces. Faces such as `^_^` stay as they are. */
const spoken = (name: string): string => (/[a-z0-9]{2}/i.test(name) ? name.trim().replaceAll("_", " ") : name.trim());

function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((match) => (match[1]?.replaceAll('""', '"') ?? match[2] ?? "").trim());
}
