/** The picture under the mask, as the server holds it: its colours and its alpha come apart. */
import { ask, type FileRef } from "@/api/client";
import { t } from "@/i18n";

import { alphaToMask } from "./alpha";
import type { Plane } from "./plane";

type Drawable = ImageBitmap | HTMLCanvasElement;

export interface Picture {
  readonly file: FileRef;
  readonly width: number;
  readonly height: number;
  /** The picture at full, half, quarter size and so on: a picture shown small is drawn from a small one. */
  readonly scales: readonly Drawable[];
  /** RGBA of all pixels, read when first wanted. */
  readonly pixels: () => Uint8ClampedArray;
}

/** Smaller copies are not worth making. */
const SMALLEST = 256;

export async function loadPicture(file: FileRef, signal: AbortSignal): Promise<{ picture: Picture; mask: Plane }> {
  const [colors, alpha] = await Promise.all([channel(file, "rgb", signal), channel(file, "a", signal)]);
  const { width, height } = colors;
  const mask = alphaToMask(readPixels(alpha), width, height);
  alpha.close();
  return { picture: { file, width, height, scales: pyramid(colors), pixels: once(() => readPixels(colors)) }, mask };
}

/** A browser drops the colours of transparent pixels, so the server sends them without alpha. */
async function channel(file: FileRef, name: "rgb" | "a", signal: AbortSignal): Promise<ImageBitmap> {
  const query = new URLSearchParams({ filename: file.filename, subfolder: file.subfolder, type: file.type, channel: name });
  const response = await ask(`/view?${query.toString()}`, { signal });
  // The server reads pixels as they are stored; turning them here would set the mask askew.
  return createImageBitmap(await response.blob(), { premultiplyAlpha: "none", colorSpaceConversion: "none", imageOrientation: "none" });
}

export function canvasOf(width: number, height: number, options: CanvasRenderingContext2DSettings = {}): { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D } {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", options);
  if (context === null) throw new Error(t("mask.error.canvas", { width, height }));
  return { canvas, context };
}

function readPixels(bitmap: ImageBitmap): Uint8ClampedArray {
  const { context } = canvasOf(bitmap.width, bitmap.height, { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
}

function pyramid(full: ImageBitmap): Drawable[] {
  const scales: Drawable[] = [full];
  let last: Drawable = full;
  while (Math.max(last.width, last.height) >= 2 * SMALLEST) {
    const { canvas, context } = canvasOf(Math.ceil(last.width / 2), Math.ceil(last.height / 2));
    context.drawImage(last, 0, 0, canvas.width, canvas.height);
    scales.push(canvas);
    last = canvas;
  }
  return scales;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
