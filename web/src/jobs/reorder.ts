/** Waiting runs are dragged by their grip to another place, with mouse, pen or finger. */
import { useRef, useState, type PointerEvent, type RefObject } from "react";

import { moveWaiting } from "./actions";
import { waitingJobs } from "./store";

export interface Grip {
  readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerUp: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerCancel: () => void;
}

interface Target {
  readonly id: string;
  readonly side: "before" | "after";
}

/** Where the list scrolls by itself while something is dragged, in pixels from its edge. */
const EDGE = 36;

export function useReorder(scroll: RefObject<HTMLElement | null>): { readonly grip: (id: string) => Grip; readonly mark: (id: string) => "before" | "after" | "dragged" | null } {
  const dragged = useRef<string | null>(null);
  const [shown, setShown] = useState<{ id: string; target: Target | null } | null>(null);
  const end = (): void => {
    dragged.current = null;
    setShown(null);
  };
  const targetAt = (y: number): Target | null => {
    const rows = [...(scroll.current?.querySelectorAll<HTMLElement>("[data-waiting]") ?? [])];
    const boxes = rows.map((row) => ({ id: row.dataset["waiting"] ?? "", box: row.getBoundingClientRect() }));
    const under = boxes.find(({ box }) => y < box.bottom) ?? boxes[boxes.length - 1];
    return under === undefined ? null : { id: under.id, side: y < under.box.top + under.box.height / 2 ? "before" : "after" };
  };
  const grip = (id: string): Grip => ({
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      dragged.current = id;
      setShown({ id, target: null });
    },
    onPointerMove: (event) => {
      if (dragged.current !== id) return;
      const list = scroll.current?.getBoundingClientRect();
      if (list !== undefined) scroll.current?.scrollBy(0, event.clientY < list.top + EDGE ? -8 : event.clientY > list.bottom - EDGE ? 8 : 0);
      setShown({ id, target: targetAt(event.clientY) });
    },
    onPointerUp: (event) => {
      if (dragged.current !== id) return;
      const target = targetAt(event.clientY);
      end();
      if (target !== null && target.id !== id) void moveWaiting(id, placeOf(id, target));
    },
    onPointerCancel: end,
  });
  return {
    grip,
    mark: (id) => {
      if (shown === null) return null;
      if (shown.id === id) return "dragged";
      return shown.target?.id === id ? shown.target.side : null;
    },
  };
}

/** The place among the others that wait. */
function placeOf(id: string, { id: at, side }: Target): number {
  const others = waitingJobs().filter((job) => job.id !== id);
  return others.findIndex((job) => job.id === at) + (side === "after" ? 1 : 0);
}
