/** A colour: a word of digits, seen through or not, or a number where the input is one. */
import { useState, type CSSProperties } from "react";
import { flushSync } from "react-dom";

import { useValue } from "@/canvas/hooks";
import { t } from "@/i18n";

import { colorNumber, colorOf, colorText, parseColor, type Color } from "./color";
import { beginEdit, edit, endEdit } from "./edit";
import type { FieldProps } from "./field";
import styles from "./Field.module.css";
import { leaveField } from "./leave";
import { useControlId } from "./place";

export function ColorField({ node, widget, label, isHot = false, describedBy }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const color = colorOf(useValue(node, widget.key));
  const isNumber = widget.input.type !== "COLOR";
  const hasAlpha = !isNumber && widget.input.options["alpha"] !== false;
  const change = (next: Color): void => edit(node, widget.key, isNumber ? colorNumber(next) : colorText(next));
  const [draft, setDraft] = useState<string | null>(null);
  const commit = (): void => {
    const next = draft === null ? null : parseColor(draft);
    setDraft(null);
    if (next !== null && colorText(next) !== colorText(color)) change(hasAlpha ? next : { ...next, alpha: 1 });
  };
  const shown = isNumber ? color.hex : colorText(color);
  return (
    <div className={`${styles.field} ${styles.line} nodrag`}>
      <span className={styles.label}>{label}</span>
      {hasAlpha && (isHot || color.alpha < 1) && (
        <input
          type="range"
          className={`${styles.slider} ${styles.alpha}`}
          data-gradient
          style={{ "--gradient": `linear-gradient(to right, transparent, ${color.hex})` } as CSSProperties}
          aria-label={t("fields.opacity", { name: label })}
          title={t("fields.opacity", { name: label })}
          min={0}
          max={100}
          value={Math.round(color.alpha * 100)}
          aria-valuetext={`${Math.round(color.alpha * 100)} %`}
          onFocus={() => beginEdit(node, widget.key)}
          onChange={(event) => change({ ...color, alpha: Number(event.target.value) / 100 })}
          onBlur={endEdit}
        />
      )}
      <input
        className={styles.input}
        aria-label={label}
        aria-describedby={describedBy}
        data-testid={controlId}
        value={draft ?? shown}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
          if (event.key !== "Escape") return;
          flushSync(() => setDraft(null));
          leaveField(event.currentTarget);
        }}
      />
      <span className={styles.chequer}>
        <input
          type="color"
          className={styles.swatch}
          style={{ opacity: color.alpha }}
          aria-label={t("fields.pickColor", { name: label })}
          value={color.hex}
          onFocus={() => beginEdit(node, widget.key)}
          onChange={(event) => change({ ...color, hex: event.target.value })}
          onBlur={endEdit}
        />
      </span>
    </div>
  );
}
