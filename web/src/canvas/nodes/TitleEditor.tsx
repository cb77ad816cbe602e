/** The title while it is being rewritten: Enter keeps it, Escape leaves it. */
import { t } from "@/i18n";
import { uiStore } from "@/session/ui";
import { renameNode } from "@/subgraphs/edit";
import { NameInput } from "@/ui/NameInput";

import styles from "./NodeHeader.module.css";

export function TitleEditor({ id, title }: { readonly id: string; readonly title: string }) {
  const close = (): void => uiStore.setState({ renaming: null });
  const keep = (text: string): void => {
    const next = text.trim();
    if (next !== title) renameNode(id, next);
    close();
  };
  return <NameInput className={styles.editor} label={t("node.rename")} name={title} onKeep={keep} onLeave={close} />;
}
