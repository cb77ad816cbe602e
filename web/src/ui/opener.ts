/** Where the focus was when a dialog came that has no button of its own, and the way back there. */
import { useState } from "react";

interface BackToOpener {
  readonly onCloseAutoFocus: (event: Event) => void;
}

/** What had the focus before a dialog came, and before the one whose command opened it (the palette, gone by then). */
let outside: Element | null = null;

function opened(): Element | null {
  const from = document.activeElement;
  if (from !== null && from !== document.body && from.closest("[role=dialog]") === null) outside = from;
  return from;
}

/** For what is mounted while the dialog is open: Radix gives the focus back to triggers only. */
export function useOpener(): BackToOpener {
  const [opener] = useState(opened);
  return {
    onCloseAutoFocus: (event) => {
      event.preventDefault();
      const back = [opener, outside, document.querySelector(".react-flow__node.selected")].find((element) => element?.isConnected === true && element !== document.body);
      if (back instanceof HTMLElement) back.focus({ preventScroll: true });
    },
  };
}
