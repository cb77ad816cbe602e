/** The workflow itself: what it is called and about, what it is made of, what it lacks. */
import { TriangleAlert } from "lucide-react";
import { useEffect, useId, useMemo } from "react";

import { t } from "@/i18n";
import { documentStore, transactWhole } from "@/model/document";
import { summary } from "@/missing/MissingBar";
import { countOf } from "@/missing/scan";
import { missingStore, openMissing, watchMissing } from "@/missing/store";
import { sessionStore } from "@/session/store";

import { countsOf, modelsIn, readInfo, tagsIn, withInfo, type WorkflowInfo } from "./info";
import styles from "./Properties.module.css";

const set = (change: Partial<WorkflowInfo>): void => transactWhole("properties.step.info", (whole) => withInfo(whole, change));

export function WorkflowProperties() {
  const whole = documentStore((state) => state.whole);
  const name = sessionStore((state) => state.name);
  const info = useMemo(() => readInfo(whole), [whole]);
  return (
    <>
      <section className={styles.section} aria-label={t("properties.about")}>
        <Line label={t("properties.name")} value={info.name} placeholder={name} onChange={(text) => set({ name: text })} />
        <Line label={t("properties.description")} value={info.description} isLong onChange={(text) => set({ description: text })} />
        <Line label={t("properties.author")} value={info.author} onChange={(text) => set({ author: text })} />
        <Line label={t("properties.tags")} value={info.tags.join(", ")} placeholder={t("properties.tagsHint")} onChange={(text) => set({ tags: tagsIn(text) })} />
      </section>
      <MissingSection />
      <Counts />
      <Models />
    </>
  );
}

interface LineProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly isLong?: boolean;
  readonly onChange: (text: string) => void;
}

function Line({ label, value, placeholder, isLong = false, onChange }: LineProps) {
  const id = useId();
  const commit = (text: string): void => {
    if (text.trim() !== value) onChange(text.trim());
  };
  const shared = { id, defaultValue: value, placeholder };
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {isLong ? (
        <textarea key={value} {...shared} className={styles.area} rows={3} onBlur={(event) => commit(event.target.value)} />
      ) : (
        <input key={value} {...shared} className={styles.text} onBlur={(event) => commit(event.target.value)} onKeyDown={(event) => { if (event.key === "Enter") event.currentTarget.blur(); }} />
      )}
    </div>
  );
}

function MissingSection() {
  const missing = missingStore((state) => state.missing);
  useEffect(watchMissing, []);
  if (countOf(missing) === 0) return null;
  return (
    <section className={styles.section} aria-label={t("missing.title")}>
      <p className={styles.warning}>
        <TriangleAlert size={14} aria-hidden /> {t("missing.notice", { what: summary(missing) })}
      </p>
      <button type="button" className={styles.button} onClick={openMissing}>
        {t("missing.look")}
      </button>
    </section>
  );
}

function Counts() {
  const whole = documentStore((state) => state.whole);
  const counts = useMemo(() => countsOf(whole), [whole]);
  const rows = [
    [t("properties.nodes"), counts.nodes],
    [t("properties.types"), counts.types],
    [t("properties.links"), counts.links],
    [t("properties.groups"), counts.groups],
    [t("properties.subgraphs"), counts.subgraphs],
    [t("properties.off"), counts.muted],
  ] as const;
  return (
    <section className={styles.section} aria-label={t("properties.madeOf")}>
      <h3 className={styles.label}>{t("properties.madeOf")}</h3>
      <dl className={styles.facts}>
        {rows.map(([label, count]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{count}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Models() {
  const whole = documentStore((state) => state.whole);
  const defs = sessionStore((state) => state.defs);
  const missing = missingStore((state) => state.missing);
  const models = modelsIn(whole, defs);
  if (models.length === 0) return null;
  const gone = new Set(missing.models.map((file) => file.name));
  return (
    <section className={styles.section} aria-label={t("properties.models")}>
      <h3 className={styles.label}>{t("properties.models")}</h3>
      <ul className={styles.models}>
        {models.map((name) => (
          <li key={name} data-gone={gone.has(name) || undefined}>
            {name}
            {gone.has(name) && <span>{t("widget.missing")}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

