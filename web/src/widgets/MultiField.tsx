/** Several choices of many. */
import { lazy, Suspense, useRef, useState } from "react";

import { useRun, useValue } from "@/canvas/hooks";
import { isObject } from "@/formats/json";
import { t } from "@/i18n";

import { toggleChoice, valuesOf } from "./choices";
import { shownValue } from "./ComboField";
import styles from "./ComboField.module.css";
import { beginEdit, edit, endEdit } from "./edit";
import field from "./Field.module.css";
import type { FieldProps } from "./field";
import { useControlId } from "./place";
import { refreshRemote, remoteOf, useRemote } from "./remote";

const ChoicePopup = lazy(() => import("./ChoicePopup").then((module) => ({ default: module.ChoicePopup })));

export function MultiField({ node, widget, label, describedBy }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const values = valuesOf(useValue(node, widget.key));
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  const [isOpen, setOpen] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  const remote = remoteOf(widget);
  const list = useRemote(remote);
  const choices = list.choices ?? widget.input.choices ?? [];
  const option = widget.input.options["multi_select"];
  const empty = isObject(option) && typeof option["placeholder"] === "string" ? option["placeholder"] : t("fields.noneChosen");
  const shown = values.length === 0 ? empty : values.length <= 2 ? shownValue([...values]) : t("fields.chosen", { count: values.length });
  return (
    <div className={`${field.field} nodrag`} data-bad={isBad || undefined}>
      <button
        ref={trigger}
        type="button"
        className={styles.trigger}
        role="combobox"
        aria-expanded={isOpen}
        aria-haspopup="listbox"
        aria-controls={`choices-${controlId}`}
        aria-label={`${label}: ${shown}`}
        aria-describedby={describedBy}
        title={shownValue([...values])}
        data-testid={controlId}
        data-value={shownValue([...values])}
        onClick={() => setOpen(!isOpen)}
      >
        <span className={field.label}>{label}</span>
        <span className={styles.value} data-empty={values.length === 0 || undefined}>
          {shown}
        </span>
      </button>
      {isOpen && (
        <Suspense>
          <ChoicePopup
            id={`choices-${controlId}`}
            widget={widget}
            label={label}
            choices={choices}
            chosen={values}
            isMany
            anchor={trigger}
            remote={remote === null ? null : { ...list, refresh: () => void refreshRemote(remote) }}
            onChoose={(choice) => {
              beginEdit(node, widget.key);
              edit(node, widget.key, toggleChoice(values, choice, choices));
            }}
            onClose={() => {
              endEdit();
              setOpen(false);
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
