/** Entries of the palette that are no commands of the program: what people named themselves. */

export interface PaletteEntry {
  readonly id: string;
  readonly title: string;
  /** What kind of thing it is. */
  readonly aside: string;
  readonly run: () => void;
}

type Source = () => readonly PaletteEntry[];

const shelf: { sources: Readonly<Record<string, Source>> } = { sources: {} };

/** Another source of the same name takes its place. Returns the way back. */
export function registerPaletteSource(name: string, source: Source): () => void {
  shelf.sources = { ...shelf.sources, [name]: source };
  return () => {
    if (shelf.sources[name] === source) shelf.sources = Object.fromEntries(Object.entries(shelf.sources).filter(([other]) => other !== name));
  };
}

export const paletteEntries = (): readonly PaletteEntry[] => Object.values(shelf.sources).flatMap((source) => source());
