/** The fields in which a sweep is written, one part for each way. */
import { Dices } from "lucide-react";
import { useState } from "react";

import { text as asText } from "@/formats/file";
import type { Json } from "@/formats/json";
import type { Widget } from "@/formats/widgets";
import { t } from "@/i18n";
import { searchChoices } from "@/widgets/choices";
import { rangeOf } from "@/widgets/numbers";

import type { Draft } from "./draft";
import { drawSeeds, labelOf, MOST_VALUES, parseWords } from "./spec";
import styles from "./SweepDialog.module.css";

export interface PartProps {
  readonly draft: Draft;
  readonly widget: Widget;
  /** The value that the widget has now. */
  readonly now: Json | undefined;
  readonly choices: readonly Json[];
  readonly onChange: (change: Partial<Draft>) => void;
}

export function Numbers({ draft, onChange }: PartProps) {
  return (
    <label className={styles.stack}>
      <span>{t("sweeps.numbers")}</span>
      <textarea className={styles.area} rows={3} value={draft.list} autoFocus data-testid="sweep-list" onFocus={(event) => event.target.select()} onChange={(event) => onChange({ list: event.target.value })} />
    </label>
  );
}

export function Texts({ draft, onChange }: PartProps) {
  return (
    <label className={styles.stack}>
      <span>{t("sweeps.texts")}</span>
      <textarea className={styles.area} rows={6} value={draft.list} autoFocus data-testid="sweep-list" onChange={(event) => onChange({ list: event.target.value })} />
    </label>
  );
}

export function Replace({ draft, now, onChange }: PartProps) {
  const [first] = parseWords(draft.words);
  const isAbsent = first !== undefined && !asText(now ?? "").includes(first);
  return (
    <label className={styles.stack}>
      <span>{t("sweeps.replace")}</span>
      <textarea className={styles.area} rows={4} value={draft.words} autoFocus data-testid="sweep-words" onChange={(event) => onChange({ words: event.target.value })} />
      <small className={styles.hint}>{t("sweeps.replaceHint")}</small>
      {isAbsent && <small className={styles.bad} role="alert">{t("sweeps.absent", { word: first })}</small>}
    </label>
  );
}

export function Range({ draft, onChange }: PartProps) {
  const { from, to, by, count, way, spacing } = draft;
  return (
    <div className={styles.stack}>
      <div className={styles.grid}>
        <Field label={t("sweeps.from")} value={from} onChange={(value) => onChange({ from: value })} focus testId="sweep-from" />
        <Field label={t("sweeps.to")} value={to} onChange={(value) => onChange({ to: value })} testId="sweep-to" />
        <label className={styles.stack}>
          <span>{t("sweeps.way")}</span>
          <select className={styles.select} value={way} data-testid="sweep-way" onChange={(event) => onChange({ way: event.target.value === "by" ? "by" : "count" })}>
            <option value="count">{t("sweeps.ways.count")}</option>
            <option value="by">{t("sweeps.ways.by")}</option>
          </select>
        </label>
        {way === "by" ? <Field label={t("sweeps.by")} value={by} onChange={(value) => onChange({ by: value })} testId="sweep-by" /> : <Field label={t("sweeps.count")} value={count} onChange={(value) => onChange({ count: value })} testId="sweep-steps" />}
      </div>
      {way === "count" && (
        <label className={styles.line}>
          <span>{t("sweeps.spacing")}</span>
          <select className={styles.select} value={spacing} onChange={(event) => onChange({ spacing: event.target.value === "geometric" ? "geometric" : "linear" })}>
            <option value="linear">{t("sweeps.spacings.linear")}</option>
            <option value="geometric">{t("sweeps.spacings.geometric")}</option>
          </select>
        </label>
      )}
    </div>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly focus?: boolean;
  readonly testId: string;
  readonly onChange: (value: string) => void;
}

function Field({ label, value, focus = false, testId, onChange }: FieldProps) {
  return (
    <label className={styles.stack}>
      <span>{label}</span>
      <input className={styles.text} inputMode="decimal" value={value} autoFocus={focus} autoComplete="off" data-testid={testId} onFocus={(event) => event.target.select()} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}

export function Seeds({ draft, widget, now, onChange }: PartProps) {
  const draw = (change: Partial<Pick<Draft, "seedMode" | "seedCount">>): void => {
    const { seedMode, seedCount } = { ...draft, ...change };
    onChange({ ...change, seeds: drawSeeds(seedMode, Math.min(MOST_VALUES, Math.round(Number(seedCount)) || 1), now, rangeOf(widget).max) });
  };
  return (
    <div className={styles.grid}>
      <Field label={t("sweeps.seedCount")} value={draft.seedCount} focus testId="sweep-seeds" onChange={(value) => draw({ seedCount: value })} />
      <label className={styles.stack}>
        <span>{t("sweeps.seedMode")}</span>
        <select className={styles.select} value={draft.seedMode} onChange={(event) => draw({ seedMode: event.target.value === "counting" ? "counting" : "random" })}>
          <option value="random">{t("sweeps.seedModes.random")}</option>
          <option value="counting">{t("sweeps.seedModes.counting")}</option>
        </select>
      </label>
      {draft.seedMode === "random" && (
        <button type="button" className={styles.button} onClick={() => draw({})}>
          <Dices size={15} />
          {t("sweeps.drawAgain")}
        </button>
      )}
    </div>
  );
}

const WITH_SEARCH = 8;

export function Checks({ draft, choices, onChange }: PartProps) {
  const [query, setQuery] = useState("");
  const shown = query === "" ? choices : searchChoices(choices, query);
  const check = (choice: Json, isOn: boolean): void => onChange({ checked: isOn ? [...draft.checked, choice] : draft.checked.filter((other) => other !== choice) });
  const areAll = shown.every((choice) => draft.checked.includes(choice));
  const checkAll = (): void => onChange({ checked: areAll ? draft.checked.filter((choice) => !shown.includes(choice)) : [...new Set([...draft.checked, ...shown])] });
  return (
    <fieldset className={styles.checks}>
      <legend className="visually-hidden">{t("sweeps.choices")}</legend>
      {choices.length > WITH_SEARCH && (
        <div className={styles.line}>
          <input className={styles.text} type="search" value={query} autoFocus placeholder={t("widget.search")} aria-label={t("widget.search")} onChange={(event) => setQuery(event.target.value)} />
          <button type="button" className={styles.button} onClick={checkAll}>
            {t(areAll ? "sweeps.checkNone" : "sweeps.checkAll")}
          </button>
        </div>
      )}
      <div className={styles.choices}>
        {shown.map((choice) => (
          <label key={labelOf(choice)}>
            <input type="checkbox" checked={draft.checked.includes(choice)} onChange={(event) => check(choice, event.target.checked)} />
            <span>{labelOf(choice)}</span>
          </label>
        ))}
        {shown.length === 0 && <p className={styles.hint}>{t("widget.none")}</p>}
      </div>
    </fieldset>
  );
}
