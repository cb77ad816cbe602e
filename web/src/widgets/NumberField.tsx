/** A number: drag sideways, arrow keys, or type it. */
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useRef, useState, type PointerEvent, type ReactNode } from "react";

import { useValue } from "@/canvas/hooks";
import { controlKey } from "@/formats/widgets";
import { t } from "@/i18n";

import { ControlMode } from "./ControlMode";
import { useDigits } from "./digits";
import { beginEdit, cancelEdit, edit, endEdit } from "./edit";
import styles from "./Field.module.css";
import { KnobField } from "./KnobField";
import { factorOf, filling, isBounded, rangeOf, stepNumber } from "./numbers";
import { SliderField } from "./SliderField";
import type { FieldProps } from "./field";

/** Pointer travel for one step, and before a press counts as a drag. */
const PIXELS_PER_STEP = 6;
const SLACK = 3;

const DISPLAYS: Readonly<Record<string, (props: FieldProps) => ReactNode>> = { slider: SliderField, gradientslider: SliderField, knob: KnobField };

export function NumberField(props: FieldProps) {
  const display = props.widget.input.options["display"];
  const Display = typeof display === "string" && isBounded(rangeOf(props.widget)) ? DISPLAYS[display] : undefined;
  return Display === undefined ? <PlainNumber {...props} /> : <Display {...props} />;
}

function PlainNumber({ node, widget, label, isHot = false, describedBy }: FieldProps) {
  const { value, range, isBad, step, input } = useDigits(node, widget);
  const control = useValue(node, controlKey(widget.name));
  const field = useRef<HTMLInputElement>(null);
  const drag = useRef<{ x: number; from: typeof value; moved: boolean } | null>(null);
  const [isHeld, setHeld] = useState(false);
  const fill = filling(value, widget);
  // Seeds are long, and nobody steps through them: their room is for the digits.
  const isSeed = control !== undefined;
  const hasSteppers = isHot && !isSeed;
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0 || document.activeElement === field.current || (event.target as HTMLElement).closest("button") !== null) return;
    event.preventDefault();
    drag.current = { x: event.clientX, from: value, moved: false };
    setHeld(true);
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const held = drag.current;
    if (held === null) return;
    const travel = event.clientX - held.x;
    if (!held.moved && Math.abs(travel) < SLACK) return;
    if (!held.moved) beginEdit(node, widget.key);
    held.moved = true;
    const steps = (travel / PIXELS_PER_STEP) * factorOf(event);
    edit(node, widget.key, stepNumber(held.from, range.isInteger ? Math.round(steps) : Math.round(steps * 10) / 10, range));
  };
  const onPointerUp = (): void => {
    const held = drag.current;
    drag.current = null;
    setHeld(false);
    if (held === null) return;
    if (held.moved) endEdit();
    else field.current?.select();
  };
  const onEscape = (): void => {
    const held = drag.current;
    drag.current = null;
    setHeld(false);
    if (held?.moved === true) cancelEdit(node, widget.key, held.from ?? null);
  };
  useEscape(isHeld, onEscape);

  return (
    <div
      className={`${styles.field} ${styles.number} nodrag`}
      data-bad={isBad || undefined}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerUp}
    >
      {fill !== null && <span className={styles.fill} style={{ transform: `scaleX(${fill})` }} />}
      {hasSteppers && <Stepper label={t("widget.decrease", { name: label })} onStep={() => step(-1)} Icon={ChevronLeft} />}
      <span className={styles.label}>{label}</span>
      <input {...input} ref={field} className={styles.input} aria-label={label} aria-describedby={describedBy} />
      {hasSteppers && <Stepper label={t("widget.increase", { name: label })} onStep={() => step(1)} Icon={ChevronRight} />}
      {isSeed && <ControlMode node={node} widget={widget} label={label} />}
    </div>
  );
}

/** Escape wherever the focus is: a drag does not take it. */
function useEscape(isOn: boolean, onEscape: () => void): void {
  const latest = useRef(onEscape);
  useEffect(() => {
    latest.current = onEscape;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      latest.current();
    };
    if (isOn) window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  }, [isOn]);
}

interface StepperProps {
  readonly label: string;
  readonly onStep: () => void;
  readonly Icon: typeof ChevronLeft;
}

/** For the pointer alone: the keyboard has its arrows. */
function Stepper({ label, onStep, Icon }: StepperProps) {
  return (
    <button type="button" tabIndex={-1} className={styles.stepper} aria-label={label} onClick={onStep}>
      <Icon size={12} />
    </button>
  );
}
