/** One value as the browser's own control: in forms, and where several nodes are set at once. */
import { useId, useState } from "react";

import { text as asText } from "@/formats/file";
import { stringifyJson, type Json } from "@/formats/json";
import type { Widget } from "@/formats/widgets";
import { t } from "@/i18n";
import { isMultiline } from "@/model/geometry";
import { colorNumber, colorOf } from "@/widgets/color";
import { toggleChoice, valuesOf } from "@/widgets/choices";
import { formatNumber, isBounded, parseNumber, rangeOf } from "@/widgets/numbers";

import styles from "./PlainField.module.css";

export interface PlainFieldProps {
  readonly id: string;
  readonly widget: Widget;
  readonly label: string;
  readonly value: Json | undefined;
  /** The nodes that are set together differ. */
  readonly isMixed?: boolean;
  readonly isInvalid?: boolean;
  readonly describedBy?: string | undefined;
  readonly height?: number | null;
  readonly onBegin: () => void;
  readonly onChange: (value: Json) => void;
  readonly onEnd: () => void;
}

/** More choices than these are looked for by typing. */
const MANY = 60;
/** More steps than these cannot be hit with a slider. */
const SLIDABLE = 400;

export function PlainField(props: PlainFieldProps) {
  const { kind, input } = props.widget;
  if (kind === "int" || kind === "float") return <NumberControl {...props} />;
  if (kind === "toggle") return <Switch {...props} />;
  if (kind === "multi") return <Several {...props} />;
  if (kind === "combo") return (input.choices ?? []).length > MANY ? <Typed {...props} /> : <Choice {...props} />;
  if (kind === "color") return <Color {...props} />;
  if (kind === "curve") return <p className={styles.note}>{t("properties.onCanvas")}</p>;
  return <Words {...props} />;
}

const shared = ({ id, isInvalid, describedBy, onBegin, onEnd }: PlainFieldProps) => ({ id, "aria-invalid": isInvalid || undefined, "aria-describedby": describedBy, onFocus: onBegin, onBlur: onEnd });

function NumberControl(props: PlainFieldProps) {
  const { widget, value, isMixed = false, label, onBegin, onChange, onEnd } = props;
  const range = rangeOf(widget);
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? (isMixed ? "" : formatNumber(value, range));
  const commit = (text: string): void => {
    const next = parseNumber(text, range);
    if (next !== null && (next !== value || isMixed)) onChange(next);
  };
  const isSlidable = isBounded(range) && (Number(range.max) - Number(range.min)) / range.step <= SLIDABLE;
  return (
    <div className={styles.number}>
      {isSlidable && (
        <input
          type="range"
          className={styles.slider}
          aria-label={label}
          min={Number(range.min)}
          max={Number(range.max)}
          step={range.step}
          value={isMixed ? Number(range.min) : Number(value ?? range.min)}
          onPointerDown={onBegin}
          onPointerUp={onEnd}
          onChange={(event) => commit(event.target.value)}
        />
      )}
      <input
        {...shared(props)}
        type="text"
        inputMode={range.isInteger ? "numeric" : "decimal"}
        className={styles.text}
        data-number
        autoComplete="off"
        placeholder={isMixed ? t("properties.mixed") : undefined}
        value={shown}
        onFocus={(event) => {
          onBegin();
          event.target.select();
        }}
        onChange={(event) => {
          setTyped(event.target.value);
          commit(event.target.value);
        }}
        onBlur={() => {
          setTyped(null);
          onEnd();
        }}
      />
    </div>
  );
}

function Switch(props: PlainFieldProps) {
  const { value, isMixed = false, widget, onChange } = props;
  const { label_on: on, label_off: off } = widget.input.options;
  const words = value === true ? (typeof on === "string" ? on : t("widget.on")) : typeof off === "string" ? off : t("widget.off");
  return (
    <label className={styles.switch}>
      <input {...shared(props)} type="checkbox" checked={!isMixed && value === true} ref={(element) => { if (element !== null) element.indeterminate = isMixed; }} onChange={(event) => onChange(event.target.checked)} />
      <span>{isMixed ? t("properties.mixed") : words}</span>
    </label>
  );
}

