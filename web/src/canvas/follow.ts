/** Follows the pointer until it is let go, at most once a frame; Escape leaves everything as it was. */
import type { Point } from "@/model/types";

export interface Follower {
  readonly move: (to: Point) => void;
  readonly end: (at: Point, isMoved: boolean) => void;
  readonly cancel: () => void;
}

/** Pixels before a press counts as a drag. */
const SLACK = 4;

export function follow(from: Point, { move, end, cancel }: Follower): void {
  let latest = from;
  let frame = 0;
  let isMoved = false;
  const flush = (): void => {
    frame = 0;
    move(latest);
  };
  const onMove = (event: PointerEvent): void => {
    latest = { x: event.clientX, y: event.clientY };
    if (!isMoved && Math.hypot(latest.x - from.x, latest.y - from.y) < SLACK) return;
    isMoved = true;
    if (frame === 0) frame = requestAnimationFrame(flush);
  };
  const stop = (): void => {
    window.removeEventListener("pointermove", onMove);
    window.removeEventListener("pointerup", onUp);
    window.removeEventListener("pointercancel", onCancel);
    window.removeEventListener("keydown", onKey, true);
    if (frame !== 0) cancelAnimationFrame(frame);
  };
  const onUp = (event: PointerEvent): void => {
    stop();
    end({ x: event.clientX, y: event.clientY }, isMoved);
  };
  const onCancel = (): void => {
    stop();
    cancel();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onCancel();
  };
  window.addEventListener("pointermove", onMove);
  window.addEventListener("pointerup", onUp);
  window.addEventListener("pointercancel", onCancel);
  window.addEventListener("keydown", onKey, true);
}
