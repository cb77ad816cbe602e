import { expect, it } from "vitest";

import { newPlane, wholeOf } from "@/mask/plane";
import { cover } from "@/mask/stroke";
import { changedOnly, layCoverage, remember, swapTiles, TILE, tilesIn, weightOf, type Tiles } from "@/mask/tiles";

import { at, boxed } from "./pictures";

it("brings a stroke's bytes back and forth", () => {
  const plane = newPlane(300, 200);
  const before = plane.data.slice();
  const tiles: Tiles = new Map();
  const dab = { x: 140, y: 130, radius: 20, strength: 1 };
  remember(plane, { left: 119, top: 109, right: 161, bottom: 151 }, tiles);
  cover(plane, dab, dab, { shape: "round", hardness: 0.5 });
  const after = plane.data.slice();
  swapTiles(plane, tiles);
  expect(plane.data).toEqual(before);
  swapTiles(plane, tiles);
  expect(plane.data).toEqual(after);
});

it("the first look at a tile counts", () => {
  const plane = newPlane(TILE, TILE);
  const tiles: Tiles = new Map();
  remember(plane, wholeOf(plane), tiles);
  plane.data.fill(9);
  remember(plane, wholeOf(plane), tiles);
  expect(tiles.get(0)).toBe(0);
});

it("even tiles cost next to nothing, and untouched ones nothing", () => {
  const plane = newPlane(TILE * 3, TILE * 2);
  const tiles: Tiles = new Map();
  remember(plane, wholeOf(plane), tiles);
  plane.data[0] = 1;
  expect(weightOf(tiles)).toBeLessThan(200);
  expect([...changedOnly(plane, tiles).keys()]).toEqual([0]);
});

it("names the tiles of a rectangle, also at ragged borders", () => {
  const plane = newPlane(TILE * 2 + 5, TILE + 1);
  expect(tilesIn(plane, wholeOf(plane))).toEqual([0, 1, 2, 3, 4, 5]);
  expect(tilesIn(plane, { left: TILE * 2, top: TILE, right: 999, bottom: 999 })).toEqual([5]);
  expect(tilesIn(plane, { left: -9, top: -9, right: 0, bottom: 5 })).toEqual([]);
});

it("laying twice in one stroke is laying once, and nothing laid is nothing changed", () => {
  const plane = boxed(20, 20, { left: 0, top: 0, right: 10, bottom: 20 });
  const before = plane.data.slice();
  const coverage = boxed(20, 20, { left: 5, top: 5, right: 15, bottom: 15 });
  const tiles: Tiles = new Map();
  remember(plane, wholeOf(plane), tiles);
  layCoverage(plane, tiles, coverage, wholeOf(plane), { opacity: 0.5, erases: false });
  layCoverage(plane, tiles, coverage, wholeOf(plane), { opacity: 0.5, erases: false });
  expect([at(plane, 2, 8), at(plane, 8, 8), at(plane, 12, 8), at(plane, 18, 8)]).toEqual([255, 255, 128, 0]);
  layCoverage(plane, tiles, coverage, wholeOf(plane), { opacity: 0.5, erases: true });
  expect([at(plane, 2, 8), at(plane, 8, 8), at(plane, 12, 8)]).toEqual([255, 127, 0]);
  layCoverage(plane, tiles, newPlane(20, 20), wholeOf(plane), { opacity: 1, erases: false });
  expect(plane.data).toEqual(before);
});
