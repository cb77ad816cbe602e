/** Where the picture lies on the stage: zoom about a point, fit, and the way between both coordinates. */
import type { Point } from "./plane";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Stage = picture · zoom + offset, in CSS pixels. */
export interface View {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

const MOST = 32;
const MARGIN = 24;
/** At least this much of the picture stays in sight, in CSS pixels. */
const IN_SIGHT = 48;

export const toPicture = (view: View, point: Point): Point => ({ x: (point.x - view.x) / view.zoom, y: (point.y - view.y) / view.zoom });
export const toStage = (view: View, point: Point): Point => ({ x: point.x * view.zoom + view.x, y: point.y * view.zoom + view.y });

export function fitted(picture: Size, stage: Size): View {
  const room = { width: Math.max(1, stage.width - 2 * MARGIN), height: Math.max(1, stage.height - 2 * MARGIN) };
  return centered(picture, stage, Math.min(MOST, room.width / picture.width, room.height / picture.height));
}

export const centered = (picture: Size, stage: Size, zoom: number): View => ({ zoom, x: (stage.width - picture.width * zoom) / 2, y: (stage.height - picture.height * zoom) / 2 });

/** What lies under `at` stays there. */
export function zoomed(view: View, at: Point, zoom: number, picture: Size, stage: Size): View {
  const least = Math.min(0.05, fitted(picture, stage).zoom / 2);
  const next = Math.min(MOST, Math.max(least, zoom));
  const fixed = toPicture(view, at);
  return held({ zoom: next, x: at.x - fixed.x * next, y: at.y - fixed.y * next }, picture, stage);
}

export const panned = (view: View, by: Point, picture: Size, stage: Size): View => held({ ...view, x: view.x + by.x, y: view.y + by.y }, picture, stage);

/** The picture cannot be lost out of sight. */
function held(view: View, picture: Size, stage: Size): View {
  const hold = (offset: number, length: number, room: number): number => {
    const seen = Math.min(IN_SIGHT, length);
    return Math.min(room - seen, Math.max(seen - length, offset));
  };
  return { zoom: view.zoom, x: hold(view.x, picture.width * view.zoom, stage.width), y: hold(view.y, picture.height * view.zoom, stage.height) };
}
