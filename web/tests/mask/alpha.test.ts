import { expect, it } from "vitest";

import { alphaToMask, maskToAlpha } from "@/mask/alpha";

import { planeWith } from "./pictures";

it("what is masked is transparent", () => {
  const mask = planeWith(2, 1, (x) => (x === 0 ? 255 : 40));
  expect([...maskToAlpha(mask)]).toEqual([0, 0, 0, 0, 0, 0, 0, 215]);
});

it("a mask comes back from the alpha it became", () => {
  const mask = planeWith(16, 16, (x, y) => x * 16 + y);
  expect(alphaToMask(maskToAlpha(mask), 16, 16)).toEqual(mask);
});
