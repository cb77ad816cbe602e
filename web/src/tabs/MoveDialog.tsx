/** Asks for another name or folder of a saved file. */
import { useState, type FormEvent } from "react";

import { t } from "@/i18n";
import { Dialog, dialogStyles as styles } from "@/ui/Dialog";

import { dialogStore } from "./dialogs";
import { cleanPath, moveTo } from "./moving";

const close = (): void => dialogStore.setState({ moving: null });

export function MoveDialog() {
  const path = dialogStore((state) => state.moving) ?? "";
  const [name, setName] = useState(path);
  const [taken, setTaken] = useState<string | null>(null);
  const clean = cleanPath(name);
  const isWrong = clean === null && name !== "";
  const move = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (clean === null) return;
    const result = await moveTo(path, clean);
    if (result === "taken") setTaken(clean);
    else if (result === "moved") close();
  };
  return (
    <Dialog title={t("tabs.file.moveTitle", { name: path })} description={t("tabs.file.folderHint")} isOpen onClose={close}>
      <form className={styles.form} onSubmit={(event) => void move(event)}>
        <label htmlFor="move-name">{t("file.name")}</label>
        <input id="move-name" className={styles.text} value={name} autoFocus autoComplete="off" onFocus={(event) => event.target.select()} onChange={(event) => setName(event.target.value)} />
        {isWrong && <p className={styles.note} role="alert">{t("tabs.file.invalid")}</p>}
        {taken !== null && taken === clean && <p className={styles.note} role="alert">{t("tabs.file.taken", { name: taken })}</p>}
        <div className={styles.actions}>
          <button type="button" className={styles.secondary} onClick={close}>
            {t("action.cancel")}
          </button>
          <button type="submit" className={styles.primary} disabled={clean === null || clean === path}>
            {t("tabs.file.move")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
