/** Several choices of many. */
import { useValue } from "@/canvas/hooks";
import { isObject } from "@/formats/json";
import { t } from "@/i18n";

import { ChoiceField, shownValue, useChoices } from "./ChoiceField";
import { toggleChoice, valuesOf } from "./choices";
import { beginEdit, edit, endEdit } from "./edit";
import type { FieldProps } from "./field";
import { refreshRemote } from "./remote";

export function MultiField({ node, widget, label, describedBy }: FieldProps) {
  const values = valuesOf(useValue(node, widget.key));
  const choices = useChoices(widget);
  const option = widget.input.options["multi_select"];
  const empty = isObject(option) && typeof option["placeholder"] === "string" ? option["placeholder"] : t("fields.noneChosen");
  return (
    <ChoiceField
      node={node}
      widget={widget}
      label={label}
      describedBy={describedBy}
      choices={choices}
      chosen={values}
      isMany
      shown={values.length === 0 ? empty : values.length <= 2 ? shownValue([...values]) : t("fields.chosen", { count: values.length })}
      isEmpty={values.length === 0}
      onChoose={(choice) => {
        beginEdit(node, widget.key);
        edit(node, widget.key, toggleChoice(values, choice, choices.values));
      }}
      onClose={endEdit}
      onRefresh={(spec) => void refreshRemote(spec)}
    />
  );
}
