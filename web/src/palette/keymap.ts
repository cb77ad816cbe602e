/** Chords: "mod+shift+k" in the table, "⌘⇧K" or "Ctrl+Shift+K" for people. */

const isMac = typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.platform);

interface Chord {
  readonly key: string;
  readonly mod: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
}

export function parseChord(text: string): Chord {
  const parts = text.toLowerCase().split("+");
  return { key: parts[parts.length - 1] ?? "", mod: parts.includes("mod"), shift: parts.includes("shift"), alt: parts.includes("alt") };
}

type KeyPress = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

export function matches(event: KeyPress, text: string): boolean {
  const chord = parseChord(text);
  const mod = event.ctrlKey || event.metaKey;
  // Alt and Shift change what a key types, so letters and digits are also known by their place.
  const isKey = event.key.toLowerCase() === chord.key || [`key${chord.key}`, `digit${chord.key}`].includes(event.code.toLowerCase());
  // A character such as ? needs Shift on some keyboards and not on others.
  const isShift = event.shiftKey === chord.shift || /^[^a-z0-9]$/.test(chord.key);
  return isKey && mod === chord.mod && isShift && event.altKey === chord.alt;
}

const NAMES: Readonly<Record<string, string>> = { enter: "↵", delete: "Del", escape: "Esc", backspace: "⌫", arrowup: "↑", arrowdown: "↓", arrowleft: "←", arrowright: "→" };

export function chordLabel(text: string | undefined): string {
  if (text === undefined) return "";
  const { key, mod, shift, alt } = parseChord(text);
  const name = NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key.charAt(0).toUpperCase() + key.slice(1));
  if (isMac) return `${alt ? "⌥" : ""}${shift ? "⇧" : ""}${mod ? "⌘" : ""}${name}`;
  return [...(mod ? ["Ctrl"] : []), ...(shift ? ["Shift"] : []), ...(alt ? ["Alt"] : []), name].join("+");
}
