/** A number as a dial: turn it up and down, arrow keys, or type it. */
import { useRef, type KeyboardEvent, type PointerEvent } from "react";

import { useValue } from "@/canvas/hooks";
import { controlKey } from "@/formats/widgets";

import { ControlMode } from "./ControlMode";
import { beginEdit, edit, endEdit } from "./edit";
import type { FieldProps } from "./field";
import styles from "./Field.module.css";
import { NumberInput } from "./NumberInput";
import { factorOf, numberAt, rangeOf, shareOf, stepNumber } from "./numbers";

/** Pointer travel from one end to the other. */
const TRAVEL = 160;
const RADIUS = 14;
/** The dial is open at the bottom. */
const ARC = 0.75 * 2 * Math.PI * RADIUS;
const PAGE = 10;
const KEYS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: PAGE, PageDown: -PAGE };

export function KnobField(props: FieldProps) {
  const { node, widget, label, describedBy } = props;
  const value = useValue(node, widget.key);
  const control = useValue(node, controlKey(widget.name));
  const range = rangeOf(widget);
  const share = shareOf(value, range);
  const held = useRef<{ readonly y: number; readonly share: number } | null>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps = KEYS[event.key];
    if (steps !== undefined) edit(node, widget.key, stepNumber(value, steps * Math.max(1, factorOf(event)), range));
    else if (event.key === "Home" || event.key === "End") edit(node, widget.key, event.key === "Home" ? range.min : range.max);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    held.current = { y: event.clientY, share };
    event.currentTarget.setPointerCapture(event.pointerId);
    beginEdit(node, widget.key);
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (held.current === null) return;
    const travel = (held.current.y - event.clientY) * (event.shiftKey ? 0.2 : 1);
    edit(node, widget.key, numberAt(Math.min(1, Math.max(0, held.current.share + travel / TRAVEL)), range));
  };
  const onPointerUp = (): void => {
    held.current = null;
    endEdit();
  };
  return (
    <div className={`${styles.field} ${styles.knobRow} nodrag`}>
      <span className={styles.label}>{label}</span>
      <div
        className={styles.knob}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-describedby={describedBy}
        aria-valuenow={Number(value)}
        aria-valuemin={Number(range.min)}
        aria-valuemax={Number(range.max)}
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerUp}
      >
        <svg viewBox="-18 -18 36 36" aria-hidden>
          <g transform="rotate(135)" fill="none" strokeWidth="4" strokeLinecap="round">
            <circle r={RADIUS} stroke="var(--line-strong)" strokeDasharray={`${ARC} 999`} />
            <circle r={RADIUS} stroke="var(--accent)" strokeDasharray={`${ARC * share} 999`} opacity={share > 0 ? 1 : 0} />
            <line x1="5" x2="10" stroke="var(--text)" strokeWidth="2.5" transform={`rotate(${share * 270})`} />
          </g>
        </svg>
      </div>
      <NumberInput {...props} />
      {control !== undefined && <ControlMode node={node} widget={widget} label={label} />}
    </div>
  );
}
