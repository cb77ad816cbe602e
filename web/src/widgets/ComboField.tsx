/** One choice among many. */
import { useValue } from "@/canvas/hooks";
import type { Json } from "@/formats/json";
import { controlKey, type Widget } from "@/formats/widgets";
import { t } from "@/i18n";

import { ChoiceField, shownValue, useChoices } from "./ChoiceField";
import { ControlMode } from "./ControlMode";
import { edit } from "./edit";
import type { FieldProps } from "./field";
import { allowsBatch, mediaOf } from "./media";
import { refreshRemote, type RemoteSpec } from "./remote";

/** Files of other folders, and several at once, are values that the list does not hold. */
function isKnown(value: Json, choices: readonly Json[], { input }: Widget): boolean {
  if (choices.length === 0 || value === "" || choices.includes(value)) return true;
  if (mediaOf(input) === null) return false;
  return Array.isArray(value) ? allowsBatch(input) : typeof value === "string" && (/ \[(input|output|temp)\]$/.test(value) || value.includes("/"));
}

export function ComboField({ node, widget, label, describedBy }: FieldProps) {
  const value = useValue(node, widget.key) ?? null;
  const control = useValue(node, controlKey(widget.name));
  const choices = useChoices(widget);
  const isEmpty = value === "" || value === null;
  return (
    <ChoiceField
      node={node}
      widget={widget}
      label={label}
      describedBy={describedBy}
      choices={choices}
      chosen={[value]}
      shown={isEmpty ? t("fields.noneChosen") : shownValue(value)}
      isEmpty={isEmpty}
      isMissing={!isKnown(value, choices.values, widget)}
      onChoose={(next) => edit(node, widget.key, next)}
      onRefresh={(spec) => void refresh(spec, node, widget)}
    >
      {control !== undefined && <ControlMode node={node} widget={widget} label={label} />}
    </ChoiceField>
  );
}

/** Some nodes want the newest file as soon as the list is new. */
async function refresh(spec: RemoteSpec, node: string, widget: Widget): Promise<void> {
  const choices = await refreshRemote(spec);
  const next = spec.take === "first" ? choices?.[0] : spec.take === "last" ? choices?.at(-1) : undefined;
  if (next !== undefined) edit(node, widget.key, next);
}
