import { expect, it } from "vitest";

import { fitted, panned, toPicture, toStage, zoomed } from "@/mask/view";

const picture = { width: 4000, height: 2000 };
const stage = { width: 1000, height: 800 };

it("fits the whole picture in the middle", () => {
  const view = fitted(picture, stage);
  expect(toStage(view, { x: 2000, y: 1000 })).toEqual({ x: 500, y: 400 });
  expect(toStage(view, { x: 0, y: 0 }).x).toBeGreaterThan(0);
});

it("keeps what lies under the pointer", () => {
  const at = { x: 320, y: 410 };
  const before = fitted(picture, stage);
  const under = toPicture(before, at);
  const after = toPicture(zoomed(before, at, 1.7, picture, stage), at);
  expect(after.x).toBeCloseTo(under.x, 6);
  expect(after.y).toBeCloseTo(under.y, 6);
});

it("zooms no farther than is of use", () => {
  const view = fitted(picture, stage);
  expect(zoomed(view, { x: 0, y: 0 }, 1e9, picture, stage).zoom).toBe(32);
  expect(zoomed(view, { x: 0, y: 0 }, 0, picture, stage).zoom).toBeLessThan(view.zoom);
  expect(zoomed(view, { x: 0, y: 0 }, 0, picture, stage).zoom).toBeGreaterThan(0);
});

it("never loses the picture out of sight", () => {
  const far = panned(fitted(picture, stage), { x: 1e6, y: -1e6 }, picture, stage);
  expect(far.x).toBeLessThan(stage.width);
  expect(far.y + picture.height * far.zoom).toBeGreaterThan(0);
});
