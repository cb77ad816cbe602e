/** The newest pictures, along the bottom. */
import { ChevronDown, ChevronUp, Images } from "lucide-react";
import { useState } from "react";

import type { GalleryItem } from "@/api/client";
import { t } from "@/i18n";
import { chordLabel } from "@/palette/keymap";
import { runCommand } from "@/palette/registry";
import { runtimeStore } from "@/runtime/store";
import { uiStore } from "@/session/ui";
import { IconButton } from "@/ui/IconButton";
import { PopupMenu, type MenuItem } from "@/ui/PopupMenu";

import { dragPicture } from "./drag";
import styles from "./GalleryStrip.module.css";
import { Media } from "./Media";

type Menu = { readonly at: { readonly x: number; readonly y: number }; readonly sections: readonly (readonly MenuItem[])[] };

export function GalleryStrip() {
  const items = runtimeStore((state) => state.gallery);
  const isOpen = uiStore((state) => state.gallery);
  const [menu, setMenu] = useState<Menu | null>(null);
  const openMenu = async (item: GalleryItem, at: Menu["at"]): Promise<void> => {
    const [{ itemSections }, { plainItem }] = await Promise.all([import("./actions"), import("@/api/gallery")]);
    const all = items.map(plainItem);
    setMenu({ at, sections: itemSections(all[items.indexOf(item)] ?? plainItem(item), all) });
  };
  return (
    <section className={styles.strip} aria-label={t("gallery.title")} data-open={isOpen || undefined}>
      {isOpen &&
        (items.length === 0 ? (
          <p className={styles.empty}>{t("gallery.empty")}</p>
        ) : (
          <ul className={styles.pictures}>
            {items.map((item, index) => (
              <li key={`${item.type}/${item.subfolder}/${item.filename}`}>
                <button
                  type="button"
                  className={styles.picture}
                  draggable
                  aria-label={t("gallery.open", { name: item.filename })}
                  onDragStart={(event) => dragPicture(event, item)}
                  onContextMenu={(event) => {
                    event.preventDefault();
                    void openMenu(item, { x: event.clientX, y: event.clientY });
                  }}
                  onClick={() => uiStore.setState({ lightbox: { items, index } })}
                >
                  <Media file={item} isSmall alt={item.filename} testId="gallery-image" />
                </button>
              </li>
            ))}
          </ul>
        ))}
      <div className={styles.fold}>
        <IconButton label={t("outputs.title")} chord={chordLabel("shift+g")} side="top" onClick={() => runCommand("galleryView")}>
          <Images size={16} />
        </IconButton>
        <IconButton label={t(isOpen ? "gallery.hide" : "gallery.show")} chord="G" side="top" onClick={() => runCommand("gallery")}>
          {isOpen ? <ChevronDown size={16} /> : <ChevronUp size={16} />}
        </IconButton>
      </div>
      {menu !== null && <PopupMenu at={menu.at} label={t("outputs.menu")} sections={menu.sections} onClose={() => setMenu(null)} />}
    </section>
  );
}
