/** A prompt in a window of its own, with room to write. */
import { t } from "@/i18n";
import { Dialog } from "@/ui/Dialog";
import { Covered } from "@/widgets/Covered";

import styles from "./PromptDialog.module.css";
import { PromptEditor, type PromptEditorProps } from "./PromptEditor";

type Props = Omit<PromptEditorProps, "className" | "onBlur" | "onLarge" | "testId" | "onLeave"> & { readonly title: string; readonly onClose: () => void };

export function PromptDialog({ title, onClose, ...field }: Props) {
  return (
    <Covered>
      <Dialog title={title} isOpen wide onClose={onClose}>
        <PromptEditor {...field} className={styles.area ?? ""} testId={`large-${field.node}-${field.valueKey}`} onBlur={() => undefined} onLeave={onClose} onLarge={onClose} />
        <p className={styles.hint}>{t("promptEditor.hint")}</p>
      </Dialog>
    </Covered>
  );
}
