/** Save, confirm, and the list of keys. */
import { useState, type FormEvent } from "react";

import { t } from "@/i18n";
import { uiStore } from "@/session/ui";
import { dialogStore, endNaming } from "@/tabs/dialogs";
import { cleanPath } from "@/tabs/moving";
import { saveTab, saveTabAs } from "@/tabs/saving";
import { fileOf, frontId } from "@/tabs/store";
import { Dialog, dialogStyles as styles } from "@/ui/Dialog";


export function SaveDialog() {
  const isOpen = uiStore((state) => state.saving);
  return (
    <Dialog title={t("file.saveTitle")} description={t("tabs.file.folderHint")} isOpen={isOpen} onClose={() => endNaming(false)}>
      {isOpen && <SaveForm />}
    </Dialog>
  );
}

function SaveForm() {
  const [tab] = useState(frontId);
  const [name, setName] = useState(() => dialogStore.getState().suggestion ?? fileOf(tab).path ?? fileOf(tab).name);
  const [taken, setTaken] = useState<string | null>(null);
  const clean = cleanPath(name);
  const isTaken = taken !== null && taken === clean;
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (clean === null) return;
    // Under its own name it is saved as ever, with its revision.
    const result = clean === fileOf(tab).path ? await saveTab(tab) : await saveTabAs(tab, clean, isTaken);
    if (result === "exists") setTaken(clean);
    else if (result !== "failed") endNaming(result === "saved");
  };
  return (
    <form className={styles.form} onSubmit={(event) => void save(event)}>
      <label htmlFor="save-name">{t("file.name")}</label>
      <input id="save-name" className={styles.text} value={name} autoFocus autoComplete="off" onFocus={(event) => event.target.select()} onChange={(event) => setName(event.target.value)} />
      {isTaken && <p className={styles.note} role="alert">{t("tabs.file.exists", { name: taken })}</p>}
      {clean === null && name !== "" && <p className={styles.note} role="alert">{t("tabs.file.invalid")}</p>}
      <div className={styles.actions}>
        <button type="button" className={styles.secondary} onClick={() => endNaming(false)}>
          {t("action.cancel")}
        </button>
        <button type="submit" className={styles.primary} disabled={clean === null}>
          {t(isTaken ? "file.replace" : "action.save")}
        </button>
      </div>
    </form>
  );
}

export function ConfirmDialog() {
  const asked = uiStore((state) => state.confirmation);
  const close = (): void => uiStore.setState({ confirmation: null });
  return (
    <Dialog title={asked?.title ?? ""} description={asked?.text ?? ""} isOpen={asked !== null} onClose={close}>
      <div className={styles.actions}>
        <button type="button" className={styles.secondary} onClick={close}>
          {t("action.cancel")}
        </button>
        <button
          type="button"
          className={styles.danger}
          onClick={() => {
            close();
            asked?.onConfirm();
          }}
        >
          {asked?.action}
        </button>
      </div>
    </Dialog>
  );
}
