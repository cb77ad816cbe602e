/** A curve through points: drag them, press beside the curve for a new one, arrow keys move, Delete takes away. */
import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { RotateCcw, Spline } from "lucide-react";

import { useValue } from "@/canvas/hooks";
import { t } from "@/i18n";

import { addPoint, curvePath, isLinear, movePoint, readCurve, removePoint, toggled, writeCurve, type Curve, type CurvePoint } from "./curve";
import styles from "./CurveField.module.css";
import { beginEdit, edit, endEdit } from "./edit";
import type { FieldProps } from "./field";
import { useControlId } from "./place";

const SIZE = 100;
const STEP = 0.01;
const FAR = 0.1;
const MOVES: Readonly<Record<string, CurvePoint>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export function CurveField({ node, widget, label, describedBy }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const value = useValue(node, widget.key);
  const curve = readCurve(value);
  const square = useRef<HTMLDivElement>(null);
  const held = useRef<number | null>(null);
  const [active, setActive] = useState(0);
  const put = (next: Curve): void => edit(node, widget.key, writeCurve(next, value));
  const placeOf = (event: PointerEvent): CurvePoint => {
    const box = square.current?.getBoundingClientRect();
    return box === undefined ? [0, 0] : [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
  };
  const grab = (index: number, event: PointerEvent): void => {
    held.current = index;
    setActive(index);
    square.current?.setPointerCapture(event.pointerId);
  };
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    beginEdit(node, widget.key);
    const dot = (event.target as HTMLElement).closest<HTMLElement>("[data-point]")?.dataset["point"];
    if (dot !== undefined) grab(Number(dot), event);
    else {
      const added = addPoint(curve, placeOf(event));
      put(added.curve);
      grab(added.index, event);
    }
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (held.current !== null) put(movePoint(curve, held.current, placeOf(event)));
  };
  const onPointerUp = (): void => {
    if (held.current !== null) endEdit();
    held.current = null;
  };
  const remove = (index: number): void => {
    put(removePoint(curve, index));
    setActive(Math.max(0, index - 1));
  };
  const onKeyDown = (index: number, event: KeyboardEvent): void => {
    const move = MOVES[event.key];
    const point = curve.points[index];
    if (point === undefined || event.ctrlKey || event.metaKey) return;
    const step = event.shiftKey ? FAR : STEP;
    if (move !== undefined) put(movePoint(curve, index, [point[0] + move[0] * step, point[1] + move[1] * step]));
    else if (event.key === "Delete" || event.key === "Backspace") remove(index);
    else if (event.key === "Insert" || event.key === "+") put(addPoint(curve, [(point[0] + (curve.points[index + 1]?.[0] ?? 1)) / 2, point[1]]).curve);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={`${styles.curve} nodrag`} role="group" aria-label={label} aria-describedby={describedBy} data-testid={controlId}>
      <div className={styles.head}>
        <span className={styles.label}>{label}</span>
        <button type="button" aria-pressed={!isLinear(curve)} aria-label={t("fields.smooth")} title={t("fields.smooth")} onClick={() => put(toggled(curve))}>
          <Spline size={13} />
        </button>
        <button type="button" aria-label={t("fields.straighten")} title={t("fields.straighten")} onClick={() => put({ ...curve, points: [[0, 0], [1, 1]] })}>
          <RotateCcw size={13} />
        </button>
      </div>
      <div
        ref={square}
        className={styles.square}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerUp}
        onDoubleClick={(event) => {
          event.stopPropagation();
          const dot = (event.target as HTMLElement).closest<HTMLElement>("[data-point]")?.dataset["point"];
          if (dot !== undefined) remove(Number(dot));
        }}
      >
        <svg viewBox={`0 0 ${SIZE} ${SIZE}`} preserveAspectRatio="none" aria-hidden>
          <path className={styles.grid} d="M 25 0 V 100 M 50 0 V 100 M 75 0 V 100 M 0 25 H 100 M 0 50 H 100 M 0 75 H 100" />
          <path className={styles.line} d={curvePath(curve, SIZE)} />
        </svg>
        {curve.points.map(([x, y], index) => (
          <span
            key={index}
            className={styles.point}
            style={{ left: `${x * 100}%`, top: `${(1 - y) * 100}%` }}
            data-point={index}
            data-active={index === active || undefined}
            role="slider"
            tabIndex={0}
            aria-label={t("fields.point", { index: index + 1, total: curve.points.length })}
            aria-valuenow={y}
            aria-valuemin={0}
            aria-valuemax={1}
            aria-valuetext={t("fields.pointAt", { x: x.toFixed(2), y: y.toFixed(2) })}
            onFocus={() => setActive(index)}
            onKeyDown={(event) => onKeyDown(index, event)}
          />
        ))}
      </div>
    </div>
  );
}
