/** What is inside lies over the canvas: its keys and presses are not for the node that opened it, nor for the canvas. */
import type { ReactNode, SyntheticEvent } from "react";

const stop = (event: SyntheticEvent): void => event.stopPropagation();

export function Covered({ children }: { readonly children: ReactNode }) {
  return (
    // Nothing here is pressed: events of a dialog pass by on their way to the node.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div style={{ display: "contents" }} onKeyDown={stop} onClick={stop} onDoubleClick={stop} onContextMenu={stop} onPaste={stop} onDrop={stop}>
      {children}
    </div>
  );
}
