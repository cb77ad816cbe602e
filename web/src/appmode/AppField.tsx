/** One setting of a form: its words, its control, and right below it what is wrong. */
import { Dice5, Lock, Shuffle } from "lucide-react";
import { useId, useMemo } from "react";

import { t } from "@/i18n";
import { beginGesture, documentStore, endGesture } from "@/model/document";
import { pageOf } from "@/model/pages";
import { controlOf, gestureOf, heldAt, setHeld, type Held } from "@/properties/places";
import { PlainField } from "@/properties/PlainField";
import { nextNumber } from "@/runtime/seeds";
import { IDLE, runKey, runtimeStore } from "@/runtime/store";
import { sessionStore, titleOf, useDefs } from "@/session/store";
import { IconButton } from "@/ui/IconButton";
import { mediaOf } from "@/widgets/media";
import { labelOf } from "@/widgets/WidgetRow";

import styles from "./App.module.css";
import { AppMedia } from "./AppMedia";
import { fieldKey, type AppField as Field } from "./form";
import { usualName } from "./propose";

export function useHeld({ node, widget }: Pick<Field, "node" | "widget">): Held | null {
  const defs = sessionStore((state) => state.defs);
  const whole = documentStore((state) => state.whole);
  return useMemo(() => heldAt(whole, defs, node, widget), [whole, defs, node, widget]);
}

/** The sentence about this value, at its own node or at the one that holds it. */
function useSentence({ node, widget }: Field, held: Held | null): string | undefined {
  const tab = documentStore((state) => state.tab);
  return runtimeStore(({ nodes }) => (nodes[runKey(node, tab)] ?? IDLE).inputErrors[widget] ?? (held === null ? undefined : (nodes[runKey(held.id, tab)] ?? IDLE).inputErrors[held.widget.name]));
}

/** As it was named, else as its node is, where that holds one text, else as the widget is. */
export function labelFor(field: Field, held: Held | null): string {
  if (field.label !== "" || held === null) return field.label || field.widget.replaceAll("_", " ");
  return held.widget.kind === "text" && held.node.title !== null ? held.node.title : (usualName(held.widget) ?? labelOf(held.widget));
}

export const fieldId = (field: Field): string => `app-${fieldKey(field)}`;

export function AppField({ field }: { readonly field: Field }) {
  const held = useHeld(field);
  const sentence = useSentence(field, held);
  const ids = useId();
  if (held === null) return <p className={styles.gone}>{t("appMode.gone")}</p>;
  const { widget } = held;
  const tooltip = widget.input.options["tooltip"];
  const help = field.help || (typeof tooltip === "string" ? tooltip : "");
  const label = labelFor(field, held);
  const id = fieldId(field);
  const described = [...(help === "" ? [] : [`${ids}-help`]), ...(sentence === undefined ? [] : [`${ids}-error`])].join(" ");
  const isMedia = widget.kind === "combo" && mediaOf(widget.input) !== null;
  return (
    <div className={styles.field} data-width={field.width} data-kind={widget.kind} data-bad={sentence !== undefined || undefined} data-testid={`app-field-${field.node}-${field.widget}`}>
      <div className={styles.label}>
        {isMedia || widget.kind === "multi" ? <span>{label}</span> : <label htmlFor={id}>{label}</label>}
        <Control held={held} label={label} />
      </div>
      {held.fedBy !== null ? (
        <Fed held={held} />
      ) : isMedia ? (
        <AppMedia id={id} held={held} label={label} describedBy={described || undefined} />
      ) : (
        <PlainField
          {...{ id, widget, label, value: held.value, isInvalid: sentence !== undefined, height: field.height }}
          describedBy={described || undefined}
          onBegin={() => beginGesture(gestureOf(held))}
          onChange={(value) => setHeld(held, held.key, value)}
          onEnd={endGesture}
        />
      )}
      {sentence !== undefined && (
        <p id={`${ids}-error`} className={styles.error} role="alert">
          {sentence}
        </p>
      )}
      {help !== "" && (
        <p id={`${ids}-help`} className={styles.help}>
          {help}
        </p>
      )}
    </div>
  );
}

function Fed({ held }: { readonly held: Held }) {
  const defs = useDefs();
  const source = documentStore(({ whole }) => titleOf(pageOf(whole, held.path), defs, held.fedBy ?? ""));
  return <p className={styles.fed}>{t("appMode.fed", { source })}</p>;
}

/** Seeds: the same again, or a new one for each run. */
function Control({ held, label }: { readonly held: Held; readonly label: string }) {
  const control = controlOf(held);
  if (control === null || held.fedBy !== null) return null;
  const isFixed = control.mode === "fixed";
  const isNumber = held.widget.kind === "int" || held.widget.kind === "float";
  const roll = (): void => setHeld(held, held.key, nextNumber(held.value ?? 0, "randomize", held.widget.input.options, Math.random));
  return (
    <span className={styles.controls} role="group" aria-label={t("appMode.after", { name: label })}>
      {isNumber && (
        <IconButton label={t("appMode.random")} onClick={roll}>
          <Dice5 size={15} />
        </IconButton>
      )}
      <IconButton label={t("appMode.fix")} aria-pressed={isFixed} onClick={() => setHeld(held, control.key, "fixed")}>
        <Lock size={14} />
      </IconButton>
      <IconButton label={t("appMode.vary")} aria-pressed={!isFixed} onClick={() => setHeld(held, control.key, "randomize")}>
        <Shuffle size={14} />
      </IconButton>
    </span>
  );
}
