/** The digits of a number that is also set in another way: beside a slider, under a knob. */
import { useState, type KeyboardEvent } from "react";
import { flushSync } from "react-dom";

import { useRun, useValue } from "@/canvas/hooks";

import { edit } from "./edit";
import type { FieldProps } from "./field";
import styles from "./Field.module.css";
import { leaveField } from "./leave";
import { factorOf, formatNumber, parseNumber, rangeOf, stepNumber } from "./numbers";
import { useControlId } from "./place";

export function NumberInput({ node, widget, label, describedBy }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const value = useValue(node, widget.key);
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  const [draft, setDraft] = useState<string | null>(null);
  const range = rangeOf(widget);
  const commit = (): void => {
    const next = draft === null ? null : parseNumber(draft, range);
    if (next !== null && formatNumber(next, range) !== formatNumber(value, range)) edit(node, widget.key, next);
    setDraft(null);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      setDraft(null);
      const factor = factorOf(event);
      edit(node, widget.key, stepNumber(value, (event.key === "ArrowUp" ? 1 : -1) * (range.isInteger ? Math.max(1, factor) : factor), range));
      event.preventDefault();
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) commit();
    else if (event.key === "Escape") {
      flushSync(() => setDraft(null));
      leaveField(event.currentTarget);
    } else return;
    event.stopPropagation();
  };
  return (
    <input
      className={styles.digits}
      data-testid={controlId}
      role="spinbutton"
      inputMode={range.isInteger ? "numeric" : "decimal"}
      autoComplete="off"
      aria-label={label}
      aria-describedby={describedBy}
      aria-valuenow={Number(value)}
      aria-valuemin={Number(range.min)}
      aria-valuemax={Number(range.max)}
      aria-invalid={isBad}
      value={draft ?? formatNumber(value, range)}
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={onKeyDown}
    />
  );
}
