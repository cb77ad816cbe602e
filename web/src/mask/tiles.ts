/** The mask in tiles: only those that change are remembered, so that a step costs what it touched. */
import { FULL, intersect, laid, times, wholeOf, type Plane, type Rect } from "./plane";

export const TILE = 128;

/** A tile whose bytes are all the same is that one byte. */
type Tile = number | Uint8Array<ArrayBuffer>;
export type Tiles = Map<number, Tile>;

const columns = (plane: Plane): number => Math.ceil(plane.width / TILE);

function tileRect(plane: Plane, index: number): Rect {
  const [left, top] = [(index % columns(plane)) * TILE, Math.floor(index / columns(plane)) * TILE];
  return { left, top, right: Math.min(left + TILE, plane.width), bottom: Math.min(top + TILE, plane.height) };
}

export function tilesIn(plane: Plane, rect: Rect): number[] {
  const inner = intersect(rect, wholeOf(plane));
  if (inner === null) return [];
  const found: number[] = [];
  for (let row = Math.floor(inner.top / TILE); row * TILE < inner.bottom; row++) {
    for (let column = Math.floor(inner.left / TILE); column * TILE < inner.right; column++) found.push(row * columns(plane) + column);
  }
  return found;
}

function readTile(plane: Plane, index: number): Tile {
  const { left, top, right, bottom } = tileRect(plane, index);
  const width = right - left;
  const bytes = new Uint8Array(width * (bottom - top));
  for (let y = top; y < bottom; y++) bytes.set(plane.data.subarray(y * plane.width + left, y * plane.width + right), (y - top) * width);
  return evenValue(bytes) ?? bytes;
}

/** Plain loops here and below: a large picture is sixteen million calls otherwise. */
function evenValue(bytes: Uint8Array): number | null {
  const first = bytes[0] ?? 0;
  for (let index = 1; index < bytes.length; index++) if (bytes[index] !== first) return null;
  return first;
}

function writeTile(plane: Plane, index: number, tile: Tile): void {
  const { left, top, right, bottom } = tileRect(plane, index);
  const width = right - left;
  for (let y = top; y < bottom; y++) {
    const row = y * plane.width;
    if (typeof tile === "number") plane.data.fill(tile, row + left, row + right);
    else plane.data.set(tile.subarray((y - top) * width, (y - top + 1) * width), row + left);
  }
}

/** Remember the tiles of `rect` as they are, unless they are remembered already. */
export function remember(plane: Plane, rect: Rect, tiles: Tiles): void {
  for (const index of tilesIn(plane, rect)) if (!tiles.has(index)) tiles.set(index, readTile(plane, index));
}

/** Tiles that were remembered and then left as they were are forgotten. */
export function changedOnly(plane: Plane, tiles: Tiles): Tiles {
  return new Map([...tiles].filter(([index, tile]) => !isLike(plane, index, tile)));
}

function isLike(plane: Plane, index: number, tile: Tile): boolean {
  const { left, top, right, bottom } = tileRect(plane, index);
  for (let y = top, from = 0; y < bottom; y++) {
    for (let at = y * plane.width + left; at < y * plane.width + right; at++, from++) {
      if (plane.data[at] !== (typeof tile === "number" ? tile : tile[from])) return false;
    }
  }
  return true;
}

/** Where `next` is another than `plane`: its tiles there. */
export function differing(plane: Plane, next: Plane): Tiles {
  const tiles = tilesIn(plane, wholeOf(plane)).filter((index) => !isSame(plane, next, tileRect(plane, index)));
  return new Map(tiles.map((index) => [index, readTile(next, index)]));
}

function isSame(a: Plane, b: Plane, { left, top, right, bottom }: Rect): boolean {
  for (let y = top; y < bottom; y++) for (let at = y * a.width + left; at < y * a.width + right; at++) if (a.data[at] !== b.data[at]) return false;
  return true;
}

/** The bytes that `tiles` hold go into the plane, and those of the plane come out. Returns where. */
export function swapTiles(plane: Plane, tiles: Tiles): Rect[] {
  return [...tiles].map(([index, tile]) => {
    tiles.set(index, readTile(plane, index));
    writeTile(plane, index, tile);
    return tileRect(plane, index);
  });
}

export const weightOf = (tiles: Tiles): number => [...tiles.values()].reduce<number>((sum, tile) => sum + (typeof tile === "number" ? 16 : tile.length), 0);

export interface Paint {
  /** 0 to 1. */
  readonly opacity: number;
  readonly erases: boolean;
}

/** Lay coverage over the remembered bytes; what was laid before in the same stroke does not add up. */
export function layCoverage(plane: Plane, tiles: Tiles, coverage: Plane, rect: Rect, paint: Paint): void {
  const share = Math.round(paint.opacity * FULL);
  for (const index of tilesIn(plane, rect)) {
    const inner = intersect(tileRect(plane, index), rect);
    const tile = tiles.get(index);
    if (inner !== null && tile !== undefined) layTile(plane, { tile, outer: tileRect(plane, index), inner }, coverage, share, paint.erases);
  }
}

function layTile(plane: Plane, { tile, outer, inner }: { tile: Tile; outer: Rect; inner: Rect }, coverage: Plane, share: number, erases: boolean): void {
  const width = outer.right - outer.left;
  for (let y = inner.top; y < inner.bottom; y++) {
    for (let x = inner.left; x < inner.right; x++) {
      const at = y * plane.width + x;
      const under = typeof tile === "number" ? tile : (tile[(y - outer.top) * width + x - outer.left] ?? 0);
      const amount = coverage.data[at] ?? 0;
      plane.data[at] = amount === 0 ? under : laid(under, times(amount, share), erases);
    }
  }
}
