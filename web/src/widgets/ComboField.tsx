/** A choice among many: the list opens with a search of its own. */
import { Check, ChevronDown } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";

import { useRun, useValue } from "@/canvas/hooks";
import { text as asText } from "@/formats/file";
import { controlKey } from "@/formats/widgets";
import { t } from "@/i18n";

import { ChoiceList } from "./ChoiceList";
import styles from "./ComboField.module.css";
import { ControlMode } from "./ControlMode";
import { edit } from "./edit";
import field from "./Field.module.css";
import { useControlId } from "./place";
import type { FieldProps } from "./field";

export function ComboField({ node, widget, label }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const value = useValue(node, widget.key);
  const control = useValue(node, controlKey(widget.name));
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  const [isOpen, setOpen] = useState(false);
  const choices = widget.input.choices ?? [];
  const isMissing = choices.length > 0 && !choices.includes(value ?? null);
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <div className={`${field.field} nodrag`} data-bad={isBad || isMissing || undefined}>
        <Popover.Trigger
          className={styles.trigger}
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={`choices-${controlId}`}
          aria-label={`${label}: ${asText(value)}`}
          title={isMissing ? `${asText(value)} · ${t("widget.missing")}` : asText(value)}
          data-testid={controlId}
          data-value={asText(value)}
        >
          <span className={field.label}>{label}</span>
          <span className={styles.value} data-missing={isMissing || undefined}>
            {asText(value)}
          </span>
          <ChevronDown size={13} className={styles.chevron} />
        </Popover.Trigger>
        {control !== undefined && <ControlMode node={node} widget={widget} label={label} />}
      </div>
      <Popover.Portal>
        <Popover.Content
          className={styles.popup}
          align="start"
          sideOffset={4}
          collisionPadding={12}
          onKeyDown={(event) => event.stopPropagation()}
          onDoubleClick={(event) => event.stopPropagation()}
        >
          <ChoiceList
            id={`choices-${controlId}`}
            label={label}
            choices={choices}
            value={value ?? null}
            mark={<Check size={14} />}
            onChoose={(next) => {
              edit(node, widget.key, next);
              setOpen(false);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
