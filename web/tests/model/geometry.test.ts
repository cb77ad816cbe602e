import { expect, it } from "vitest";

import { newNode } from "@/formats/reading";
import { estimatedSize } from "@/model/geometry";

const node = (known: boolean, width: number) => ({ ...newNode("1", "NoSuchNode", undefined, { x: 0, y: 0 }), known, size: { width, height: 0 } });

it("leaves room for the sentence in nodes of no known type, for more lines where they are narrow", () => {
  const known = estimatedSize(node(true, 280), undefined).height;
  expect(estimatedSize(node(false, 280), undefined).height).toBeGreaterThanOrEqual(known + 14 + 2 * 16);
  expect(estimatedSize(node(false, 160), undefined).height).toBeGreaterThan(estimatedSize(node(false, 280), undefined).height);
  expect(estimatedSize({ ...node(false, 280), collapsed: true }, undefined)).toEqual(estimatedSize({ ...node(true, 280), collapsed: true }, undefined));
});
