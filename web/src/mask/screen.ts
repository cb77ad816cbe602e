/** The picture and its mask on the stage; only what changed is joined and drawn again. */
import { rgbOf } from "./draw";
import { joinRect } from "./layers";
import { grown, heightOf, intersect, merged, union, wholeOf, widthOf, type Rect } from "./plane";
import { canvasOf, type Picture } from "./picture";
import { maskStore, type Backdrop, type MaskState } from "./state";
import { toStage, type View } from "./view";

/** Rows joined at a time, so that a large picture needs no second copy of itself. */
const STRIP = 512;
/** From this zoom on, pixels are shown as squares. */
const SQUARES = 3;
const CHECK = 10;

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The mask in one colour, as large as the picture. */
interface Overlay {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
}

const shownColor = ({ backdrop, color }: MaskState): string => (backdrop === "black" ? "#ffffff" : backdrop === "white" ? "#000000" : color);

function packed(color: string): number {
  const [red, green, blue] = rgbOf(color);
  return LITTLE_ENDIAN ? (blue << 16) | (green << 8) | red : (red << 24) | (green << 16) | (blue << 8);
}

function joinInto({ context }: Overlay, state: MaskState, rect: Rect): void {
  const color = packed(shownColor(state));
  for (let top = rect.top; top < rect.bottom; top += STRIP) {
    const strip = { ...rect, top, bottom: Math.min(top + STRIP, rect.bottom) };
    const bytes = joinRect(state.layers, strip);
    const image = new ImageData(widthOf(strip), heightOf(strip));
    const pixels = new Uint32Array(image.data.buffer);
    for (let index = 0; index < bytes.length; index++) pixels[index] = LITTLE_ENDIAN ? color | ((bytes[index] ?? 0) << 24) : color | (bytes[index] ?? 0);
    context.putImageData(image, strip.left, strip.top);
  }
}

/** A new colour for the mask that is there already. */
function recolor({ canvas, context }: Overlay, color: string): void {
  context.globalCompositeOperation = "source-in";
  context.fillStyle = color;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = "source-over";
}

/** Starts drawing onto `canvas`; ends with what it returns. */
export function startScreen(canvas: HTMLCanvasElement, picture: Picture): () => void {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no canvas");
  const overlay: Overlay = canvasOf(picture.width, picture.height);
  let dirty: Rect[] = [wholeOf(picture)];
  let isAll = true;
  let frame = 0;
  const draw = (): void => {
    frame = 0;
    const state = maskStore.getState();
    const rects = merged(dirty).flatMap((rect) => intersect(rect, wholeOf(picture)) ?? []);
    for (const rect of rects) joinInto(overlay, state, rect);
    drawStage(context, picture, overlay, isAll ? null : rects.reduce<Rect | null>(union, null));
    [dirty, isAll] = [[], false];
  };
  const ask = (): void => {
    if (frame === 0) frame = requestAnimationFrame(draw);
  };
  const stop = maskStore.subscribe((state, before) => {
    if (state.dirty !== before.dirty && state.dirty !== null) dirty.push(...state.dirty.rects);
    if (isJoinedAnew(state, before)) [dirty, isAll] = [[wholeOf(picture)], true];
    if (shownColor(state) !== shownColor(before)) recolor(overlay, shownColor(state));
    if (isShownAnew(state, before)) isAll = true;
    if (isAll || dirty.length > 0) ask();
  });
  ask();
  return () => {
    stop();
    cancelAnimationFrame(frame);
    // Some browsers keep the memory of large canvases until they are made small.
    overlay.canvas.width = overlay.canvas.height = 0;
  };
}

function isJoinedAnew(state: MaskState, before: MaskState): boolean {
  if (state.layers === before.layers) return false;
  const facts = ({ layers }: MaskState): string => layers.map(({ id, isVisible, opacity, mode }) => `${id} ${isVisible} ${opacity} ${mode}`).join();
  return facts(state) !== facts(before);
}

