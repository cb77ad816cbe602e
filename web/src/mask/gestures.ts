/** Pointers on the stage: mouse, pen and fingers become strokes, shapes, picks, panning and pinching. */
import { beginStroke, pickAt } from "./draw";
import { addCorner, boxOf, closeOutline, drawBox, isNearFirst, isShape } from "./outline";
import type { Point } from "./plane";
import { pan, zoomTo } from "./sight";
import { maskStore } from "./state";
import type { Dab } from "./stroke";
import { toPicture } from "./view";

const get = maskStore.getState;

/** From here on a press is a drag, in CSS pixels. */
const DRAG = 5;
/** A hand that rests while a pen draws is no finger. */
const PALM_MS = 700;
const MIDDLE = 1;
const RIGHT = 2;

/** What the pointers do from press to release. */
interface Gesture {
  readonly move: (event: PointerEvent) => void;
  readonly end: (event: PointerEvent) => void;
  readonly cancel: () => void;
}

export function listenToPointers(stage: HTMLElement): () => void {
  const pressed = new Map<number, Point>();
  let gesture: Gesture | null = null;
  let penAt = -Infinity;

  const place = (event: MouseEvent): Point => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const start = (next: Gesture | null): void => {
    gesture = next;
    maskStore.setState({ isDrawing: next !== null });
  };
  const onDown = (event: PointerEvent): void => {
    if (event.pointerType === "pen") penAt = event.timeStamp;
    if (event.pointerType === "touch" && event.timeStamp - penAt < PALM_MS) return;
    event.preventDefault();
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    pressed.set(event.pointerId, place(event));
    if (event.pointerType === "touch" && pressed.size === 2) {
      gesture?.cancel();
      return start(pinching(pressed));
    }
    if (gesture === null && pressed.size === 1) start(gestureFor(event, place));
  };
  const onMove = (event: PointerEvent): void => {
    if (event.pointerType === "pen") penAt = event.timeStamp;
    if (pressed.has(event.pointerId)) pressed.set(event.pointerId, place(event));
    if (event.pointerType !== "touch" || pressed.has(event.pointerId)) maskStore.setState(({ view }) => ({ cursor: toPicture(view, place(event)), isByKeys: false }));
    gesture?.move(event);
  };
  const onUp = (event: PointerEvent): void => {
    if (!pressed.delete(event.pointerId)) return;
    // After a pinch the finger that stays must not paint.
    if (event.type === "pointerup") gesture?.end(event);
    else gesture?.cancel();
    start(null);
    if (event.pointerType === "touch") maskStore.setState({ cursor: null });
  };
  const onLeave = (): void => {
    if (gesture === null) maskStore.setState(({ isByKeys, cursor }) => (isByKeys ? {} : { cursor: cursor && null }));
  };
  const onDouble = (): void => {
    if (get().tool === "lasso") closeOutline(get().erases);
  };
  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    if (event.shiftKey) return pan({ x: -(event.deltaX || event.deltaY), y: 0 });
    // A trackpad's pinch comes as small steps with Ctrl.
    zoomTo(get().view.zoom * Math.exp(-wheelPixels(event) * (event.ctrlKey ? 0.01 : 0.0016)), place(event));
  };
  const off = listen(stage, {
    ...{ pointerdown: onDown, pointermove: onMove, pointerup: onUp, pointercancel: onUp, pointerleave: onLeave, dblclick: onDouble, wheel: onWheel },
    contextmenu: (event: Event) => event.preventDefault(),
  });
  return () => {
    gesture?.cancel();
    off();
  };
}

