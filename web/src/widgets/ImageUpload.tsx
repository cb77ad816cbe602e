/** The chosen picture of a loader, and the ways to bring another: press, drop. */
import { ImageUp } from "lucide-react";
import { useRef, useState, type DragEvent } from "react";
import { toast } from "sonner";

import { annotatedFile, viewUrl } from "@/api/client";
import { useDef } from "@/app/session";
import { useFace, useValue } from "@/canvas/hooks";
import { text as asText } from "@/formats/file";
import { isUpload } from "@/formats/widgets";
import { t } from "@/i18n";

import styles from "./ImageUpload.module.css";
import { uploadInto } from "./upload";
import type { FieldProps } from "./field";

export function ImageUpload({ node }: FieldProps) {
  const type = useFace(node)?.type ?? "";
  const input = useDef(type)?.inputs.find(isUpload)?.name ?? "image";
  const chosen = asText(useValue(node, input));
  const [isBusy, setBusy] = useState(false);
  const [isOver, setOver] = useState(false);
  const [broken, setBroken] = useState("");
  const picker = useRef<HTMLInputElement>(null);

  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setBusy(true);
    try {
      await uploadInto(node, input, file);
    } catch (error) {
      toast.error(t("widget.uploadFailed"), { description: String(error instanceof Error ? error.message : error) });
    } finally {
      setBusy(false);
    }
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  };
  return (
    <div
      className={`${styles.upload} nodrag`}
      role="group"
      aria-label={t("widget.image")}
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        event.stopPropagation();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      {chosen !== "" && chosen !== broken && (
        <img src={viewUrl(annotatedFile(chosen))} alt={chosen} className={styles.image} draggable={false} onError={() => setBroken(chosen)} />
      )}
      <button type="button" className={styles.choose} onClick={() => picker.current?.click()} disabled={isBusy}>
        <ImageUp size={14} />
        {t(isBusy ? "widget.uploading" : "widget.upload")}
      </button>
      <input
        ref={picker}
        type="file"
        accept="image/*"
        hidden
        data-testid={`upload-${node}`}
        onChange={(event) => {
          void take(event.target.files?.[0]);
          event.target.value = "";
        }}
      />
    </div>
  );
}
