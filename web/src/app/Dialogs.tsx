/** Save, confirm, and the list of keys. */
import { useState, type FormEvent } from "react";

import { ServerError } from "@/api/client";
import { t } from "@/i18n";
import { chordLabel } from "@/palette/keymap";
import { Dialog, dialogStyles as styles } from "@/ui/Dialog";

import { commandList } from "./commands";
import { saveWorkflow } from "./files";
import { sessionStore } from "./session";
import { uiStore } from "./ui";

export function SaveDialog() {
  const isOpen = uiStore((state) => state.saving);
  return (
    <Dialog title={t("file.saveTitle")} description={t("file.saveHint")} isOpen={isOpen} onClose={() => uiStore.setState({ saving: false })}>
      {isOpen && <SaveForm />}
    </Dialog>
  );
}

function SaveForm() {
  const [name, setName] = useState(sessionStore.getState().name);
  const [taken, setTaken] = useState<string | null>(null);
  const clean = name.trim().replace(/\.json$/i, "");
  const isTaken = taken === clean;
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      await saveWorkflow(clean, isTaken);
    } catch (error) {
      if (error instanceof ServerError) setTaken(clean);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void save(event)}>
      <label htmlFor="save-name">{t("file.name")}</label>
      <input id="save-name" className={styles.text} value={name} autoFocus autoComplete="off" onFocus={(event) => event.target.select()} onChange={(event) => setName(event.target.value)} />
      {isTaken && <p className={styles.note}>{t("file.exists", { name: clean })}</p>}
      <div className={styles.actions}>
        <button type="button" className={styles.secondary} onClick={() => uiStore.setState({ saving: false })}>
          {t("action.cancel")}
        </button>
        <button type="submit" className={styles.primary} disabled={clean === ""}>
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

export function ShortcutsDialog() {
  const isOpen = uiStore((state) => state.shortcuts);
  const keyed = commandList().filter(([, command]) => command.chords.length > 0);
  return (
    <Dialog title={t("shortcut.title")} isOpen={isOpen} wide onClose={() => uiStore.setState({ shortcuts: false })}>
      <div className={styles.keys}>
        {keyed.map(([id, command]) => (
          <div key={id}>
            <span>{t(command.title)}</span>
            <kbd>{chordLabel(command.chords[0])}</kbd>
          </div>
        ))}
      </div>
    </Dialog>
  );
}
