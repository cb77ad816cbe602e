/** A number between two ends: slide it, or type it. */
import type { CSSProperties } from "react";

import { useValue } from "@/canvas/hooks";
import { controlKey } from "@/formats/widgets";

import { ControlMode } from "./ControlMode";
import { beginEdit, edit, endEdit } from "./edit";
import type { FieldProps } from "./field";
import styles from "./Field.module.css";
import { gradientOf } from "./gradient";
import { NumberInput } from "./NumberInput";
import { numberAt, rangeOf, shareOf } from "./numbers";

const FINEST = 1000;

export function SliderField(props: FieldProps) {
  const { node, widget, label } = props;
  const value = useValue(node, widget.key);
  const control = useValue(node, controlKey(widget.name));
  const range = rangeOf(widget);
  const steps = Math.min(FINEST, Math.max(1, Math.round((Number(range.max) - Number(range.min)) / range.step)));
  const gradient = widget.input.options["display"] === "gradientslider" ? gradientOf(widget.input.options) : null;
  const style = { "--share": shareOf(value, range), ...(gradient === null ? {} : { "--gradient": gradient }) } as CSSProperties;
  return (
    <div className={`${styles.field} nodrag`}>
      <span className={styles.label}>{label}</span>
      <input
        type="range"
        className={styles.slider}
        style={style}
        data-gradient={gradient !== null || undefined}
        aria-label={label}
        aria-valuetext={String(value ?? "")}
        min={0}
        max={steps}
        step={1}
        value={Math.round(shareOf(value, range) * steps)}
        onFocus={() => beginEdit(node, widget.key)}
        onPointerDown={() => beginEdit(node, widget.key)}
        onChange={(event) => edit(node, widget.key, numberAt(Number(event.target.value) / steps, range))}
        onPointerUp={endEdit}
        onKeyUp={endEdit}
        onBlur={endEdit}
      />
      <NumberInput {...props} />
      {control !== undefined && <ControlMode node={node} widget={widget} label={label} />}
    </div>
  );
}