const isShownAnew = (state: MaskState, before: MaskState): boolean =>
  state.view !== before.view || state.stage !== before.stage || state.display !== before.display || state.backdrop !== before.backdrop || state.color !== before.color || state.isCompared !== before.isCompared;

function drawStage(context: CanvasRenderingContext2D, picture: Picture, overlay: Overlay, part: Rect | null): void {
  const state = maskStore.getState();
  const { canvas } = context;
  const ratio = canvas.width / Math.max(1, state.stage.width);
  context.save();
  context.beginPath();
  const clip = part === null ? wholeOf(canvas) : onCanvas(part, state.view, ratio);
  context.rect(clip.left, clip.top, widthOf(clip), heightOf(clip));
  context.clip();
  context.clearRect(clip.left, clip.top, widthOf(clip), heightOf(clip));
  const zoom = state.view.zoom * ratio;
  context.setTransform(zoom, 0, 0, zoom, state.view.x * ratio, state.view.y * ratio);
  context.imageSmoothingEnabled = zoom < SQUARES;
  paintBackdrop[state.isCompared ? "picture" : state.backdrop](context, picture, overlay, state, zoom);
  context.restore();
}

/** Whole device pixels, one more on each side: smoothing reaches there. */
function onCanvas(part: Rect, view: View, ratio: number): Rect {
  const [a, b] = [toStage(view, { x: part.left - 1, y: part.top - 1 }), toStage(view, { x: part.right + 1, y: part.bottom + 1 })];
  return grown({ left: Math.floor(a.x * ratio), top: Math.floor(a.y * ratio), right: Math.ceil(b.x * ratio), bottom: Math.ceil(b.y * ratio) }, 1);
}

type Painter = (context: CanvasRenderingContext2D, picture: Picture, overlay: Overlay, state: MaskState, zoom: number) => void;

function drawPicture(context: CanvasRenderingContext2D, picture: Picture, zoom: number): void {
  const fits = picture.scales.findLastIndex((scale) => scale.width >= picture.width * zoom);
  const source = picture.scales[Math.max(0, fits)];
  if (source !== undefined) context.drawImage(source, 0, 0, picture.width, picture.height);
}

function plain(ground: string): Painter {
  return (context, picture, overlay) => {
    context.fillStyle = ground;
    context.fillRect(0, 0, picture.width, picture.height);
    context.drawImage(overlay.canvas, 0, 0);
  };
}

const paintBackdrop: Readonly<Record<Backdrop, Painter>> = {
  picture: (context, picture, overlay, state, zoom) => {
    drawPicture(context, picture, zoom);
    if (state.isCompared) return;
    context.globalAlpha = state.display;
    context.drawImage(overlay.canvas, 0, 0);
    context.globalAlpha = 1;
  },
  checker: (context, picture, overlay, _state, zoom) => {
    drawPicture(context, picture, zoom);
    context.globalCompositeOperation = "destination-out";
    context.drawImage(overlay.canvas, 0, 0);
    context.globalCompositeOperation = "destination-over";
    const squares = checks(context);
    // The squares stay as large on the screen however far one zooms.
    squares.setTransform(new DOMMatrix().scale(1 / zoom));
    context.fillStyle = squares;
    context.fillRect(0, 0, picture.width, picture.height);
    context.globalCompositeOperation = "source-over";
  },
  black: plain("#000000"),
  white: plain("#ffffff"),
};

function checks(context: CanvasRenderingContext2D): CanvasPattern {
  const tile = canvasOf(2 * CHECK, 2 * CHECK);
  tile.context.fillStyle = "#c8c8c8";
  tile.context.fillRect(0, 0, 2 * CHECK, 2 * CHECK);
  tile.context.fillStyle = "#8f8f8f";
  tile.context.fillRect(0, 0, CHECK, CHECK);
  tile.context.fillRect(CHECK, CHECK, CHECK, CHECK);
  const pattern = context.createPattern(tile.canvas, "repeat");
  if (pattern === null) throw new Error("no pattern");
  return pattern;
}
