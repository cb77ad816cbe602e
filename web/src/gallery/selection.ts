/** Which pictures of a grid are chosen, after a click or a key. Pure. */
export interface Selection {
  readonly chosen: ReadonlySet<string>;
  /** Where a range begins. */
  readonly anchor: string | null;
  readonly focused: string | null;
}

export const NOTHING: Selection = { chosen: new Set(), anchor: null, focused: null };

interface Mods {
  readonly shift: boolean;
  readonly mod: boolean;
}

function range(keys: readonly string[], from: string | null, to: string): readonly string[] {
  const [a, b] = [keys.indexOf(from ?? to), keys.indexOf(to)].sort((x, y) => x - y);
  return a === undefined || b === undefined || a < 0 ? [to] : keys.slice(a, b + 1);
}

export function toggledKey(chosen: ReadonlySet<string>, key: string): ReadonlySet<string> {
  return chosen.has(key) ? new Set([...chosen].filter((item) => item !== key)) : new Set([...chosen, key]);
}

/** Alone it is the one; with Ctrl it comes or goes; with Shift all from the anchor are. */
export function clicked(before: Selection, keys: readonly string[], key: string, { shift, mod }: Mods): Selection {
  if (shift) return { ...before, chosen: new Set([...(mod ? before.chosen : []), ...range(keys, before.anchor, key)]), focused: key };
  if (mod) return { chosen: toggledKey(before.chosen, key), anchor: key, focused: key };
  return { chosen: new Set([key]), anchor: key, focused: key };
}

/** An arrow key goes to `key`; with Shift what lies between is chosen. */
export function walked(before: Selection, keys: readonly string[], key: string, shift: boolean): Selection {
  if (!shift) return { chosen: new Set([key]), anchor: key, focused: key };
  const anchor = before.anchor ?? before.focused ?? key;
  return { chosen: new Set(range(keys, anchor, key)), anchor, focused: key };
}

/** Pictures that are gone are not chosen, and the focus goes to the one that took the place. */
export function settled(before: Selection, was: readonly string[], now: readonly string[]): Selection {
  const there = new Set(now);
  const chosen = new Set([...before.chosen].filter((key) => there.has(key)));
  if (before.focused === null || there.has(before.focused)) return chosen.size === before.chosen.size ? before : { ...before, chosen };
  const next = was.slice(was.indexOf(before.focused)).find((key) => there.has(key)) ?? now[now.length - 1] ?? null;
  return { chosen: next === null || chosen.size > 0 ? chosen : new Set([next]), anchor: next, focused: next };
}
