/** Opening a picture and handing its mask in. */
import * as z from "zod/mini";

import { ask, OfflineError, type FileRef } from "@/api/client";
import { parseJson } from "@/formats/json";
import { t } from "@/i18n";

import { maskToAlpha } from "./alpha";
import { newLayer } from "./edit";
import { EMPTY_HISTORY, topOf } from "./history";
import { joinLayers } from "./layers";
import { closeMaskEditor, type MaskRequest } from "./open";
import { canvasOf, loadPicture } from "./picture";
import { newPlane, type Plane } from "./plane";
import { maskStore, reset, say } from "./state";

/** Where masks live among the inputs, by the field's custom. */
const FOLDER = "clipspace";

const stored = z.object({ name: z.string(), subfolder: z.catch(z.string(), "") });

/** What the picture's alpha masks already is the first layer. */
export async function openPicture(file: FileRef, signal: AbortSignal): Promise<void> {
  const { picture, mask } = await loadPicture(file, signal);
  if (signal.aborted) return;
  const layer = newLayer([], mask);
  const scratch = newPlane(picture.width, picture.height);
  maskStore.setState({ picture, layers: [layer], active: layer.id, history: EMPTY_HISTORY, saved: 0, scratch, stage: { width: 1, height: 1 } });
  const masked = mask.data.reduce((sum, value) => sum + value, 0) / Math.max(1, mask.data.length);
  say(t("mask.said.opened", { name: file.filename, percent: Math.round(masked / 2.55) }));
}

/** Saves and closes; who paints on meanwhile keeps the editor. */
export async function save(request: MaskRequest): Promise<void> {
  const { picture, saving, busy } = maskStore.getState();
  if (picture === null || saving.state === "busy") return;
  maskStore.setState({ saving: { state: "busy" }, isLeaving: false });
  say(t("mask.said.saving"));
  await busy?.done;
  const { layers, history, picture: still } = maskStore.getState();
  if (still !== picture) return;
  const top = topOf(history);
  try {
    const png = await pngOf(joinLayers(layers, picture.width, picture.height));
    const name = await upload(png, request.image);
    request.onSave(name);
    finish(picture, top);
  } catch (error) {
    if (maskStore.getState().picture === picture) maskStore.setState({ saving: { state: "failed", why: reason(error) } });
  }
}

function finish(picture: unknown, top: number): void {
  const state = maskStore.getState();
  if (state.picture !== picture) return;
  if (topOf(state.history) === top) return close();
  maskStore.setState({ saved: top, saving: { state: "idle" }, note: t("mask.note.paintedOn") });
  say(t("mask.note.paintedOn"));
}

/** As a sentence. */
export function reason(error: unknown): string {
  const text = error instanceof OfflineError ? t("mask.error.offline") : error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

export function close(): void {
  reset();
  closeMaskEditor();
}

async function pngOf(mask: Plane): Promise<Blob> {
  const { canvas, context } = canvasOf(mask.width, mask.height);
  context.putImageData(new ImageData(maskToAlpha(mask), mask.width, mask.height), 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  canvas.width = canvas.height = 0;
  if (blob === null) throw new Error(t("mask.error.encode"));
  return blob;
}

/** Returns the value for an image drop-down. */
export async function upload(png: Blob, image: FileRef): Promise<string> {
  const form = new FormData();
  form.append("image", png, `clipspace-mask-${Date.now()}.png`);
  form.append("type", "input");
  form.append("subfolder", FOLDER);
  form.append("original_ref", JSON.stringify({ filename: image.filename, subfolder: image.subfolder, type: image.type }));
  const answer = stored.parse(parseJson(await (await ask("/upload/mask", { method: "POST", body: form })).text()));
  return `${answer.subfolder === "" ? "" : `${answer.subfolder}/`}${answer.name} [input]`;
}
