/** Where the focus was when a dialog came that has no button of its own, and the way back there. */
import { useState } from "react";

interface BackToOpener {
  readonly onCloseAutoFocus: (event: Event) => void;
}

/** For what is mounted while the dialog is open: Radix gives the focus back to triggers only. */
export function useOpener(): BackToOpener {
  const [opener] = useState(() => document.activeElement);
  return {
    onCloseAutoFocus: (event) => {
      event.preventDefault();
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
    },
  };
}
