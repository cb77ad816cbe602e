/** What a run has to show inside the node: the preview while it works, then its pictures and texts. */
import { memo } from "react";

import { viewUrl, type FileRef } from "@/api/client";
import { uiStore } from "@/app/ui";
import { t } from "@/i18n";

import { useRun } from "../hooks";
import styles from "./NodeOutput.module.css";

export const NodeOutput = memo(function NodeOutput({ id, title }: { readonly id: string; readonly title: string }) {
  const preview = useRun(id, (run) => run.preview);
  const images = useRun(id, (run) => run.images);
  const texts = useRun(id, (run) => run.texts);
  return (
    <>
      {preview !== null && images.length === 0 && (
        <figure className={styles.frame}>
          <img src={preview} alt={t("node.preview", { title })} data-testid={`preview-${id}`} className={styles.image} draggable={false} />
        </figure>
      )}
      {images.length > 0 && <Pictures id={id} title={title} images={images} />}
      {texts.map((text, i) => (
        <pre key={i} className={`${styles.text} nodrag nowheel`}>{text}</pre>
      ))}
    </>
  );
});

function Pictures({ id, title, images }: { readonly id: string; readonly title: string; readonly images: readonly FileRef[] }) {
  return (
    <div className={styles.frame} data-many={images.length > 1 || undefined} role="group" aria-label={t("node.imagesOf", { title })}>
      {images.map((image, index) => (
        <button
          key={`${image.subfolder}/${image.filename}`}
          type="button"
          className={`${styles.picture} nodrag`}
          onClick={() => uiStore.setState({ lightbox: { items: images, index } })}
        >
          <img src={viewUrl(image)} alt={t("node.output", { index: index + 1, title })} data-testid={`output-image-${id}`} className={styles.image} draggable={false} />
        </button>
      ))}
    </div>
  );
}
