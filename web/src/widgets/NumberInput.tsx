/** The digits of a number that is also set in another way: beside a slider, under a knob. */
import { useDigits } from "./digits";
import type { FieldProps } from "./field";
import styles from "./Field.module.css";

export function NumberInput({ node, widget, label, describedBy }: FieldProps) {
  const { input } = useDigits(node, widget);
  return <input {...input} className={styles.digits} aria-label={label} aria-describedby={describedBy} onFocus={(event) => event.currentTarget.select()} />;
}
