/** Text, on one line or many. Typing is one step of undo until the field is left. */
import { Maximize2 } from "lucide-react";
import { lazy, Suspense, useCallback, useContext, useEffect, useRef, useState, type FocusEvent } from "react";

import { useValue, useRun } from "@/canvas/hooks";
import { text as asText } from "@/formats/file";
import { t } from "@/i18n";
import { isMultiline } from "@/model/geometry";
import { closeLarge, openLarge, remember, useIsLarge, type TextAddress } from "@/prompt/large";

import { beginEdit, edit, endEdit } from "./edit";
import styles from "./Field.module.css";
import { PlaceContext, useControlId } from "./place";
import type { FieldProps } from "./field";

const loadEditor = () => import("@/prompt/PromptEditor");
const PromptDialog = lazy(() => import("@/prompt/PromptDialog").then((module) => ({ default: module.PromptDialog })));

type Editor = Awaited<ReturnType<typeof loadEditor>>["PromptEditor"];
/** The editor once it is loaded: later fields turn into it at once. */
const loaded: { editor: Editor | null } = { editor: null };

export function TextField(props: FieldProps) {
  return isMultiline(props.widget) ? <TextArea {...props} /> : <TextLine {...props} />;
}

interface Entered {
  readonly anchor: number;
  readonly head: number;
  readonly scroll: number;
}

function TextArea({ node, widget, label, isHot = false, description }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const place = useContext(PlaceContext);
  const address: TextAddress = { node, key: widget.key, place };
  const value = asText(useValue(node, widget.key));
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  const isLarge = useIsLarge(address);
  const { area, entered, Editor, arm, leave } = usePromotion();
  const frame = useRef<HTMLDivElement>(null);
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
          aria-description={description}
          aria-invalid={isBad}
          placeholder={placeholder}
          spellCheck={false}
          value={value}
          onPointerDown={arm}
          onFocus={() => {
            beginEdit(node, widget.key);
            remember(address);
            arm();
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

/** Escape leaves the text for its node, so that the keys of the canvas work on. */
function toNode(inside: HTMLElement | null): void {
  const node = inside?.closest<HTMLElement>(".react-flow__node");
  if (node === null || node === undefined) (document.activeElement as HTMLElement | null)?.blur();
  else node.focus({ preventScroll: true });
}

interface Promotion {
  readonly area: React.RefObject<HTMLTextAreaElement | null>;
  readonly entered: Entered | null;
  readonly Editor: Editor | null;
  readonly arm: () => void;
  readonly leave: () => void;
}

/** A text area with the focus becomes the editor: when that is loaded, and no press or composition is going on. */
function usePromotion(): Promotion {
  const area = useRef<HTMLTextAreaElement>(null);
  const [entered, setEntered] = useState<Entered | null>(null);
  const alive = useRef(true);
  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);
  const promote = useCallback(async (): Promise<void> => {
    loaded.editor ??= (await loadEditor()).PromptEditor;
    const field = area.current;
    if (!alive.current || field === null || document.activeElement !== field || isBusy()) return;
    const isBackward = field.selectionDirection === "backward";
    const [start, end] = [field.selectionStart, field.selectionEnd];
    setEntered({ anchor: isBackward ? end : start, head: isBackward ? start : end, scroll: field.scrollTop });
  }, []);
  const arm = useCallback((): void => {
    watchPresses();
    // After the press: the place that was pressed is where writing begins.
    waiting.add(promote);
    setTimeout(settle, 0);
  }, [promote]);
  return { area, entered, Editor: loaded.editor, arm, leave: () => setEntered(null) };
}

const press = { isDown: false, isComposing: false, isWatched: false };
const waiting = new Set<() => Promise<void>>();
const isBusy = (): boolean => press.isDown || press.isComposing;

function settle(): void {
  if (isBusy()) return;
  for (const promote of waiting) void promote();
  waiting.clear();
}

function watchPresses(): void {
  if (press.isWatched) return;
  press.isWatched = true;
  const set = (change: Partial<typeof press>) => (): void => {
    Object.assign(press, change);
    setTimeout(settle, 0);
  };
  window.addEventListener("pointerdown", set({ isDown: true }), true);
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, set({ isDown: false }), true);
  window.addEventListener("compositionstart", set({ isComposing: true }), true);
  window.addEventListener("compositionend", set({ isComposing: false }), true);
}

export function TextLine({ node, widget, label, description }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const value = useValue(node, widget.key);
  const isBad = useRun(node, (run) => widget.name in run.inputErrors);
  const placeholder = widget.input.options["placeholder"];
  const onFocus = (event: FocusEvent<HTMLInputElement>): void => {
    beginEdit(node, widget.key);
    event.currentTarget.scrollLeft = event.currentTarget.scrollWidth;
  };
  return (
    // The label is part of the field: pressing it focuses the input.
    <label className={`${styles.field} ${styles.line} nodrag`} data-bad={isBad || undefined}>
      <span className={styles.label}>{label}</span>
      <input
        className={styles.input}
        data-testid={controlId}
        aria-label={label}
        aria-description={description}
        aria-invalid={isBad}
        autoComplete="off"
        spellCheck={false}
        placeholder={typeof placeholder === "string" ? placeholder : undefined}
        value={asText(value)}
        onFocus={onFocus}
        onChange={(event) => edit(node, widget.key, event.target.value)}
        onBlur={endEdit}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
        }}
      />
    </label>
  );
}
