/** What a row of the list gets from the list. */
import type { MouseEvent } from "react";

export interface RowProps {
  readonly index: number;
  /** The one row that Tab comes to. */
  readonly isFocusable: boolean;
  readonly onFocus: () => void;
  readonly onClick: (event: MouseEvent<HTMLElement>) => void;
  readonly onMenu: (at: { readonly x: number; readonly y: number }) => void;
  readonly onChoose: (event: { readonly shiftKey: boolean }) => void;
}

/** Props that make an element a row. */
export function rowProps(key: string, { index, isFocusable, onFocus, onClick, onMenu }: RowProps) {
  return {
    role: "row",
    "aria-rowindex": index + 1,
    tabIndex: isFocusable ? 0 : -1,
    "data-key": key,
    onFocus,
    onClick,
    onContextMenu: (event: MouseEvent<HTMLElement>) => {
      event.preventDefault();
      const box = event.currentTarget.getBoundingClientRect();
      // The menu key tells no place.
      onMenu(event.clientX === 0 && event.clientY === 0 ? { x: box.left + 40, y: box.top + 24 } : { x: event.clientX, y: event.clientY });
    },
  } as const;
}
