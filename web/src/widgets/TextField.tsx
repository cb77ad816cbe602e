/** Text, on one line or many. Typing is one step of undo until the field is left. */
import { useValue, useRun } from "@/canvas/hooks";
import { text as asText } from "@/formats/file";
import { isMultiline } from "@/model/geometry";

import { beginEdit, edit, endEdit } from "./edit";
import styles from "./Field.module.css";
import { useControlId } from "./place";
import type { FieldProps } from "./field";

export function TextField(props: FieldProps) {
  return isMultiline(props.widget) ? <TextArea {...props} /> : <TextLine {...props} />;
}

function TextArea({ node, widget, label }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const value = useValue(node, widget.key);
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  const placeholder = widget.input.options["placeholder"];
  return (
    <textarea
      className={`${styles.area} nodrag nopan nowheel field`}
      data-testid={controlId}
      aria-label={label}
      aria-invalid={isBad}
      placeholder={typeof placeholder === "string" && placeholder !== "" ? placeholder : label}
      spellCheck={false}
      value={asText(value)}
      onFocus={() => beginEdit(node, widget.key)}
      onChange={(event) => edit(node, widget.key, event.target.value)}
      onBlur={endEdit}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}

export function TextLine({ node, widget, label }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const value = useValue(node, widget.key);
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  const placeholder = widget.input.options["placeholder"];
  return (
    // The label is part of the field: pressing it focuses the input.
    <label className={`${styles.field} ${styles.line} nodrag`} data-bad={isBad || undefined}>
      <span className={styles.label}>{label}</span>
      <input
        className={styles.input}
        data-testid={controlId}
        aria-label={label}
        aria-invalid={isBad}
        autoComplete="off"
        spellCheck={false}
        placeholder={typeof placeholder === "string" ? placeholder : undefined}
        value={asText(value)}
        onFocus={() => beginEdit(node, widget.key)}
        onChange={(event) => edit(node, widget.key, event.target.value)}
        onBlur={endEdit}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
        }}
      />
    </label>
  );
}
