/** Fingers: one that rests opens the menu; the rest is done by React Flow (one pans or drags, two zoom). */
import type { PointerEvent as ReactPointerEvent } from "react";

const LONG = 500;
const SLACK = 10;

/** React Flow keeps the menu from its pane, as the right button moves the view there: it is asked for around the pane. */
export function askForMenu(target: EventTarget | null, { clientX, clientY }: { readonly clientX: number; readonly clientY: number }): void {
  const isPane = target instanceof Element && target.classList.contains("react-flow__pane");
  const place = isPane ? target.closest(".react-flow") : target;
  place?.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX, clientY, button: 2 }));
}

/** Browsers differ in whether a long press asks for the menu; this one does everywhere. */
export function watchLongPress(event: ReactPointerEvent): void {
  if (event.pointerType !== "touch" || !event.isPrimary) return;
  const { clientX, clientY, target } = event;
  const open = (): void => {
    stop();
    navigator.vibrate?.(10);
    // Lifting the finger would count as a click beside the menu, and close it.
    window.addEventListener("touchend", preventClick, { capture: true, passive: false, once: true });
    askForMenu(target, { clientX, clientY });
  };
  const timer = setTimeout(open, LONG);
  const onMove = (moved: PointerEvent): void => {
    if (!moved.isPrimary || Math.hypot(moved.clientX - clientX, moved.clientY - clientY) > SLACK) stop();
  };
  const stop = (): void => {
    clearTimeout(timer);
    window.removeEventListener("pointermove", onMove);
    for (const kind of ENDS) window.removeEventListener(kind, stop);
    window.removeEventListener("pointerdown", stop);
  };
  window.addEventListener("pointermove", onMove);
  for (const kind of ENDS) window.addEventListener(kind, stop);
  // A second finger is about zooming; the first one is still on its way to the window.
  setTimeout(() => window.addEventListener("pointerdown", stop, { once: true }));
}

const preventClick = (event: TouchEvent): void => event.preventDefault();

const ENDS = ["pointerup", "pointercancel"] as const;
