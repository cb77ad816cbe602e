/** Over the canvas while the workflow in front is that of a waiting run. */
import { CornerUpLeft, PencilLine, Play } from "lucide-react";
import { useEffect } from "react";

import { t } from "@/i18n";
import { tabStore } from "@/tabs/store";

import styles from "./EditingBar.module.css";
import { editingStore, endEditing, runNew, updateWaiting, watchEdited } from "./editing";

export function EditingBar() {
  const front = tabStore((state) => state.front);
  const editing = editingStore((state) => state.tabs[front]);
  useEffect(watchEdited, []);
  if (editing === undefined) return null;
  const isWaiting = editing.status === "pending";
  return (
    <section className={styles.bar} aria-label={t("jobs.edit.title")} data-late={!isWaiting || undefined} data-testid="editing-run">
      <PencilLine size={15} aria-hidden />
      <p>{t(isWaiting ? "jobs.edit.title" : editing.status === "gone" ? "jobs.edit.gone" : "jobs.edit.begun")}</p>
      {isWaiting ? (
        <button type="button" className={styles.main} onClick={() => void updateWaiting(front)}>
          {t("jobs.edit.update")}
        </button>
      ) : (
        <button type="button" className={styles.main} onClick={() => runNew(front)}>
          <Play size={13} fill="currentColor" />
          {t("jobs.edit.runNew")}
        </button>
      )}
      <button type="button" className={styles.plain} onClick={() => endEditing(front)}>
        <CornerUpLeft size={14} />
        {t("jobs.edit.leave")}
      </button>
    </section>
  );
}