type Listeners = { readonly [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };

function listen(stage: HTMLElement, listeners: Listeners): () => void {
  const control = new AbortController();
  for (const [name, listener] of Object.entries(listeners)) stage.addEventListener(name, listener as EventListener, { passive: false, signal: control.signal });
  return () => control.abort();
}

const wheelPixels = (event: WheelEvent): number => event.deltaY * (event.deltaMode === 1 ? 24 : event.deltaMode === 2 ? 400 : 1);

type Place = (event: MouseEvent) => Point;

function gestureFor(event: PointerEvent, place: Place): Gesture | null {
  const { tool, erases, isPanning } = get();
  if (event.button === MIDDLE || isPanning) return panning(event);
  if (event.button !== 0 && event.button !== RIGHT) return null;
  // The right button does the other of the two; a pen's eraser end erases.
  const other = event.button === RIGHT ? !erases : (event.buttons & 32) !== 0 || erases;
  if (tool === "brush") return stroking(event, place, other);
  if (tool === "lasso") return lassoing(event, place, other);
  return isShape(tool) ? boxing(event, place, other) : picking(place, tool, other);
}

/** Fingers and mice have no pressure of their own: they report a half. */
function dabAt(event: PointerEvent, place: Place): Dab {
  const { view, size, pressure } = get();
  const press = event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 1;
  const radius = (size / 2) * (pressure === "size" ? Math.max(0.05, press) : 1);
  return { ...toPicture(view, place(event)), radius, strength: pressure === "opacity" ? press : 1 };
}

function stroking(event: PointerEvent, place: Place, erases: boolean): Gesture | null {
  const here = dabAt(event, place);
  const { last } = get();
  const from = event.shiftKey && last !== null ? { ...here, ...last } : here;
  const stroke = beginStroke(from, erases);
  if (stroke === null) return null;
  stroke.extend(here);
  return {
    move: (moved) => {
      if (moved.pointerId !== event.pointerId) return;
      if (event.shiftKey && moved.shiftKey) return stroke.straighten(dabAt(moved, place));
      const parts = moved.getCoalescedEvents();
      stroke.extend(...(parts.length > 0 ? parts : [moved]).map((part) => dabAt(part, place)));
    },
    end: stroke.end,
    cancel: stroke.cancel,
  };
}

function boxing(event: PointerEvent, place: Place, erases: boolean): Gesture {
  const from = toPicture(get().view, place(event));
  const reach = (moved: PointerEvent): Point => toPicture(get().view, place(moved));
  return {
    move: (moved) => maskStore.setState({ outline: { points: boxOf(get().tool, from, reach(moved), moved.shiftKey), isClosed: true } }),
    end: (moved) => {
      maskStore.setState({ outline: null });
      drawBox(from, reach(moved), moved.shiftKey, erases);
    },
    cancel: () => maskStore.setState({ outline: null }),
  };
}

/** Drawn along: a free outline, closed on release. Pressed from corner to corner: a polygon, closed at its first corner. */
function lassoing(event: PointerEvent, place: Place, erases: boolean): Gesture {
  const pressedAt = place(event);
  const before = get().outline;
  if (isNearFirst(pressedAt)) {
    return { move: () => undefined, end: () => closeOutline(erases), cancel: () => undefined };
  }
  addCorner(toPicture(get().view, pressedAt));
  let isDragged = false;
  return {
    move: (moved) => {
      const at = place(moved);
      isDragged ||= Math.hypot(at.x - pressedAt.x, at.y - pressedAt.y) > DRAG;
      if (isDragged) addCorner(toPicture(get().view, at));
    },
    end: () => {
      if (isDragged && before === null) closeOutline(erases);
    },
    cancel: () => maskStore.setState({ outline: before }),
  };
}

/** On release, so that a second finger can still make it a pinch. */
const picking = (place: Place, tool: "fill" | "color", erases: boolean): Gesture => ({
  move: () => undefined,
  end: (event) => pickAt(toPicture(get().view, place(event)), tool, erases),
  cancel: () => undefined,
});

function panning(event: PointerEvent): Gesture {
  let last = { x: event.clientX, y: event.clientY };
  return {
    move: (moved) => {
      pan({ x: moved.clientX - last.x, y: moved.clientY - last.y });
      last = { x: moved.clientX, y: moved.clientY };
      maskStore.setState({ hasPanned: true });
    },
    end: () => undefined,
    cancel: () => undefined,
  };
}

/** The point of the picture between both fingers stays between them. */
function pinching(pressed: ReadonlyMap<number, Point>): Gesture {
  const measure = (): { middle: Point; apart: number } | null => {
    const [a, b] = [...pressed.values()];
    if (a === undefined || b === undefined) return null;
    return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, apart: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
  };
  let last = measure();
  return {
    move: () => {
      const now = measure();
      if (now === null || last === null) return;
      pan({ x: now.middle.x - last.middle.x, y: now.middle.y - last.middle.y });
      zoomTo(get().view.zoom * (now.apart / last.apart), now.middle);
      last = now;
    },
    end: () => undefined,
    cancel: () => undefined,
  };
}