function Choice(props: PlainFieldProps) {
  const { widget, value, isMixed = false, onChange } = props;
  const choices = widget.input.choices ?? [];
  const at = choices.findIndex((choice) => choice === value);
  const isGone = !isMixed && at < 0;
  return (
    <select {...shared(props)} className={styles.text} value={isMixed ? "mixed" : isGone ? "gone" : String(at)} onChange={(event) => { const choice = choices[Number(event.target.value)]; if (choice !== undefined) onChange(choice); }}>
      {isMixed && <option value="mixed">{t("properties.mixed")}</option>}
      {isGone && <option value="gone">{`${asText(value)} · ${t("widget.missing")}`}</option>}
      {choices.map((choice, i) => (
        <option key={i} value={String(i)}>
          {asText(choice)}
        </option>
      ))}
    </select>
  );
}

/** A long list: the browser offers what fits what was typed. */
function Typed(props: PlainFieldProps) {
  const { widget, value, isMixed = false, onChange, onEnd } = props;
  const list = useId();
  const choices = widget.input.choices ?? [];
  const [typed, setTyped] = useState<string | null>(null);
  const take = (text: string): void => {
    const choice = choices.find((item) => asText(item) === text);
    if (choice !== undefined) onChange(choice);
  };
  return (
    <>
      <input
        {...shared(props)}
        type="text"
        list={list}
        className={styles.text}
        autoComplete="off"
        placeholder={isMixed ? t("properties.mixed") : t("widget.search")}
        value={typed ?? (isMixed ? "" : asText(value))}
        onChange={(event) => {
          setTyped(event.target.value);
          take(event.target.value);
        }}
        onBlur={() => {
          setTyped(null);
          onEnd();
        }}
      />
      <datalist id={list}>
        {choices.map((choice, i) => (
          <option key={i} value={asText(choice)} />
        ))}
      </datalist>
    </>
  );
}

function Several({ id, widget, label, value, isMixed = false, onChange }: PlainFieldProps) {
  const choices = widget.input.choices ?? [];
  const chosen = isMixed ? [] : valuesOf(value);
  return (
    <div id={id} className={styles.several} role="group" aria-label={label}>
      {choices.map((choice, i) => (
        <label key={i} className={styles.switch}>
          <input type="checkbox" checked={chosen.includes(choice)} onChange={() => onChange(toggleChoice(chosen, choice, choices))} />
          <span>{asText(choice)}</span>
        </label>
      ))}
    </div>
  );
}

function Color(props: PlainFieldProps) {
  const { value, widget, onChange } = props;
  const color = colorOf(value);
  return <input {...shared(props)} type="color" className={styles.color} value={color.hex} onChange={(event) => onChange(widget.input.type === "INT" ? colorNumber({ ...color, hex: event.target.value }) : event.target.value)} />;
}

function Words(props: PlainFieldProps) {
  const { widget, value, isMixed = false, height = null, onChange } = props;
  const placeholder = isMixed ? t("properties.mixed") : asText(widget.input.options["placeholder"]);
  const text = isMixed ? "" : typeof value === "object" && value !== null ? stringifyJson(value) : asText(value);
  const isPlain = typeof value !== "object" || value === null;
  if (!isMultiline(widget)) return <input {...shared(props)} type="text" className={styles.text} placeholder={placeholder} value={text} readOnly={!isPlain} onChange={(event) => onChange(event.target.value)} />;
  return <textarea {...shared(props)} className={styles.area} rows={4} style={height === null ? undefined : { minHeight: `${height / 16}rem` }} placeholder={placeholder} value={text} readOnly={!isPlain} onChange={(event) => onChange(event.target.value)} />;
}
