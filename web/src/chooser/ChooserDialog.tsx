/** The question in the large view, and the word that one is asked while one looks elsewhere. */
import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useEffect, useState } from "react";
import { toast } from "sonner";

import { t } from "@/i18n";
import { currentTab } from "@/model/document";
import { IDLE, runtimeStore, type Question } from "@/runtime/store";
import { fileOf, hasTab } from "@/tabs/store";

import { Chooser } from "./Chooser";
import styles from "./Chooser.module.css";
import { askedIn, chooserStore, closeChooser, goToQuestion, toastOf, type Asked } from "./questions";

export function ChooserDialog() {
  useEffect(watch, []);
  const open = chooserStore((state) => state.open);
  const question = runtimeStore((state) => (open === null ? null : (state.nodes[open] ?? IDLE).question));
  useEffect(() => {
    if (open !== null && question === null) closeChooser();
  }, [open, question]);
  return open === null || question === null ? null : <Opened open={open} question={question} />;
}

function Opened({ open, question }: { readonly open: string; readonly question: Question }) {
  // The dialog has no button of its own that the focus could go back to.
  const [opener] = useState(() => document.activeElement);
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) closeChooser(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.overlay} />
        <Dialog.Content className={styles.dialog} aria-describedby={undefined} onKeyDown={(event) => event.stopPropagation()} onCloseAutoFocus={(event) => { event.preventDefault(); if (opener instanceof HTMLElement) opener.focus({ preventScroll: true }); }}>
          <header className={styles.bar}>
            <Dialog.Title className={styles.title}>{t("chooser.title")}</Dialog.Title>
            <span className={styles.keys}>{t("chooser.keys")}</span>
            <Dialog.Close className={styles.icon} aria-label={t("action.close")}>
              <X size={18} />
            </Dialog.Close>
          </header>
          <Chooser at={open} question={question} title={t("chooser.title")} isLarge onDone={closeChooser} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** New questions are told once, by a message that stays until they are answered. */
function watch(): () => void {
  let told = new Map<string, Asked>();
  const look = (): void => {
    const asked = new Map(askedIn(runtimeStore.getState()).map((item) => [toastOf(item), item] as const));
    for (const [name, item] of asked) if (!told.has(name)) tell(name, item);
    for (const name of told.keys()) if (!asked.has(name)) toast.dismiss(name);
    told = asked;
  };
  look();
  return runtimeStore.subscribe((state, before) => {
    if (state.nodes !== before.nodes) look();
  });
}

function tell(id: string, item: Asked): void {
  const isElsewhere = item.tab !== currentTab() && hasTab(item.tab);
  const description = [isElsewhere ? fileOf(item.tab).name : "", item.question.message].filter((part) => part !== "").join(" · ");
  toast(t("chooser.toast"), { id, duration: isElsewhere || document.hidden ? Infinity : 6000, action: { label: t("chooser.show"), onClick: () => goToQuestion(item) }, ...(description === "" ? {} : { description }) });
}
