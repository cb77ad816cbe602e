/** One chosen setting in the builder: moved, hidden, named, taken away. */
import { ArrowDown, ArrowUp, Eye, EyeOff, GripVertical, SlidersHorizontal, X } from "lucide-react";
import { useState, type KeyboardEvent } from "react";

import { say } from "@/canvas/hands";
import { t } from "@/i18n";
import { currentWhole } from "@/model/document";
import { isMultiline } from "@/model/geometry";
import { nodeTitle } from "@/runtime/queue";
import { IconButton } from "@/ui/IconButton";

import { labelFor, useHeld } from "./AppField";
import styles from "./Builder.module.css";
import { changeField, fieldKey, fieldsIn, placeField, readForm, stepField, toggleField, type AppField, type AppForm } from "./form";
import { changeForm } from "./store";

interface Props {
  readonly form: AppForm;
  readonly field: AppField;
}

export function BuilderRow({ form, field }: Props) {
  const held = useHeld(field);
  const [isOpen, setOpen] = useState(false);
  const key = fieldKey(field);
  const name = labelFor(field, held);
  const step = (by: 1 | -1): void => {
    changeForm((now) => stepField(now, key, by));
    const after = readForm(currentWhole());
    const now = after.fields.find((item) => fieldKey(item) === key);
    if (now !== undefined) say(t("appMode.builder.moved", { name, index: fieldsIn(after, now.section).indexOf(now) + 1 }));
    // A row that changed its section was made anew.
    requestAnimationFrame(() => document.getElementById(`row-${key}`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.altKey ? ({ ArrowUp: -1, ArrowDown: 1 } as const)[event.key] : undefined;
    if (by !== undefined) step(by);
    else if (event.key === "Delete" && event.target === event.currentTarget) changeForm((now) => toggleField(now, field.node, field.widget));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div className={styles.row} data-hidden={field.hidden || undefined}>
        <button type="button" id={`row-${key}`} className={styles.grip} title={t("appMode.builder.move", { name })} onKeyDown={onKeyDown}>
          <GripVertical size={14} aria-hidden />
          <span className={styles.names}>
            <span>{name}</span>{" "}
            <small>{held === null ? t("appMode.gone") : nodeTitle(field.node)}</small>
          </span>
        </button>
        <IconButton label={t("appMode.builder.up", { name })} className={styles.touch ?? ""} onClick={() => step(-1)}>
          <ArrowUp size={14} />
        </IconButton>
        <IconButton label={t("appMode.builder.down", { name })} className={styles.touch ?? ""} onClick={() => step(1)}>
          <ArrowDown size={14} />
        </IconButton>
        <IconButton label={t("appMode.builder.details", { name })} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <SlidersHorizontal size={14} />
        </IconButton>
        <IconButton label={t(field.hidden ? "appMode.builder.unhide" : "appMode.builder.hide", { name })} aria-pressed={field.hidden} onClick={() => changeForm((now) => changeField(now, key, { hidden: !field.hidden }))}>
          {field.hidden ? <EyeOff size={14} /> : <Eye size={14} />}
        </IconButton>
        <IconButton label={t("appMode.builder.remove", { name })} onClick={() => changeForm((now) => toggleField(now, field.node, field.widget))}>
          <X size={14} />
        </IconButton>
      </div>
      {isOpen && <Details form={form} field={field} isTall={held !== null && isMultiline(held.widget)} name={name} />}
    </>
  );
}

function Details({ form, field, isTall, name }: Props & { readonly isTall: boolean; readonly name: string }) {
  const key = fieldKey(field);
  const set = (change: Partial<AppField>): void => changeForm((now) => changeField(now, key, change), `field:${key}`);
  return (
    <div className={styles.details}>
      <label className={styles.line}>
        <span>{t("appMode.builder.label")}</span>
        <input key={field.label} defaultValue={field.label} placeholder={name} onBlur={(event) => { if (event.target.value !== field.label) set({ label: event.target.value.trim() }); }} />
      </label>
      <label className={styles.line}>
        <span>{t("appMode.builder.help")}</span>
        <textarea key={field.help} rows={2} defaultValue={field.help} onBlur={(event) => { if (event.target.value !== field.help) set({ help: event.target.value.trim() }); }} />
      </label>
      <label className={styles.check}>
        <input type="checkbox" checked={field.width === "half"} onChange={(event) => set({ width: event.target.checked ? "half" : "full" })} />
        {t("appMode.builder.half")}
      </label>
      {isTall && (
        <label className={styles.line}>
          <span>{t("appMode.builder.height")}</span>
          <input type="number" min={60} max={800} step={20} value={field.height ?? ""} placeholder="80" onChange={(event) => set({ height: Number(event.target.value) > 0 ? Number(event.target.value) : null })} />
        </label>
      )}
      {form.sections.length > 0 && (
        <label className={styles.line}>
          <span>{t("appMode.builder.toSection", { name })}</span>
          <select value={field.section} onChange={(event) => changeForm((now) => placeField(now, key, event.target.value, null))}>
            <option value="">{t("appMode.builder.firstSection")}</option>
            {form.sections.map((section) => (
              <option key={section.id} value={section.id}>
                {section.title}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
