/** The newest picture. */
import { viewUrl } from "@/api/client";
import { t } from "@/i18n";
import { runtimeStore } from "@/runtime/store";
import { uiStore } from "@/session/ui";

import styles from "./Properties.module.css";

export function LastResult() {
  const items = runtimeStore((state) => state.gallery);
  const item = items[0];
  if (item === undefined) return <p className={styles.hint}>{t("gallery.empty")}</p>;
  return (
    <>
      <button type="button" className={styles.picture} onClick={() => uiStore.setState({ lightbox: { items, index: 0 } })} aria-label={t("gallery.open", { name: item.filename })}>
        <img src={viewUrl(item)} alt={item.filename} />
      </button>
      <p className={styles.hint}>{item.filename}</p>
    </>
  );
}
