/** What a run has to show inside the node: the preview while it works, then its pictures, videos, sounds and texts. */
import { Copy } from "lucide-react";
import { lazy, memo, Suspense, useMemo, useState } from "react";

import { viewUrl, type FileRef } from "@/api/client";
import { t } from "@/i18n";
import { uiStore } from "@/session/ui";
import { copyText } from "@/ui/clipboard";
import { shownOf, type MediaKind } from "@/widgets/outputs";
import { ResultMenu } from "@/widgets/ResultMenu";

import { useRun } from "../hooks";
import styles from "./NodeOutput.module.css";

const Compare = lazy(() => import("@/widgets/Compare").then((module) => ({ default: module.Compare })));

/** As many pictures are drawn at once; the others when they are asked for. */
const AT_ONCE = 36;

export const NodeOutput = memo(function NodeOutput({ id, title }: { readonly id: string; readonly title: string }) {
  const preview = useRun(id, (run) => run.preview);
  const images = useRun(id, (run) => run.images);
  const texts = useRun(id, (run) => run.texts);
  const output = useRun(id, (run) => run.output);
  const shown = useMemo(() => shownOf({ images: images.map((image) => ({ ...image })), text: [...texts], ...output }), [images, texts, output]);
  const pictures = useMemo(() => shown.media.filter(({ kind }) => kind === "image").map(({ file }) => file), [shown]);
  const others = shown.media.filter(({ kind }) => kind !== "image");
  return (
    <>
      {preview !== null && shown.media.length + shown.pairs.length === 0 && (
        <figure className={styles.frame}>
          <img src={preview} alt={t("node.preview", { title })} data-testid={`preview-${id}`} className={styles.image} draggable={false} />
        </figure>
      )}
      {pictures.length > 0 && <Pictures id={id} title={title} images={pictures} />}
      {shown.pairs.length > 0 && (
        <Suspense>
          <Compare pairs={shown.pairs} />
        </Suspense>
      )}
      {others.map(({ kind, file }) => (
        <Media key={viewUrl(file)} id={id} kind={kind} file={file} />
      ))}
      {shown.texts.map((text, i) => (
        <Text key={i} text={text} />
      ))}
    </>
  );
});

function Pictures({ id, title, images }: { readonly id: string; readonly title: string; readonly images: readonly FileRef[] }) {
  const [isAll, setAll] = useState(false);
  const isMany = images.length > 1;
  const drawn = isAll ? images : images.slice(0, AT_ONCE);
  return (
    <div className={styles.frame} data-many={isMany || undefined} role="group" aria-label={t("node.imagesOf", { title })}>
      {drawn.map((image, index) => (
        // A single picture gives way to the next without a gap.
        <div key={isMany ? `${image.subfolder}/${image.filename}` : "only"} className={styles.picture}>
          <button type="button" className={`${styles.large} nodrag`} onClick={() => uiStore.setState({ lightbox: { items: images, index } })}>
            <img
              src={viewUrl(image, isMany)}
              alt={t("node.output", { index: index + 1, title })}
              data-testid={`output-image-${id}`}
              className={styles.image}
              decoding="async"
              draggable={false}
            />
          </button>
          <ResultMenu label={t("fields.pictureMenu", { index: index + 1 })} node={id} file={image} kind="image" among={images} />
        </div>
      ))}
      {drawn.length < images.length && (
        <button type="button" className={`${styles.all} nodrag`} onClick={() => setAll(true)}>
          {t("fields.showAll", { count: images.length })}
        </button>
      )}
    </div>
  );
}

function Media({ id, kind, file }: { readonly id: string; readonly kind: MediaKind; readonly file: FileRef }) {
  const url = viewUrl(file);
  return (
    <div className={`${styles.media} nodrag`} data-kind={kind} data-testid={`output-${kind}-${id}`}>
      {/* Made a moment ago: there are no captions to show. */}
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      {kind === "video" && <video src={url} className={styles.video} controls loop preload="metadata" aria-label={t("fields.video", { name: file.filename })} />}
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      {kind === "audio" && <audio src={url} className={styles.sound} controls preload="metadata" aria-label={t("fields.sound", { name: file.filename })} />}
      {kind === "file" && (
        <a className={styles.file} href={url} download={file.filename}>
          {file.filename}
        </a>
      )}
      {kind !== "file" && <ResultMenu label={t("fields.fileMenu", { name: file.filename })} node={id} file={file} kind={kind} among={[]} />}
    </div>
  );
}

function Text({ text }: { readonly text: string }) {
  return (
    <div className={styles.textFrame}>
      <pre className={`${styles.text} nodrag nowheel`}>{text}</pre>
      <button type="button" className={`${styles.copy} nodrag`} aria-label={t("fields.copyText")} title={t("fields.copyText")} onClick={() => void copyText(text)}>
        <Copy size={13} />
      </button>
    </div>
  );
}
