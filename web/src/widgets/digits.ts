/** Digits that are typed, and stepped by the arrow keys: what a field needs to be one of a number. */
import { useState, type KeyboardEvent } from "react";
import { flushSync } from "react-dom";

import { useRun, useValue } from "@/canvas/hooks";
import type { Widget } from "@/formats/widgets";

import { edit } from "./edit";
import { leaveField } from "./leave";
import { factorOf, formatNumber, parseNumber, rangeOf, stepNumber } from "./numbers";
import { useControlId } from "./place";

const limit = (value: number | bigint): number | undefined => (Number.isFinite(Number(value)) ? Number(value) : undefined);

export function useDigits(node: string, widget: Widget) {
  const controlId = useControlId(node, widget.name);
  const value = useValue(node, widget.key);
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  const [draft, setDraft] = useState<string | null>(null);
  const range = rangeOf(widget);
  const typed = (): number | bigint | null => (draft === null ? null : parseNumber(draft, range));
  const commit = (): void => {
    const next = typed();
    if (next !== null && formatNumber(next, range) !== formatNumber(value, range)) edit(node, widget.key, next);
    setDraft(null);
  };
  const step = (steps: number): void => {
    setDraft(null);
    edit(node, widget.key, stepNumber(typed() ?? value, range.isInteger ? Math.sign(steps) * Math.max(1, Math.abs(steps)) : steps, range));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      step((event.key === "ArrowUp" ? 1 : -1) * factorOf(event));
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) commit();
    else if (event.key === "Escape") {
      // What is typed is not to be taken when the field loses the focus.
      flushSync(() => setDraft(null));
      leaveField(event.currentTarget);
    } else return;
    event.stopPropagation();
  };
  const input = {
    "data-testid": controlId,
    role: "spinbutton",
    inputMode: range.isInteger ? "numeric" : "decimal",
    autoComplete: "off",
    "aria-valuenow": Number(value),
    "aria-valuemin": limit(range.min),
    "aria-valuemax": limit(range.max),
    "aria-invalid": isBad,
    // What it shows is in the document, so that undo is the document's as well.
    "data-untouched": draft === null || undefined,
    value: draft ?? formatNumber(value, range),
    onChange: (event: { readonly target: HTMLInputElement }) => setDraft(event.target.value),
    onBlur: commit,
    onKeyDown,
  } as const;
  return { value, range, isBad, step, input };
}
