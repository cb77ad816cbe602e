/** A button that says what is chosen, and the list that it opens, with a search of its own. */
import { lazy, Suspense, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { useRun } from "@/canvas/hooks";
import { text as asText } from "@/formats/file";
import type { Json } from "@/formats/json";
import type { Widget } from "@/formats/widgets";
import { t } from "@/i18n";

import styles from "./ChoiceField.module.css";
import field from "./Field.module.css";
import type { FieldProps } from "./field";
import { useControlId } from "./place";
import { remoteOf, useRemote, type RemoteList, type RemoteSpec } from "./remote";

const loadPopup = () => import("./ChoicePopup");
const ChoicePopup = lazy(() => loadPopup().then((module) => ({ default: module.ChoicePopup })));

export interface Choices {
  readonly values: readonly Json[];
  readonly remote: RemoteSpec | null;
  readonly list: RemoteList;
}

/** What can be chosen: from the definition, or from the server as often as somebody asks. */
export function useChoices(widget: Widget): Choices {
  const remote = remoteOf(widget);
  const list = useRemote(remote);
  return { values: list.choices ?? widget.input.choices ?? [], remote, list };
}

export const shownValue = (value: Json | undefined): string => (Array.isArray(value) ? value.map(asText).join(", ") : asText(value));

interface Props extends Pick<FieldProps, "node" | "widget" | "label" | "describedBy"> {
  readonly choices: Choices;
  readonly chosen: readonly Json[];
  /** The list stays open for more. */
  readonly isMany?: boolean;
  /** What is said where nothing is chosen, or in place of much. */
  readonly shown: string;
  readonly isEmpty: boolean;
  readonly isMissing?: boolean;
  readonly onChoose: (choice: Json) => void;
  readonly onClose?: () => void;
  readonly onRefresh: (spec: RemoteSpec) => void;
  /** Stands between the button and its list. */
  readonly children?: ReactNode;
}

export function ChoiceField({ node, widget, label, describedBy, choices: { values, remote, list }, chosen, isMany = false, shown, isEmpty, isMissing = false, onChoose, onClose, onRefresh, children }: Props) {
  const controlId = useControlId(node, widget.name);
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  const [isOpen, setOpen] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  const all = chosen.map(shownValue).join(", ");
  const openByKey = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    event.stopPropagation();
    setOpen(true);
  };
  const close = (): void => {
    onClose?.();
    setOpen(false);
  };
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
        title={isMissing ? `${shown} · ${t("widget.missing")}` : isMany ? all : shown}
        data-testid={controlId}
        data-value={all}
        onPointerEnter={() => void loadPopup()}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={openByKey}
      >
        <span className={field.label}>{label}</span>
        <span className={styles.value} data-missing={isMissing || undefined} data-empty={isEmpty || undefined}>
          {shown}
        </span>
      </button>
      {children}
      {isOpen && (
        <Suspense>
          <ChoicePopup
            id={`choices-${controlId}`}
            widget={widget}
            label={label}
            choices={values}
            chosen={chosen}
            isMany={isMany}
            anchor={trigger}
            remote={remote === null ? null : { ...list, refresh: () => onRefresh(remote) }}
            onChoose={(choice) => {
              onChoose(choice);
              if (!isMany) setOpen(false);
            }}
            onClose={close}
          />
        </Suspense>
      )}
    </div>
  );
}
