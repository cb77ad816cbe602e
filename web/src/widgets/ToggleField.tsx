/** Yes or no. */
import { useValue } from "@/canvas/hooks";
import { t } from "@/i18n";

import { edit } from "./edit";
import styles from "./Field.module.css";
import { useControlId } from "./place";
import type { FieldProps } from "./field";

export function ToggleField({ node, widget, label, describedBy }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const isOn = useValue(node, widget.key) === true;
  const words = widget.input.options[isOn ? "label_on" : "label_off"];
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      aria-label={label}
      aria-describedby={describedBy}
      className={`${styles.field} ${styles.toggle} nodrag`}
      data-testid={controlId}
      onClick={() => edit(node, widget.key, !isOn)}
    >
      <span className={styles.label}>{label}</span>
      <span className={styles.switch}>
        {typeof words === "string" ? words : t(isOn ? "widget.on" : "widget.off")}
        <span className={styles.track} />
      </span>
    </button>
  );
}
