/** A choice among many: a button until it is pressed, then a list with a search of its own. */
import { lazy, Suspense, useRef, useState } from "react";

import { useRun, useValue } from "@/canvas/hooks";
import { text as asText } from "@/formats/file";
import type { Json } from "@/formats/json";
import { controlKey, type Widget } from "@/formats/widgets";
import { t } from "@/i18n";

import styles from "./ComboField.module.css";
import { ControlMode } from "./ControlMode";
import { edit } from "./edit";
import field from "./Field.module.css";
import type { FieldProps } from "./field";
import { allowsBatch, mediaOf } from "./media";
import { useControlId } from "./place";
import { refreshRemote, remoteOf, useRemote, type RemoteSpec } from "./remote";

const loadPopup = () => import("./ChoicePopup");
const ChoicePopup = lazy(() => loadPopup().then((module) => ({ default: module.ChoicePopup })));

/** Files of other folders, and several at once, are values that the list does not hold. */
function isKnown(value: Json, choices: readonly Json[], { input }: Widget): boolean {
  if (choices.length === 0 || value === "" || choices.includes(value)) return true;
  if (mediaOf(input) === null) return false;
  return Array.isArray(value) ? allowsBatch(input) : typeof value === "string" && (/ \[(input|output|temp)\]$/.test(value) || value.includes("/"));
}

export const shownValue = (value: Json | undefined): string => (Array.isArray(value) ? value.map(asText).join(", ") : asText(value));

export function ComboField({ node, widget, label, describedBy }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const value = useValue(node, widget.key) ?? null;
  const control = useValue(node, controlKey(widget.name));
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  const [isOpen, setOpen] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  const remote = remoteOf(widget);
  const list = useRemote(remote);
  const choices = list.choices ?? widget.input.choices ?? [];
  const isMissing = !isKnown(value, choices, widget);
  const isEmpty = value === "" || value === null;
  const shown = isEmpty ? t("fields.noneChosen") : shownValue(value);
  return (
    <div className={`${field.field} nodrag`} data-bad={isBad || isMissing || undefined}>
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
        title={isMissing ? `${shown} · ${t("widget.missing")}` : shown}
        data-testid={controlId}
        data-value={shownValue(value)}
        onPointerEnter={() => void loadPopup()}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          event.stopPropagation();
          setOpen(true);
        }}
      >
        <span className={field.label}>{label}</span>
        <span className={styles.value} data-missing={isMissing || undefined} data-empty={isEmpty || undefined}>
          {shown}
        </span>
      </button>
      {control !== undefined && <ControlMode node={node} widget={widget} label={label} />}
      {isOpen && (
        <Suspense>
          <ChoicePopup
            id={`choices-${controlId}`}
            widget={widget}
            label={label}
            choices={choices}
            chosen={[value]}
            anchor={trigger}
            remote={remote === null ? null : { ...list, refresh: () => void refresh(remote, node, widget) }}
            onChoose={(next) => {
              edit(node, widget.key, next);
              setOpen(false);
            }}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </div>
  );
}

/** Some nodes want the newest file as soon as the list is new. */
async function refresh(spec: RemoteSpec, node: string, widget: Widget): Promise<void> {
  const choices = await refreshRemote(spec);
  const next = spec.take === "first" ? choices?.[0] : spec.take === "last" ? choices?.at(-1) : undefined;
  if (next !== undefined) edit(node, widget.key, next);
}
