/** Asks before strokes are lost. */
import { Dialog } from "radix-ui";
import { useRef } from "react";

import { t } from "@/i18n";

import styles from "./MaskEditor.module.css";
import { close } from "./save";
import { focusStage } from "./sight";
import { maskStore } from "./state";

export function LeaveDialog({ onSave }: { readonly onSave: () => void }) {
  const isOpen = maskStore((state) => state.isLeaving);
  const safest = useRef<HTMLButtonElement>(null);
  const stay = (): void => maskStore.setState({ isLeaving: false });
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => { if (!open) stay(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.shade} />
        <Dialog.Content
          className={styles.dialog}
          onCloseAutoFocus={focusStage}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            safest.current?.focus();
          }}
        >
          <Dialog.Title className={styles.title}>{t("mask.leave.title")}</Dialog.Title>
          <Dialog.Description className={styles.text}>{t("mask.leave.text")}</Dialog.Description>
          <div className={styles.actions}>
            <button type="button" className={styles.danger} onClick={close}>{t("mask.leave.discard")}</button>
            <button ref={safest} type="button" className={styles.secondary} onClick={stay}>{t("mask.leave.stay")}</button>
            <button type="button" className={styles.primary} onClick={onSave}>{t("mask.save")}</button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
