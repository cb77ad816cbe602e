/** A dialog in the middle of the screen. */
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { t } from "@/i18n";

import styles from "./Dialog.module.css";
import { useOpener } from "./opener";

interface Props {
  readonly title: string;
  readonly description?: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

export function Dialog({ isOpen, onClose, ...content }: Props) {
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => { if (!open) onClose(); }}>
      <Radix.Portal>
        <Radix.Overlay className={styles.overlay} />
        <Content {...content} />
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Radix hears Escape before anybody inside does: a part that has a use for it says so. */
function leaveEscape(event: KeyboardEvent): void {
  if (event.target instanceof Element && event.target.closest("[data-keeps-escape]") !== null) event.preventDefault();
}

function Content({ title, description, wide = false, children }: Omit<Props, "isOpen" | "onClose">) {
  return (
    <Radix.Content className={styles.dialog} data-wide={wide || undefined} onEscapeKeyDown={leaveEscape} {...useOpener()} {...(description === undefined ? { "aria-describedby": undefined } : {})}>
      <Radix.Title className={styles.title}>{title}</Radix.Title>
      {description !== undefined && <Radix.Description className={styles.description}>{description}</Radix.Description>}
      <Radix.Close className={styles.close} aria-label={t("action.close")}>
        <X size={16} />
      </Radix.Close>
      {children}
    </Radix.Content>
  );
}

export { styles as dialogStyles };
