/** The chosen file of a loader as one sees or hears it, and the ways to bring another: press, drop, paste, choose. */
import { FolderOpen, Brush, Upload } from "lucide-react";
import { lazy, Suspense, useRef, useState, type ClipboardEvent, type DragEvent } from "react";

import { annotatedFile, viewUrl, type FileRef } from "@/api/client";
import { useValue } from "@/canvas/hooks";
import { text as asText } from "@/formats/file";
import { t } from "@/i18n";
import { openMaskEditor } from "@/mask/open";

import { valuesOf } from "./choices";
import { edit } from "./edit";
import type { FieldProps } from "./field";
import { ACCEPTED, allowsBatch, destinationOf, mediaOf, withFolder, type Media } from "./media";
import styles from "./MediaUpload.module.css";
import { mediaKind } from "./outputs";
import { filesOf, uploadInto } from "./upload";

const FileDialog = lazy(() => import("./FileDialog").then((module) => ({ default: module.FileDialog })));

const UPLOAD = { image: "fields.uploadImage", video: "fields.uploadVideo", audio: "fields.uploadAudio", file: "fields.uploadFile" } as const;

export function MediaUpload({ node, widget, media }: FieldProps & { readonly media?: Media | null }) {
  const { input } = widget;
  const kind = media ?? mediaOf(input) ?? "image";
  const names = valuesOf(useValue(node, input.name)).map(asText).filter((name) => name !== "");
  const files = names.map((name) => annotatedFile(withFolder(name, destinationOf(input))));
  const [isBusy, setBusy] = useState(false);
  const [isOver, setOver] = useState(false);
  const [isChoosing, setChoosing] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const first = files[0];

  const take = (given: readonly File[]): void => {
    if (given.length === 0) return;
    setBusy(true);
    void uploadInto(node, input, given).finally(() => setBusy(false));
  };
  const onDrag = (event: DragEvent, over: boolean): void => {
    event.preventDefault();
    event.stopPropagation();
    setOver(over);
  };
  const onPaste = (event: ClipboardEvent): void => {
    const given = filesOf(event.clipboardData);
    if (given.length === 0) return;
    event.preventDefault();
    take(given);
  };
  return (
    <div
      className={`${styles.upload} nodrag`}
      role="group"
      aria-label={t("fields.chosenFile")}
      data-kind={kind}
      data-over={isOver || undefined}
      onDragOver={(event) => onDrag(event, true)}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        onDrag(event, false);
        take(filesOf(event.dataTransfer));
      }}
      onPaste={onPaste}
    >
      <Chosen files={files} names={names} kind={kind} />
      <div className={styles.buttons}>
        <button type="button" className={styles.choose} onClick={() => picker.current?.click()} disabled={isBusy}>
          <Upload size={13} />
          {t(isBusy ? "widget.uploading" : UPLOAD[kind])}
        </button>
        <button type="button" className={styles.icon} aria-label={t("fields.chooseFile")} title={t("fields.chooseFile")} onClick={() => setChoosing(true)}>
          <FolderOpen size={14} />
        </button>
        {kind === "image" && first !== undefined && files.length === 1 && (
          <button
            type="button"
            className={styles.icon}
            aria-label={t("fields.editMask")}
            title={t("fields.editMask")}
            onClick={() => openMaskEditor({ image: first, onSave: (name) => edit(node, input.name, name) })}
          >
            <Brush size={14} />
          </button>
        )}
      </div>
      <input
        ref={picker}
        type="file"
        accept={ACCEPTED[kind]}
        multiple={allowsBatch(input)}
        hidden
        data-testid={`upload-${node}`}
        onChange={(event) => {
          take([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      {isChoosing && (
        <Suspense>
          <FileDialog media={kind} chosen={names} isMany={allowsBatch(input)} onClose={() => setChoosing(false)} onChoose={(chosen) => edit(node, input.name, allowsBatch(input) && chosen.length > 1 ? [...chosen] : (chosen[0] ?? ""))} />
        </Suspense>
      )}
    </div>
  );
}

/** What cannot be shown, as it is gone or of another kind, is told in words. */
function Chosen({ files, names, kind }: { readonly files: readonly FileRef[]; readonly names: readonly string[]; readonly kind: Media }) {
  const [broken, setBroken] = useState("");
  const [file, name] = [files[0], names[0]];
  if (file === undefined || name === undefined || kind === "file") return null;
  if (files.length > 1)
    return (
      <div className={styles.many}>
        {files.map((each, i) => (
          <img key={names[i]} src={viewUrl(each, true)} alt={names[i]} loading="lazy" draggable={false} />
        ))}
      </div>
    );
  if (name === broken) return <p className={styles.gone}>{t("fields.fileGone", { name })}</p>;
  const url = viewUrl(file);
  const shown = mediaKind(file, kind);
  const onError = (): void => setBroken(name);
  // Made by people themselves: there are no captions to show.
  // eslint-disable-next-line jsx-a11y/media-has-caption
  if (shown === "audio") return <audio key={url} src={url} controls preload="metadata" className={styles.sound} aria-label={name} onError={onError} />;
  // eslint-disable-next-line jsx-a11y/media-has-caption
  if (shown === "video") return <video key={url} src={url} controls loop preload="metadata" className={`${styles.image} nowheel`} aria-label={name} onError={onError} />;
  return <img src={url} alt={name} className={styles.image} draggable={false} onError={onError} />;
}
