/** The name among many that is most like another one: files that were renamed, or are of another precision. */

const plain = (name: string): string => name.replace(/^.*[\\/]/, "").replace(/\.[^.]+$/, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();

function pairs(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (let i = 0; i < text.length - 1; i += 1) {
    const pair = text.slice(i, i + 2);
    found.set(pair, (found.get(pair) ?? 0) + 1);
  }
  return found;
}

/** Share of letter pairs that two names have in common (Dice 1945): 0 to 1. */
export function likeness(a: string, b: string): number {
  const [left, right] = [plain(a), plain(b)];
  if (left === right) return 1;
  const [first, second] = [pairs(left), pairs(right)];
  let common = 0;
  for (const [pair, count] of first) common += Math.min(count, second.get(pair) ?? 0);
  const total = left.length + right.length - 2;
  return total <= 0 ? 0 : (2 * common) / total;
}

/** Names that have less than this in common are others altogether. */
const ALIKE = 0.45;

export function closest(name: string, choices: readonly string[]): string | null {
  const ranked = choices.map((choice) => ({ choice, likeness: likeness(name, choice) })).sort((a, b) => b.likeness - a.likeness);
  const best = ranked[0];
  return best !== undefined && best.likeness >= ALIKE ? best.choice : null;
}
