/** Making a form: what it shows, in what order, under which words. The canvas beside it can be pressed. */
import { FolderPlus, Play, Wand2, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { t } from "@/i18n";
import { currentWhole, documentStore } from "@/model/document";
import { serverDefs, sessionStore } from "@/session/store";
import { IconButton } from "@/ui/IconButton";

import styles from "./Builder.module.css";
import { AddFields, Outputs } from "./BuilderLists";
import { BuilderRow } from "./BuilderRow";
import { addSection, fieldKey, fieldsIn, placeField, readForm, removeSection, renameSection, type AppForm } from "./form";
import { marks, usePicking } from "./picking";
import { proposeForm } from "./propose";
import { changeForm, openApp, toggleBuilder } from "./store";

export function AppBuilder() {
  const whole = documentStore((state) => state.whole);
  const path = documentStore((state) => state.path);
  const name = sessionStore((state) => state.name);
  const form = readForm(whole);
  const heading = useRef<HTMLHeadingElement>(null);
  usePicking();
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <aside className={styles.builder} aria-label={t("appMode.builder.title")} data-testid="app-builder" data-path={path.join(":")}>
      <style>{marks(form)}</style>
      <header className={styles.head}>
        <h2 ref={heading} tabIndex={-1}>
          {t("appMode.builder.title")}
        </h2>
        <IconButton label={t("appMode.builder.done")} onClick={toggleBuilder}>
          <X size={15} />
        </IconButton>
      </header>
      <div className={styles.scroll}>
        <p className={styles.hint}>{t("appMode.builder.hint")}</p>
        <label className={styles.line}>
          <span>{t("appMode.builder.name")}</span>
          <input key={`t${form.title}`} defaultValue={form.title} placeholder={name} onBlur={(event) => change("title", event.target.value)} />
        </label>
        <label className={styles.line}>
          <span>{t("appMode.builder.about")}</span>
          <textarea key={`d${form.description}`} rows={2} defaultValue={form.description} onBlur={(event) => change("description", event.target.value)} />
        </label>
        <h3 className={styles.title}>{t("appMode.builder.chosen")}</h3>
        {form.fields.length === 0 && (
          <div className={styles.empty}>
            <p>{t("appMode.builder.nothing")}</p>
            <button type="button" className={styles.button} onClick={propose}>
              <Wand2 size={14} aria-hidden />
              {t("appMode.builder.propose")}
            </button>
          </div>
        )}
        <Rows form={form} section="" />
        {form.sections.map((section) => (
          <div key={section.id} className={styles.section}>
            <div className={styles.sectionHead}>
              <input key={section.title} aria-label={t("appMode.builder.sectionName")} defaultValue={section.title} onBlur={(event) => changeForm((now) => renameSection(now, section.id, event.target.value), `section:${section.id}`)} />
              <IconButton label={t("appMode.builder.removeSection", { name: section.title })} onClick={() => changeForm((now) => removeSection(now, section.id))}>
                <X size={14} />
              </IconButton>
            </div>
            <Rows form={form} section={section.id} />
          </div>
        ))}
        <button type="button" className={styles.button} onClick={() => changeForm((now) => addSection(now, t("appMode.builder.section")))}>
          <FolderPlus size={14} aria-hidden />
          {t("appMode.builder.section")}
        </button>
        <AddFields form={form} />
        <Outputs form={form} />
        <label className={styles.check}>
          <input type="checkbox" checked={form.isFirst} onChange={(event) => changeForm((now) => ({ ...now, isFirst: event.target.checked }))} />
          {t("appMode.builder.first")}
        </label>
      </div>
      <footer className={styles.foot}>
        <button type="button" className={styles.button} onClick={toggleBuilder}>
          {t("appMode.builder.done")}
        </button>
        <button type="button" className={styles.try} onClick={openApp}>
          <Play size={14} fill="currentColor" aria-hidden />
          {t("appMode.builder.try")}
        </button>
      </footer>
    </aside>
  );
}

function change(key: "title" | "description", text: string): void {
  if (readForm(currentWhole())[key] !== text.trim()) changeForm((form) => ({ ...form, [key]: text.trim() }), `app:${key}`);
}

function propose(): void {
  const { fields, outputs } = proposeForm(currentWhole(), serverDefs());
  changeForm((form) => ({ ...form, fields, outputs }));
}

const FIELD = "application/x-heddle-field";

function Rows({ form, section }: { readonly form: AppForm; readonly section: string }) {
  const fields = fieldsIn(form, section);
  const [over, setOver] = useState<string | null>(null);
  const drop = (event: React.DragEvent, before: string | null): void => {
    event.preventDefault();
    event.stopPropagation();
    setOver(null);
    const key = event.dataTransfer.getData(FIELD);
    if (key !== "") changeForm((now) => placeField(now, key, section, before));
  };
  return (
    <ol className={styles.rows} data-over={over === "" || undefined} onDragOver={(event) => { event.preventDefault(); setOver(""); }} onDragLeave={() => setOver(null)} onDrop={(event) => drop(event, null)}>
      {fields.map((field) => {
        const key = fieldKey(field);
        return (
          <li
            key={key}
            draggable
            data-over={over === key || undefined}
            onDragStart={(event) => {
              event.stopPropagation();
              event.dataTransfer.setData(FIELD, key);
              event.dataTransfer.effectAllowed = "move";
            }}
            onDragOver={(event) => {
              event.preventDefault();
              event.stopPropagation();
              setOver(key);
            }}
            onDrop={(event) => drop(event, key)}
          >
            <BuilderRow form={form} field={field} />
          </li>
        );
      })}
    </ol>
  );
}
