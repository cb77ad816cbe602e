/** A colour: a word of six digits, or a number where the input is an INT. */
import { useValue } from "@/canvas/hooks";
import { text as asText } from "@/formats/file";
import type { Json } from "@/formats/json";

import { beginEdit, edit, endEdit } from "./edit";
import styles from "./Field.module.css";
import { useControlId } from "./place";
import type { FieldProps } from "./field";

export const toHex = (value: Json | undefined): string => (typeof value === "number" ? `#${(value & 0xffffff).toString(16).padStart(6, "0")}` : asText(value));

export function ColorField({ node, widget, label }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const hex = toHex(useValue(node, widget.key));
  const isNumber = widget.input.type === "INT";
  const change = (next: string): void => {
    if (/^#[0-9a-f]{6}$/i.test(next)) edit(node, widget.key, isNumber ? Number.parseInt(next.slice(1), 16) : next);
  };
  return (
    <div className={`${styles.field} ${styles.line} nodrag`}>
      <span className={styles.label}>{label}</span>
      <input
        key={hex}
        className={styles.input}
        aria-label={label}
        data-testid={controlId}
        defaultValue={hex}
        maxLength={7}
        onBlur={(event) => change(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") change(event.currentTarget.value);
        }}
      />
      <input
        type="color"
        className={styles.swatch}
        aria-label={label}
        value={hex}
        onFocus={() => beginEdit(node, widget.key)}
        onChange={(event) => change(event.target.value)}
        onBlur={endEdit}
      />
    </div>
  );
}
