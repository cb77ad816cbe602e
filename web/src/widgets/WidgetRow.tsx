/** One widget with its socket and, where something is wrong, the sentence right below. */
import { memo, useContext, type ReactNode } from "react";

import { isSocket as takesWires } from "@/formats/sockets";
import type { Widget } from "@/formats/widgets";
import { t } from "@/i18n";
import { useIsFed, useRun, useSourceTitle } from "@/canvas/hooks";
import { InputSocket } from "@/canvas/Socket";

import { ColorField } from "./ColorField";
import { ComboField } from "./ComboField";
import type { FieldProps } from "./field";
import { ImageUpload } from "./ImageUpload";
import { NumberField } from "./NumberField";
import { PlaceContext, useControlId } from "./place";
import { TextField, TextLine } from "./TextField";
import { ToggleField } from "./ToggleField";
import styles from "./WidgetRow.module.css";

interface RowProps {
  readonly node: string;
  readonly widget: Widget;
}

const FIELDS: Readonly<Record<Widget["kind"], ((props: FieldProps) => ReactNode) | null>> = {
  int: NumberField,
  float: NumberField,
  toggle: ToggleField,
  combo: ComboField,
  color: ColorField,
  text: TextField,
  upload: ImageUpload,
  control: null,
  filter: null,
  other: TextLine,
};

export const labelOf = ({ input, name }: Widget): string => {
  const given = input.options["display_name"];
  return typeof given === "string" ? given : name.replaceAll("_", " ");
};

export const WidgetRow = memo(function WidgetRow({ node, widget }: RowProps) {
  const place = useContext(PlaceContext);
  const error = useRun(node, (run) => run.inputErrors[widget.name]);
  const isFed = useIsFed(node, widget.name);
  const Field = FIELDS[widget.kind];
  const tooltip = widget.input.options["tooltip"];
  // In the inspector there are no sockets to draw.
  const isSocket = place === "node" && widget.kind !== "upload" && takesWires(widget.input);
  return (
    <div className={styles.row} data-kind={widget.kind} data-bad={error !== undefined || undefined} title={typeof tooltip === "string" ? tooltip : undefined}>
      {isSocket && <InputSocket node={node} name={widget.name} type={widget.input.type} isOptional={false} isWidget />}
      {isFed ? <FedField node={node} widget={widget} label={labelOf(widget)} /> : Field !== null && <Field node={node} widget={widget} label={labelOf(widget)} />}
      {error !== undefined && (
        <p className={styles.error} data-testid={place === "node" ? `error-${node}` : undefined} role={place === "node" ? "alert" : undefined}>
          {error}
        </p>
      )}
    </div>
  );
});

/** A wire decides: the widget says whose. */
function FedField({ node, widget, label }: FieldProps) {
  const source = useSourceTitle(node, widget.name) ?? "";
  const controlId = useControlId(node, widget.name);
  return (
    <div className={styles.fed} data-testid={controlId} aria-disabled>
      <span className={styles.label}>{label}</span>
      <span className={styles.source}>{t("node.linked", { source })}</span>
    </div>
  );
}
