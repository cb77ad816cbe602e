/** A picture for the workflow: dropped, pasted, chosen, taken with the camera, or one that the server has. */
import { Camera, ImageUp, X } from "lucide-react";
import { useRef, useState, type ClipboardEvent, type DragEvent } from "react";
import { toast } from "sonner";

import { annotatedFile, viewUrl } from "@/api/client";
import { fetchDefinition, uploadFile } from "@/api/uploads";
import { text as asText } from "@/formats/file";
import { t } from "@/i18n";
import { setHeld, type Held } from "@/properties/places";
import { sessionStore } from "@/session/store";
import { IconButton } from "@/ui/IconButton";
import { valuesOf } from "@/widgets/choices";
import { ACCEPTED, destinationOf, mediaOf, withFolder } from "@/widgets/media";
import { mediaKind } from "@/widgets/outputs";

import styles from "./App.module.css";

interface Props {
  readonly id: string;
  readonly held: Held;
  readonly label: string;
  readonly describedBy: string | undefined;
}

export function AppMedia({ id, held, label, describedBy }: Props) {
  const { input } = held.widget;
  const kind = mediaOf(input) ?? "image";
  const [isBusy, setBusy] = useState(false);
  const [isOver, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const name = asText(valuesOf(held.value)[0]);
  const take = (files: FileList | null): void => {
    const file = files?.[0];
    if (file === undefined) return;
    setBusy(true);
    void send(held, file).finally(() => setBusy(false));
  };
  const onDrag = (event: DragEvent, over: boolean): void => {
    event.preventDefault();
    setOver(over);
  };
  const onPaste = (event: ClipboardEvent): void => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    take(event.clipboardData.files);
  };
  return (
    <div
      id={id}
      className={styles.media}
      role="group"
      tabIndex={-1}
      aria-label={t("appMode.picture", { name: label })}
      aria-describedby={describedBy}
      data-over={isOver || undefined}
      onDragOver={(event) => onDrag(event, true)}
      onDragLeave={(event) => onDrag(event, false)}
      onDrop={(event) => {
        onDrag(event, false);
        take(event.dataTransfer.files);
      }}
      onPaste={onPaste}
    >
      <Chosen name={name} held={held} />
      <div className={styles.mediaButtons}>
        <button type="button" className={styles.secondary} disabled={isBusy} onClick={() => picker.current?.click()}>
          <ImageUp size={16} aria-hidden />
          {t(isBusy ? "appMode.uploading" : "appMode.choosePicture")}
        </button>
        {kind === "image" && (
          <button type="button" className={styles.secondary} data-touch disabled={isBusy} onClick={() => camera.current?.click()}>
            <Camera size={16} aria-hidden />
            {t("appMode.camera")}
          </button>
        )}
        <span className={styles.help}>{t("appMode.drop")}</span>
      </div>
      <select className={styles.there} aria-label={t("appMode.here")} value={name} onChange={(event) => setHeld(held, held.key, event.target.value)}>
        {!(input.choices ?? []).includes(name) && <option value={name}>{name === "" ? t("appMode.noPicture") : name}</option>}
        {(input.choices ?? []).map((choice, i) => (
          <option key={i} value={asText(choice)}>
            {asText(choice)}
          </option>
        ))}
      </select>
      <input ref={picker} type="file" hidden accept={ACCEPTED[kind]} data-testid={`app-upload-${held.node.id}`} onChange={(event) => { take(event.target.files); event.target.value = ""; }} />
      <input ref={camera} type="file" hidden accept="image/*" capture="environment" onChange={(event) => { take(event.target.files); event.target.value = ""; }} />
    </div>
  );
}

function Chosen({ name, held }: { readonly name: string; readonly held: Held }) {
  const [broken, setBroken] = useState("");
  if (name === "" || broken === name) return <p className={styles.noPicture}>{name === "" ? t("appMode.noPicture") : `${name} · ${t("widget.missing")}`}</p>;
  const file = annotatedFile(withFolder(name, destinationOf(held.widget.input)));
  const kind = mediaKind(file, "image");
  if (kind === "video") return <video className={styles.chosen} src={viewUrl(file)} controls muted />;
  // What a person chose has no captions.
  // eslint-disable-next-line jsx-a11y/media-has-caption
  if (kind === "audio") return <audio className={styles.sound} src={viewUrl(file)} controls />;
  return (
    <div className={styles.chosenFrame}>
      <img className={styles.chosen} src={viewUrl(file, true)} alt={name} onError={() => setBroken(name)} />
      {held.widget.input.required ? null : (
        <IconButton label={t("action.close")} onClick={() => setHeld(held, held.key, "")}>
          <X size={14} />
        </IconButton>
      )}
    </div>
  );
}

async function send(held: Held, file: File): Promise<void> {
  try {
    const name = await uploadFile(file, destinationOf(held.widget.input));
    const def = await fetchDefinition(held.node.type).catch(() => null);
    // The list of choices learns of the new file before the value names it.
    if (def !== null) sessionStore.setState(({ defs }) => ({ defs: { ...defs, [def.type]: def } }));
    setHeld(held, held.key, name);
  } catch (error) {
    toast.error(t("fields.uploadFailed"), { description: error instanceof Error ? error.message : String(error) });
  }
}
