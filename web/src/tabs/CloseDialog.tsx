/** Asks what becomes of unsaved work when its tab closes. */
import { t } from "@/i18n";
import { Dialog, dialogStyles as styles } from "@/ui/Dialog";

import { closeSaved, closeUnsaved, stayOpen } from "./closing";
import { dialogStore } from "./dialogs";
import { fileOf } from "./store";

export function CloseDialog() {
  const closing = dialogStore((state) => state.closing);
  const names = closing.map((id) => fileOf(id).name);
  const title = names.length === 1 ? t("tabs.closing.title", { name: names[0] ?? "" }) : t("tabs.closing.many", { count: names.length });
  return (
    <Dialog title={title} description={names.length > 1 ? `${names.join(", ")}. ${t("tabs.closing.hint")}` : t("tabs.closing.hint")} isOpen={closing.length > 0} onClose={stayOpen}>
      <div className={styles.actions}>
        <button type="button" className={styles.secondary} onClick={stayOpen}>
          {t("action.cancel")}
        </button>
        <button type="button" className={styles.secondary} onClick={closeUnsaved}>
          {t("tabs.closing.discard")}
        </button>
        <button type="button" className={styles.primary} autoFocus onClick={() => void closeSaved()}>
          {t("tabs.closing.save")}
        </button>
      </div>
    </Dialog>
  );
}
