/** Text, on one line or many. Typing is one step of undo until the field is left. */
import { Maximize2 } from "lucide-react";
import { lazy, Suspense, useContext, useEffect, useRef, type RefObject } from "react";

import { useValue, useRun } from "@/canvas/hooks";
import { text as asText } from "@/formats/file";
import { t } from "@/i18n";
import { isMultiline } from "@/model/geometry";
import { closeLarge, openLarge, remember, useIsLarge, type TextAddress } from "@/prompt/large";

import { beginEdit, edit, endEdit } from "./edit";
import styles from "./Field.module.css";
import { PlaceContext, useControlId } from "./place";
import { usePromotion } from "./promotion";
import type { FieldProps } from "./field";

const PromptDialog = lazy(() => import("@/prompt/PromptDialog").then((module) => ({ default: module.PromptDialog })));

export function TextField(props: FieldProps) {
  return isMultiline(props.widget) ? <TextArea {...props} /> : <TextLine {...props} />;
}

function TextArea({ node, widget, label, isHot = false, describedBy }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const place = useContext(PlaceContext);
  const address: TextAddress = { node, key: widget.key, place };
  const value = asText(useValue(node, widget.key));
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  const isLarge = useIsLarge(address);
  const { area, entered, Editor, onPress, onFocus, leave } = usePromotion();
  const frame = useRef<HTMLDivElement>(null);
  useReturn(isLarge, area);
  const given = widget.input.options["placeholder"];
  const placeholder = typeof given === "string" && given !== "" ? given : label;
  const isDynamic = widget.input.options["dynamicPrompts"] === true;
  const enlarge = (): void => openLarge(address);
  const common = { node, valueKey: widget.key, text: value, label, placeholder, isDynamic };
  return (
    <div ref={frame} className={styles.textFrame}>
      {entered !== null && Editor !== null ? (
        <Editor
          {...common}
          testId={controlId}
          className={`${styles.area} field`}
          selection={entered}
          scroll={entered.scroll}
          onBlur={leave}
          onLeave={() => toNode(frame.current)}
          onLarge={enlarge}
        />
      ) : (
        <textarea
          ref={area}
          className={`${styles.area} nodrag nopan nowheel field`}
          data-testid={controlId}
          aria-label={label}
          aria-describedby={describedBy}
          aria-invalid={isBad}
          placeholder={placeholder}
          spellCheck={false}
          value={value}
          onPointerDown={onPress}
          onFocus={() => {
            beginEdit(node, widget.key);
            remember(address);
            onFocus();
          }}
          onChange={(event) => edit(node, widget.key, event.target.value)}
          onBlur={endEdit}
          onKeyDown={(event) => {
            if (event.key === "Escape") toNode(frame.current);
          }}
        />
      )}
      {(isHot || entered !== null) && (
        <button type="button" className={`${styles.enlarge} nodrag`} aria-label={t("promptEditor.openLarge", { name: label })} title={t("promptEditor.large")} onClick={enlarge}>
          <Maximize2 size={12} />
        </button>
      )}
      {isLarge && (
        <Suspense>
          <PromptDialog {...common} title={label} selection={{ anchor: value.length, head: value.length }} onClose={closeLarge} />
        </Suspense>
      )}
    </div>
  );
}

/** After the large window the writing goes on in the field. */
function useReturn(isLarge: boolean, area: RefObject<HTMLTextAreaElement | null>): void {
  const was = useRef(false);
  useEffect(() => {
    // The window gives the focus back to where it was, which is gone: ours comes after.
    if (was.current && !isLarge) setTimeout(() => area.current?.focus({ preventScroll: true }), 0);
    was.current = isLarge;
  }, [isLarge, area]);
}

/** Escape leaves the text for its node, so that the keys of the canvas work on. */
function toNode(inside: HTMLElement | null): void {
  const node = inside?.closest<HTMLElement>(".react-flow__node");
  if (node === null || node === undefined) (document.activeElement as HTMLElement | null)?.blur();
  else node.focus({ preventScroll: true });
}

export function TextLine({ node, widget, label, describedBy }: FieldProps) {
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
        aria-describedby={describedBy}
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
