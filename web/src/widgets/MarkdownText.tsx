/** Text with markup: drawn until it is pressed twice or asked for by Enter, then written. */
import { lazy, Suspense, useState } from "react";

import { t } from "@/i18n";

import { beginEdit, edit, endEdit } from "./edit";
import { leaveField } from "./leave";
import styles from "./MarkdownText.module.css";

const Markdown = lazy(() => import("./Markdown").then((module) => ({ default: module.Markdown })));

interface Props {
  readonly node: string;
  readonly valueKey: string;
  readonly value: string;
  readonly label: string;
  readonly describedBy?: string | undefined;
  readonly placeholder: string;
  readonly testId: string;
  readonly className: string;
}

export function MarkdownText({ node, valueKey, value, label, describedBy, placeholder, testId, className }: Props) {
  const [isWriting, setWriting] = useState(false);
  if (isWriting)
    return (
      <textarea
        className={`${className} nodrag nopan nowheel field`}
        autoFocus
        aria-label={label}
        placeholder={placeholder}
        data-testid={testId}
        value={value}
        onFocus={() => beginEdit(node, valueKey)}
        onChange={(event) => edit(node, valueKey, event.target.value)}
        onBlur={() => {
          endEdit();
          setWriting(false);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          leaveField(event.currentTarget);
          event.currentTarget.blur();
        }}
      />
    );
  const write = (): void => setWriting(true);
  return (
    // What is drawn may hold links, so it cannot be a button itself.
    <div
      className={`${className} ${styles.drawn} nowheel`}
      data-testid={testId}
      role="button"
      aria-label={t("fields.editText", { name: label })}
      aria-describedby={describedBy}
      tabIndex={0}
      onDoubleClick={(event) => {
        event.stopPropagation();
        write();
      }}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation();
        write();
      }}
    >
      {value === "" ? <p className={styles.empty}>{t("fields.writeMarkdown")}</p> : <Suspense fallback={<pre className={styles.plain}>{value}</pre>}><Markdown text={value} /></Suspense>}
    </div>
  );
}
