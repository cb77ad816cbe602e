/** One widget with its socket and, where something is wrong, the sentence right below. */
import { memo, useContext, useId, useRef, useState, type MouseEvent, type ReactNode } from "react";

import { useIsFed, useRun, useSourceTitle } from "@/canvas/hooks";
import { InputSocket } from "@/canvas/Socket";
import { isSocket as takesWires } from "@/formats/sockets";
import type { Widget } from "@/formats/widgets";
import { t } from "@/i18n";
import { isAdvanced } from "@/model/geometry";
import { SweepChip } from "@/sweeps/SweepChip";
import { PopupMenu } from "@/ui/PopupMenu";

import { AdvancedSwitch, useAdvanced } from "./Advanced";
import { ColorField } from "./ColorField";
import { ComboField } from "./ComboField";
import { CurveField } from "./CurveField";
import type { FieldProps } from "./field";
import { MarkdownField } from "./MarkdownField";
import { isMediaCombo, mediaOf } from "./media";
import { MediaUpload } from "./MediaUpload";
import { widgetSections } from "./menu";
import { MultiField } from "./MultiField";
import { NumberField } from "./NumberField";
import { PlaceContext, useControlId } from "./place";
import { TextField, TextLine } from "./TextField";
import { Tip, useHot } from "./Tip";
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
  multi: MultiField,
  color: ColorField,
  curve: CurveField,
  text: TextField,
  markdown: MarkdownField,
  upload: MediaUpload,
  control: null,
  filter: null,
  other: TextLine,
};

export const labelOf = ({ input, name }: Widget): string => {
  const given = input.options["display_name"];
  return typeof given === "string" ? given : name.replaceAll("_", " ");
};

export const WidgetRow = memo(function WidgetRow(props: RowProps) {
  return isAdvanced(props.widget) ? <AdvancedRow {...props} /> : <Row {...props} />;
});

/** Folded away, unless somebody asked for it or something is at it. */
function AdvancedRow({ node, widget }: RowProps) {
  const place = useContext(PlaceContext);
  const { isShown, isFirst } = useAdvanced(node, widget);
  const isFed = useIsFed(node, widget.name);
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  if (place !== "node") return <Row node={node} widget={widget} />;
  return (
    <>
      {isFirst && <AdvancedSwitch node={node} isShown={isShown} />}
      {(isShown || isFed || isBad) && <Row node={node} widget={widget} />}
    </>
  );
}

function Row({ node, widget }: RowProps) {
  const place = useContext(PlaceContext);
  const error = useRun(node, (run) => run.inputErrors[widget.name]);
  const isFed = useIsFed(node, widget.name);
  const row = useRef<HTMLDivElement>(null);
  const tipId = useId();
  const [menu, setMenu] = useState<{ x: number; y: number } | null>(null);
  const { isHot, isLingering, handlers } = useHot();
  const Field = FIELDS[widget.kind];
  const label = labelOf(widget);
  const tooltip = widget.input.options["tooltip"];
  const description = typeof tooltip === "string" && tooltip !== "" ? tooltip : undefined;
  // In the inspector there are no sockets to draw.
  const isSocket = place === "node" && widget.kind !== "upload" && takesWires(widget.input);
  const onContextMenu = (event: MouseEvent): void => {
    // A press into a text that is being written brings the browser's own menu, with its paste.
    if (event.button === 2 && isWriting(event.target)) event.stopPropagation();
    else if (widgetSections(node, widget).length > 0) {
      event.preventDefault();
      event.stopPropagation();
      setMenu(placeOf(event));
    }
  };
  const describedBy = isHot && description !== undefined ? tipId : undefined;
  const field = { node, widget, label, isHot, describedBy };
  return (
    <div ref={row} className={styles.row} data-kind={widget.kind} data-bad={error !== undefined || undefined} data-widget={widget.key} data-widget-of={node} onMouseDownCapture={keepFocus} onContextMenu={onContextMenu} {...handlers}>
      {isSocket && <InputSocket node={node} name={widget.name} type={widget.input.type} isOptional={false} isWidget />}
      {isFed ? <FedField {...field} /> : Field !== null && <Field {...field} />}
      {!isFed && isMediaCombo(widget) && <MediaUpload {...field} media={mediaOf(widget.input)} />}
      {!isFed && <SweepChip node={node} widget={widget} label={label} />}
      {error !== undefined && (
        <p className={styles.error} data-testid={place === "node" ? `error-${node}` : undefined} role={place === "node" ? "alert" : undefined}>
          {error}
        </p>
      )}
      {describedBy !== undefined && (
        <span id={tipId} className="visually-hidden">
          {description}
        </span>
      )}
      {isLingering && description !== undefined && menu === null && <Tip anchor={row} label={label} text={description} />}
      {menu !== null && <PopupMenu at={menu} label={label} sections={widgetSections(node, widget)} onClose={() => setMenu(null)} />}
    </div>
  );
}

/** The right button asks for the menu: it does not begin to write. */
function keepFocus(event: MouseEvent): void {
  if (event.button === 2 && !isWriting(event.target)) event.preventDefault();
}

function isWriting(target: EventTarget): boolean {
  const field = target instanceof Element ? target.closest("input, textarea, [contenteditable=true]") : null;
  return field !== null && field.contains(document.activeElement);
}

/** The key for menus has no place of its own: the menu opens at the control. */
function placeOf(event: MouseEvent): { x: number; y: number } {
  if (event.button === 2 || (event.clientX !== 0 && event.clientY !== 0)) return { x: event.clientX, y: event.clientY };
  const box = (event.target as HTMLElement).getBoundingClientRect();
  return { x: box.left + 8, y: box.bottom };
}

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
