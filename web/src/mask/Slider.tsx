/** A value with its name, to be drawn or typed. */
import { useId, type CSSProperties } from "react";

import styles from "./Panel.module.css";

interface Props {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  /** Small values get most of the way. */
  readonly isCurved?: boolean;
  readonly onChange: (value: number) => void;
}

/** Steps of a curved slider. */
const WAY = 200;

export function Slider({ label, value, min, max, unit, isCurved = false, onChange }: Props) {
  const id = useId();
  const place = isCurved ? Math.sqrt((value - min) / (max - min)) * WAY : value;
  const part = isCurved ? place / WAY : (value - min) / (max - min);
  const valueAt = (at: number): number => (isCurved ? Math.round(min + (at / WAY) ** 2 * (max - min)) : at);
  const take = (next: number): void => {
    if (Number.isFinite(next)) onChange(Math.min(max, Math.max(min, Math.round(next))));
  };
  // A curve is flat at its start: one step of the slider would round to no change.
  const draw = (at: number): void => {
    const next = valueAt(at);
    take(next === value ? value + Math.sign(at - place) : next);
  };
  return (
    <div className={styles.slider}>
      <label htmlFor={id}>{label}</label>
      <input id={id} type="range" min={isCurved ? 0 : min} max={isCurved ? WAY : max} step={isCurved ? "any" : 1} value={place} aria-valuetext={`${value} ${unit}`} style={{ "--part": part } as CSSProperties} onChange={(event) => draw(event.target.valueAsNumber)} />
      <span className={styles.number}>
        <input type="number" aria-label={label} min={min} max={max} value={value} onChange={(event) => take(event.target.valueAsNumber)} />
        <span aria-hidden="true">{unit}</span>
      </span>
    </div>
  );
}

/** The same for parts of one, in percent. */
export function PercentSlider({ label, value, onChange, min = 0 }: { readonly label: string; readonly value: number; readonly min?: number; readonly onChange: (value: number) => void }) {
  return <Slider label={label} value={Math.round(value * 100)} min={min} max={100} unit="%" onChange={(percent) => onChange(percent / 100)} />;
}
