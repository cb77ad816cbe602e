import { expect, it } from "vitest";

import { changedOnly, EMPTY_HISTORY, pushed, remember, swapTiles, TILE, tilesIn, weightOf, type Step, type Tiles } from "@/mask/history";
import { newPlane, wholeOf } from "@/mask/plane";
import { cover } from "@/mask/stroke";

const step = (weight: number): Step => ({ label: "action.undo", layers: [], active: "", pixels: null, weight });

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

it("forgets the oldest steps beyond its budget, never the newest", () => {
  let history = EMPTY_HISTORY;
  for (let count = 0; count < 10; count++) history = pushed(history, step(10), 35);
  expect(history.past).toHaveLength(3);
  expect(pushed(history, step(1000), 35).past).toHaveLength(1);
});

it("a new step ends the undone ones", () => {
  expect(pushed({ past: [], future: [step(1)] }, step(1)).future).toEqual([]);
});
