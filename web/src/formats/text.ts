/** What is replaced in text at queue time: dynamic prompts and the tokens of file names. */

const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

/** `{a|b}` picks one, nested too; comments go; `\{`, `\|` and `\}` stand for themselves. */
export function dynamicPrompt(text: string, random: () => number): string {
  const source = text.replace(COMMENTS, "");
  // A stack of open braces: each frame holds the alternatives met so far.
  const frames: string[][] = [[""]];
  const append = (piece: string): void => {
    const top = frames[frames.length - 1];
    if (top !== undefined) top[top.length - 1] += piece;
  };
  for (let i = 0; i < source.length; i += 1) {
    const char = source.charAt(i);
    const next = source.charAt(i + 1);
    if (char === "\\" && next !== "" && "{|}".includes(next)) {
      append(next);
      i += 1;
    } else if (char === "{") frames.push([""]);
    else if (char === "|" && frames.length > 1) frames[frames.length - 1]?.push("");
    else if (char === "}" && frames.length > 1) append(pick(frames.pop() ?? [""], random));
    else append(char);
  }
  // Braces that never close are plain text.
  while (frames.length > 1) append(`{${(frames.pop() ?? []).join("|")}`);
  return frames[0]?.[0] ?? "";
}

function pick(options: readonly string[], random: () => number): string {
  return options[Math.min(options.length - 1, Math.floor(random() * options.length))] ?? "";
}

const DATE_PARTS = /yyyy|yy|MM|M|dd|d|hh|h|mm|m|ss|s/g;

function formatDate(format: string, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const parts: Record<string, string> = {
    yyyy: String(now.getFullYear()),
    yy: String(now.getFullYear()).slice(-2),
    MM: two(now.getMonth() + 1),
    M: String(now.getMonth() + 1),
    dd: two(now.getDate()),
    d: String(now.getDate()),
    hh: two(now.getHours()),
    h: String(now.getHours()),
    mm: two(now.getMinutes()),
    m: String(now.getMinutes()),
    ss: two(now.getSeconds()),
    s: String(now.getSeconds()),
  };
  return format.replace(DATE_PARTS, (part) => parts[part] ?? part);
}

/** `%date:FORMAT%` and `%Node title.widget%`; every other token is left to the server. */
export function fileNameTokens(text: string, now: Date, valueOf: (node: string, widget: string) => string | null): string {
  return text.replace(/%([^%]+)%/g, (whole, token: string) => {
    if (token.startsWith("date:")) return formatDate(token.slice(5), now);
    const dot = token.lastIndexOf(".");
    const value = dot > 0 ? valueOf(token.slice(0, dot), token.slice(dot + 1)) : null;
    return value === null ? whole : value.replace(/[/?<>\\:*|"]/g, "_");
  });
}
