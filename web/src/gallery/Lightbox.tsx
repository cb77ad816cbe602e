/** One picture, as large as the window allows. */
import { ChevronLeft, ChevronRight, Download, ExternalLink, Workflow, X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useEffect } from "react";

import { viewUrl } from "@/api/client";
import { openPicture } from "@/app/files";
import { uiStore } from "@/app/ui";
import { t } from "@/i18n";

import styles from "./Lightbox.module.css";

const close = (): void => uiStore.setState({ lightbox: null });

function turn(step: number): void {
  uiStore.setState(({ lightbox }) => {
    if (lightbox === null) return {};
    const count = lightbox.items.length;
    return { lightbox: { ...lightbox, index: (lightbox.index + step + count) % count } };
  });
}

export function Lightbox() {
  const lightbox = uiStore((state) => state.lightbox);
  const item = lightbox?.items[lightbox.index];
  useEffect(() => {
    if (lightbox === null) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "ArrowLeft") turn(-1);
      if (event.key === "ArrowRight") turn(1);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [lightbox]);
  if (lightbox === null || item === undefined) return null;
  const url = viewUrl(item);
  const hasMany = lightbox.items.length > 1;
  return (
    <Dialog.Root open onOpenChange={(open) => { if (!open) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.overlay} />
        <Dialog.Content className={styles.box} aria-describedby={undefined} data-testid="lightbox">
          <Dialog.Title className="visually-hidden">{t("gallery.lightbox")}</Dialog.Title>
          <header className={styles.bar}>
            <span className={styles.name}>{item.filename}</span>
            {hasMany && <span className={styles.count}>{t("gallery.count", { index: lightbox.index + 1, total: lightbox.items.length })}</span>}
            <span className={styles.actions}>
              <button type="button" className={styles.action} onClick={() => { close(); void openPicture(item); }}>
                <Workflow size={15} />
                {t("gallery.workflow")}
              </button>
              <a className={styles.action} href={url} download={item.filename}>
                <Download size={15} />
                {t("gallery.save")}
              </a>
              <a className={styles.action} href={url} target="_blank" rel="noreferrer">
                <ExternalLink size={15} />
                {t("gallery.original")}
              </a>
              <Dialog.Close className={styles.close} aria-label={t("action.close")}>
                <X size={18} />
              </Dialog.Close>
            </span>
          </header>
          <div className={styles.stage}>
            {hasMany && (
              <button type="button" className={styles.turn} data-side="left" aria-label={t("gallery.previous")} onClick={() => turn(-1)}>
                <ChevronLeft size={22} />
              </button>
            )}
            <img src={url} alt={item.filename} className={styles.image} />
            {hasMany && (
              <button type="button" className={styles.turn} data-side="right" aria-label={t("gallery.next")} onClick={() => turn(1)}>
                <ChevronRight size={22} />
              </button>
            )}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
