/** Layers of a mask and how they are joined into one. */
import { FULL, heightOf, laid, newPlane, times, wholeOf, widthOf, type Plane, type Rect } from "./plane";

/** `cut` takes away from the layers below it. */
export type LayerMode = "add" | "cut";

export interface Layer {
  readonly id: string;
  readonly name: string;
  /** Its bytes change in place while one paints. */
  readonly plane: Plane;
  readonly isVisible: boolean;
  /** 0 to 1. */
  readonly opacity: number;
  readonly mode: LayerMode;
}

/** The visible layers from the lowest (first) to the highest, within `rect`: one byte for each of its pixels. */
export function joinRect(layers: readonly Layer[], rect: Rect): Uint8Array<ArrayBuffer> {
  const width = widthOf(rect);
  const joined = new Uint8Array(width * heightOf(rect));
  const shown = layers.filter((layer) => layer.isVisible && layer.opacity > 0);
  for (const layer of shown) lay(joined, layer, rect, width, layer === shown[0]);
  return joined;
}

/** A single whole layer is most of what there is: it need not be looked at byte by byte. */
function copyRows(joined: Uint8Array, plane: Plane, rect: Rect): void {
  const width = widthOf(rect);
  for (let y = rect.top; y < rect.bottom; y++) joined.set(plane.data.subarray(y * plane.width + rect.left, y * plane.width + rect.right), (y - rect.top) * width);
}

function lay(joined: Uint8Array, { plane, opacity, mode }: Layer, rect: Rect, width: number, isFirst: boolean): void {
  const share = Math.round(opacity * FULL);
  if (isFirst && share === FULL && mode === "add") return copyRows(joined, plane, rect);
  for (let y = rect.top; y < rect.bottom; y++) {
    const from = y * plane.width + rect.left;
    const to = (y - rect.top) * width;
    for (let x = 0; x < width; x++) {
      const value = plane.data[from + x] ?? 0;
      if (value !== 0) joined[to + x] = laid(joined[to + x] ?? 0, times(value, share), mode === "cut");
    }
  }
}

export function joinLayers(layers: readonly Layer[], width: number, height: number): Plane {
  return { ...newPlane(0, 0), width, height, data: joinRect(layers, wholeOf({ width, height })) };
}

/** Moves one layer up (`by` > 0) or down; at the ends nothing changes. */
export function reordered(layers: readonly Layer[], id: string, by: number): readonly Layer[] {
  const from = layers.findIndex((layer) => layer.id === id);
  const layer = layers[from];
  const to = from + by;
  if (layer === undefined || to < 0 || to >= layers.length) return layers;
  const rest = layers.filter((other) => other !== layer);
  return [...rest.slice(0, to), layer, ...rest.slice(to)];
}
