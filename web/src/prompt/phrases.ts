/** Phrases that people write again: those of this workflow, and the recent ones of this browser. */

const KEPT = "heddle.phrases";
const MOST = 500;
const LONGEST = 60;

/** The phrases of a prompt, without weights, tags and comments. */
export function phrasesOf(text: string): readonly string[] {
  const plain = text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ",")
    .replace(/<[^<>]*>/g, ",")
    .replace(/\bembedding:[^\s,()]+/g, ",")
    .replace(/:\s*[+-]?[\d.]+\s*(?=\))/g, "")
    .replace(/\\([()])/g, "$1");
  const found = plain.split(/[,\n|{}()[\]]+|\.\s/).map((phrase) => phrase.trim().replace(/\s+/g, " ").replace(/[.;:]+$/, ""));
  return [...new Set(found)].filter((phrase) => phrase.length >= 3 && phrase.length <= LONGEST && /\p{L}/u.test(phrase));
}

/** What was written last comes first; the oldest are forgotten. */
export function withRecent(kept: readonly string[], text: string): readonly string[] {
  return [...new Set([...phrasesOf(text), ...kept])].slice(0, MOST);
}

export function recentPhrases(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(kept) ? kept.filter((item): item is string => typeof item === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function rememberPhrases(text: string): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(withRecent(recentPhrases(), text)));
  } catch {
    // A full or forbidden storage costs only the completion.
  }
}
