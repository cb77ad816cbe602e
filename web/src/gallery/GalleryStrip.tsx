/** The newest pictures, along the bottom. */
import { ChevronDown, ChevronUp } from "lucide-react";

import { viewUrl } from "@/api/client";
import { COMMANDS } from "@/app/commands";
import { uiStore } from "@/app/ui";
import { t } from "@/i18n";
import { runtimeStore } from "@/runtime/store";
import { IconButton } from "@/ui/IconButton";

import styles from "./GalleryStrip.module.css";

export function GalleryStrip() {
  const items = runtimeStore((state) => state.gallery);
  const isOpen = uiStore((state) => state.gallery);
  return (
    <section className={styles.strip} aria-label={t("gallery.title")} data-open={isOpen || undefined}>
      {isOpen &&
        (items.length === 0 ? (
          <p className={styles.empty}>{t("gallery.empty")}</p>
        ) : (
          <ul className={styles.pictures}>
            {items.map((item, index) => (
              <li key={`${item.type}/${item.subfolder}/${item.filename}`}>
                <button type="button" className={styles.picture} aria-label={t("gallery.open", { name: item.filename })} onClick={() => uiStore.setState({ lightbox: { items, index } })}>
                  <img src={viewUrl(item, true)} alt={item.filename} data-testid="gallery-image" loading="lazy" draggable={false} />
                </button>
              </li>
            ))}
          </ul>
        ))}
      <div className={styles.fold}>
        <IconButton label={t(isOpen ? "gallery.hide" : "gallery.show")} chord="G" side="top" onClick={() => COMMANDS.gallery.run()}>
          {isOpen ? <ChevronDown size={16} /> : <ChevronUp size={16} />}
        </IconButton>
      </div>
    </section>
  );
}
