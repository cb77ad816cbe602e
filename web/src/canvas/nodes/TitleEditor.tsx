/** The title while it is being rewritten: Enter keeps it, Escape leaves it. */
import { useState } from "react";

import { uiStore } from "@/app/ui";
import { t } from "@/i18n";
import { renameNode } from "@/subgraphs/edit";

import styles from "./NodeHeader.module.css";

export function TitleEditor({ id, title }: { readonly id: string; readonly title: string }) {
  const [text, setText] = useState(title);
  const close = (): void => uiStore.setState({ renaming: null });
  const keep = (): void => {
    const next = text.trim();
    if (next !== title) renameNode(id, next);
    close();
  };
  return (
    <input
      className={`${styles.editor} nodrag`}
      aria-label={t("node.rename")}
      value={text}
      autoFocus
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") keep();
        if (event.key === "Escape") close();
      }}
    />
  );
}
