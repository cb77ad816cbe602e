/** What has to be known now, and the live region that says what happened. */
import { t } from "@/i18n";

import styles from "./MaskEditor.module.css";
import { maskStore } from "./state";

export function Notices({ onRetry }: { readonly onRetry: () => void }) {
  const saving = maskStore((state) => state.saving);
  const note = maskStore((state) => state.note);
  const said = maskStore((state) => state.said);
  const busy = maskStore((state) => state.busy);
  return (
    <>
      <div className={styles.notices}>
        {saving.state === "failed" && (
          <div className={styles.notice} role="alert" data-failed>
            <span>{t("mask.saveFailed", { why: saving.why })}</span>
            <button type="button" className={styles.primary} onClick={onRetry}>{t("mask.retry")}</button>
          </div>
        )}
        {busy !== null && (
          <div className={styles.notice} data-testid="mask-busy">
            <span>{t(busy.label)}…</span>
            <button type="button" className={styles.secondary} onClick={busy.stop}>{t("mask.stop")}</button>
          </div>
        )}
        {note !== null && (
          <div className={styles.notice}>
            <span>{note}</span>
            <button type="button" className={styles.secondary} onClick={() => maskStore.setState({ note: null })}>{t("mask.note.dismiss")}</button>
          </div>
        )}
      </div>
      <p className="visually-hidden" role="status" data-testid="mask-said">{said}</p>
    </>
  );
}
