/** One zoom for all pictures of a sheet: the same spot of each, as large as in the others. */
import { useCallback, useEffect, useMemo, useState, type CSSProperties, type RefObject } from "react";

const MOST = 8;

interface State {
  readonly scale: number;
  /** Where the pictures are held, in percent of their sides. */
  readonly x: number;
  readonly y: number;
}

const NONE: State = { scale: 1, x: 50, y: 50 };

export interface Zoom {
  readonly scale: number;
  readonly style: CSSProperties;
  readonly by: (factor: number) => void;
  readonly reset: () => void;
}

const within = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** Zoomed about a point of the picture, which stays where it is. `at` is in percent of what is seen. */
export function zoomed({ scale, x, y }: State, factor: number, at: { readonly x: number; readonly y: number }): State {
  const next = within(scale * factor, 1, MOST);
  if (next === 1) return NONE;
  // With the origin at x a point p of the picture is seen at x + (p - x) * scale.
  const origin = (old: number, seen: number): number => {
    const point = old + (seen - old) / scale;
    return within((seen - point * next) / (1 - next), 0, 100);
  };
  return { scale: next, x: origin(x, at.x), y: origin(y, at.y) };
}

const spotOf = (target: EventTarget | null, event: MouseEvent): { x: number; y: number } | null => {
  const picture = target instanceof Element ? target.closest("[data-picture]") : null;
  if (picture === null) return null;
  const box = picture.getBoundingClientRect();
  return { x: ((event.clientX - box.left) / box.width) * 100, y: ((event.clientY - box.top) / box.height) * 100 };
};

/** Ctrl and the wheel zoom where the pointer is; dragging moves what is zoomed. */
export function useZoom(frame: RefObject<HTMLElement | null>): Zoom {
  const [state, setState] = useState(NONE);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent): void => {
      const at = spotOf(event.target, event);
      if (at === null || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setState((now) => zoomed(now, Math.exp(-event.deltaY / 300), at));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [frame]);
  useEffect(() => watchDrag(frame.current, setState), [frame]);
  const by = useCallback((factor: number) => setState((now) => zoomed(now, factor, { x: now.x, y: now.y })), []);
  const reset = useCallback(() => setState(NONE), []);
  const style = useMemo(() => ({ "--zoom": state.scale, "--zoom-x": `${state.x}%`, "--zoom-y": `${state.y}%` }) as CSSProperties, [state]);
  return useMemo(() => ({ scale: state.scale, style, by, reset }), [state.scale, style, by, reset]);
}

const SLACK = 4;

function watchDrag(element: HTMLElement | null, set: (change: (now: State) => State) => void): (() => void) | undefined {
  if (element === null) return undefined;
  let held: { x: number; y: number; width: number; height: number; moved: boolean } | null = null;
  const onDown = (event: PointerEvent): void => {
    const box = event.target instanceof Element ? event.target.closest("[data-picture]")?.getBoundingClientRect() : undefined;
    held = box === undefined || event.button !== 0 ? null : { x: event.clientX, y: event.clientY, width: box.width, height: box.height, moved: false };
  };
  const onMove = (event: PointerEvent): void => {
    if (held === null) return;
    const { x, y, width, height, moved } = held;
    const [dx, dy] = [event.clientX - x, event.clientY - y];
    if (!moved && Math.hypot(dx, dy) < SLACK) return;
    held = { ...held, x: event.clientX, y: event.clientY, moved: true };
    set((now) => (now.scale === 1 ? now : { ...now, x: within(now.x - (dx / width / (now.scale - 1)) * 100, 0, 100), y: within(now.y - (dy / height / (now.scale - 1)) * 100, 0, 100) }));
  };
  // A press that dragged is no click on a picture.
  const onClick = (event: MouseEvent): void => {
    if (held?.moved === true) event.stopPropagation();
    held = null;
  };
  element.addEventListener("pointerdown", onDown);
  window.addEventListener("pointermove", onMove);
  element.addEventListener("click", onClick, true);
  return () => {
    element.removeEventListener("pointerdown", onDown);
    window.removeEventListener("pointermove", onMove);
    element.removeEventListener("click", onClick, true);
  };
}
