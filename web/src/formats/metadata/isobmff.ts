/** MP4, MOV, M4V and AVIF: keys of QuickTime, entries of iTunes, and EXIF among the items. */
import { latin1, startsWith, utf8, whole, type Pair } from "./bytes";
import { exifPairs } from "./exif";

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

type Boxes = ReadonlyMap<string, Box>;

export const isIsobmff = (bytes: Uint8Array): boolean => startsWith(bytes, "ftyp", 4);

function boxes(bytes: Uint8Array, from: number, end: number): Box[] {
  const found: Box[] = [];
  for (let start = from; start + 8 <= end; ) {
    const short = whole(bytes, start, 4);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? whole(bytes, start + 8, 8) : short;
    const stop = short === 0 ? end : start + size;
    if (stop > end || stop < start + head) break;
    found.push({ type: latin1(bytes.subarray(start + 4, start + 8)), start: start + head, end: stop });
    start = stop;
  }
  return found;
}

const byType = (found: readonly Box[]): Boxes => new Map(found.map((box) => [box.type, box]));
const HOLDERS = new Set(["moov", "udta", "trak"]);

export function* isobmffPairs(bytes: Uint8Array): Generator<Pair> {
  const open = boxes(bytes, 0, bytes.length);
  for (const box of open) {
    if (HOLDERS.has(box.type)) open.push(...boxes(bytes, box.start, box.end));
    else if (box.type === "meta") yield* metaPairs(bytes, box);
    // Of old QuickTime: its length and language first.
    else if (box.type === "\xa9cmt") yield ["comment", utf8(bytes.subarray(box.start + 4, box.end))];
  }
}

/** That of QuickTime has no version in front. */
function* metaPairs(bytes: Uint8Array, meta: Box): Generator<Pair> {
  const isBare = startsWith(bytes, "hdlr", meta.start + 4);
  const parts = byType(boxes(bytes, meta.start + (isBare ? 0 : 4), meta.end));
  const list = parts.get("ilst");
  const names = keyNames(bytes, parts.get("keys"));
  for (const entry of list === undefined ? [] : boxes(bytes, list.start, list.end)) yield* listEntry(bytes, entry, names);
  yield* itemPairs(bytes, parts);
}

/** The names that the entries of the list refer to by number. */
function keyNames(bytes: Uint8Array, box: Box | undefined): string[] {
  const names: string[] = [];
  for (let at = (box?.start ?? 0) + 8; box !== undefined && at + 8 <= box.end; ) {
    const size = whole(bytes, at, 4);
    names.push(utf8(bytes.subarray(at + 8, at + size)));
    at += Math.max(size, 8);
  }
  return names;
}

/** By the number of its key, by a name of its own (`----`), or the comment of iTunes. */
function* listEntry(bytes: Uint8Array, entry: Box, names: readonly string[]): Generator<Pair> {
  const parts = byType(boxes(bytes, entry.start, entry.end));
  const [data, name] = [parts.get("data"), parts.get("name")];
  if (data === undefined) return;
  const text = utf8(bytes.subarray(data.start + 8, data.end));
  const key = names[whole(bytes, entry.start - 4, 4) - 1];
  if (key !== undefined) yield [key.slice(key.lastIndexOf(".") + 1), text];
  else if (entry.type === "\xa9cmt") yield ["comment", text];
  else if (name !== undefined) yield [utf8(bytes.subarray(name.start + 4, name.end)), text];
}

/** EXIF of a still picture: the item of that type, where the table of places says. */
function* itemPairs(bytes: Uint8Array, parts: Boxes): Generator<Pair> {
  const [infos, places, inside] = [parts.get("iinf"), parts.get("iloc"), parts.get("idat")];
  if (infos === undefined || places === undefined) return;
  const wanted = exifItems(bytes, infos);
  for (const { item, method, start, size } of itemPlaces(bytes, places)) {
    if (!wanted.has(item)) continue;
    const at = start + (method === 1 ? (inside?.start ?? 0) : 0);
    yield* exifPairs(bytes.subarray(at + 4 + whole(bytes, at, 4), at + size));
  }
}

function exifItems(bytes: Uint8Array, infos: Box): Set<number> {
  const head = bytes[infos.start] === 0 ? 6 : 8;
  const items = boxes(bytes, infos.start + head, infos.end).flatMap((entry) => {
    const width = (bytes[entry.start] ?? 0) >= 3 ? 4 : 2;
    return startsWith(bytes, "Exif", entry.start + 6 + width) ? [whole(bytes, entry.start + 4, width)] : [];
  });
  return new Set(items);
}

interface Place {
  readonly item: number;
  readonly method: number;
  readonly start: number;
  readonly size: number;
}

/** The first extent of each item. */
function* itemPlaces(bytes: Uint8Array, places: Box): Generator<Place> {
  const version = bytes[places.start] ?? 0;
  let at = places.start + 6;
  const next = (size: number): number => {
    const value = whole(bytes, at, size);
    at += size;
    return value;
  };
  const widths = whole(bytes, places.start + 4, 2);
  const width = (shift: number): number => (widths >> shift) & 15;
  const idSize = version === 2 ? 4 : 2;
  for (let left = next(idSize); left > 0; left -= 1) {
    const item = next(idSize);
    const method = version === 0 ? 0 : next(2) & 15;
    next(2);
    const base = next(width(4));
    for (let extents = next(2), i = 0; i < extents; i += 1) {
      if (version > 0) next(width(0));
      const [offset, size] = [next(width(12)), next(width(8))];
      if (i === 0) yield { item, method, start: base + offset, size };
    }
  }
}
