/** The list of keys. */
import { X } from "lucide-react";
import { Dialog } from "radix-ui";

import { t } from "@/i18n";

import { keyLabel, MASK_KEYS, OTHER_KEYS, type KeyGroup } from "./keys";
import styles from "./MaskEditor.module.css";
import { focusStage } from "./sight";
import { maskStore } from "./state";

const GROUPS: readonly KeyGroup[] = ["tools", "brush", "mask", "picture", "view", "layers", "file"];

const ROWS = [...MASK_KEYS.map(({ group, title, chords }) => ({ group, title, label: keyLabel(chords[0]) })), ...OTHER_KEYS];

export function KeysPanel() {
  const isOpen = maskStore((state) => state.hasKeys);
  return (
    <Dialog.Root open={isOpen} onOpenChange={(hasKeys) => maskStore.setState({ hasKeys })}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.shade} />
        <Dialog.Content onCloseAutoFocus={focusStage} className={styles.dialog} data-wide aria-describedby={undefined}>
          <Dialog.Title className={styles.title}>{t("mask.keys")}</Dialog.Title>
          <Dialog.Close className={styles.close} aria-label={t("action.close")}><X size="1rem" /></Dialog.Close>
          <div className={styles.groups}>{GROUPS.map((group) => <Group key={group} group={group} />)}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Group({ group }: { readonly group: KeyGroup }) {
  return (
    <section className={styles.group}>
      <h3>{t(`mask.group.${group}`)}</h3>
      <dl>
        {ROWS.filter((row) => row.group === group).map((row) => (
          <div key={row.title}>
            <dt>{t(row.title)}</dt>
            <dd><kbd>{row.label}</kbd></dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
