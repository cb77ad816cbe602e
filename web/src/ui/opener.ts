/** Where the focus was when a dialog came that has no button of its own, and the way back there. */
import { useState } from "react";

interface BackToOpener {
  readonly onCloseAutoFocus: (event: Event) => void;
}

/** What had the focus before a dialog came, and before the one whose command opened it (the palette, gone by then). */
let outside: Element | null = null;

const isElsewhere = (now: Element | null): boolean => now !== null && now !== document.body && now.closest("[role=dialog]") === null;

function opened(): Element | null {
  const from = document.activeElement;
  if (isElsewhere(from)) outside = from;
  return from;
}

/** For what is mounted while the dialog is open: Radix gives the focus back to triggers only. */
export function useOpener(): BackToOpener {
  const [opener] = useState(opened);
  return {
    onCloseAutoFocus: (event) => {
      event.preventDefault();
      // What was asked for may be at work: a name that is being written keeps the focus.
      if (isElsewhere(document.activeElement)) return;
      const back = [opener, outside, document.querySelector(".react-flow__node.selected")].find((element) => element?.isConnected === true && element !== document.body);
      if (back instanceof HTMLElement || back instanceof SVGElement) back.focus({ preventScroll: true });
    },
  };
}
