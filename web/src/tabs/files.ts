/** Opening and exporting workflows; what is dropped on the canvas. */
import { toast } from "sonner";

import { fetchBytes, fetchDefinitions, fetchJobWorkflow, fetchTemplate, ServerError, uploadImage, type FileRef } from "@/api/client";
import { readFile } from "@/api/files";
import { toApi } from "@/formats/convert";
import { readCanvas } from "@/formats/file";
import { stringifyJson, type JsonObject } from "@/formats/json";
import { openBytes, openJson } from "@/formats/open";
import { isUpload } from "@/formats/widgets";
import { t } from "@/i18n";
import { addNode, connectFitting, freePlace, setValue } from "@/model/actions";
import { select, transact } from "@/model/document";
import type { NodeId, Point } from "@/model/types";
import { currentDefs, serverDefs, sessionStore } from "@/session/store";
import type { WireEnd } from "@/session/ui";
import { saveText } from "@/ui/textFile";

import { open, refuse, stem } from "./opening";
import { documentOf } from "./saving";
import { fileOf, frontId, type TabId } from "./store";

/** What may hold a workflow. */
const ACCEPTED = ".json,.png,.webp,.jpg,.jpeg,.avif,.gif,.svg,.mp4,.webm,.mov,.mkv,.flac,.mp3,.ogg,.opus,.wav,.latent,.safetensors,application/json,image/*,video/*,audio/*";

type Opening = Promise<TabId | null>;

const openFile = (file: File): Opening =>
  open({ name: file.name, origin: `file:${file.name}:${file.size}:${file.lastModified}`, read: async () => ({ doc: await openBytes(new Uint8Array(await file.arrayBuffer()), serverDefs()) }) });

export const openTemplate = (name: string): Opening => open({ name, origin: `template:${name}`, read: async () => ({ doc: await openJson(await fetchTemplate(name), serverDefs()) }) });

export const openJob = (id: string): Opening => open({ name: id.slice(0, 8), origin: `job:${id}`, read: async () => ({ doc: await openJson(await fetchJobWorkflow(id), serverDefs()) }) });

export const openPicture = (file: FileRef): Opening =>
  open({ name: file.filename, origin: `picture:${file.type}/${file.subfolder}/${file.filename}`, read: async () => ({ doc: await openBytes(await fetchBytes(file), serverDefs()) }) });

/** A saved workflow by its path below the user's workflows, with or without the ending. */
export function openSaved(name: string): Opening {
  const path = name.replace(/\.json$/i, "");
  const read = async () => {
    const { document, etag } = await readFile(path);
    return { doc: await openJson(document, serverDefs()), file: { etag } };
  };
  return open({ name: path, path, read });
}

/** What an address asks for: a saved workflow, or one that comes with the program. */
export async function openNamed(name: string): Opening {
  const path = name.replace(/\.json$/i, "");
  const isSaved = await readFile(path).then(() => true, () => false);
  if (isSaved) return openSaved(path);
  const isTemplate = await fetchTemplate(`${path}.json`).then(() => true, () => false);
  if (isTemplate) return openTemplate(`${path}.json`);
  refuse(name, new ServerError(404, "not found"));
  return null;
}

export function pickFile(): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.accept = ACCEPTED;
  input.onchange = () => {
    void openAll([...(input.files ?? [])]);
  };
  input.click();
}

async function openAll(files: readonly File[]): Promise<void> {
  for (const file of files) await openFile(file);
}

/** Workflows are opened, each in its tab; pictures without one become loaders. */
export async function openDropped(files: readonly File[], at: Point): Promise<void> {
  let place = at;
  for (const file of files) {
    if (!file.type.startsWith("image/") || (await holdsWorkflow(file))) await openFile(file);
    else {
      await addPicture(file, place);
      place = { x: place.x + 40, y: place.y + 40 };
    }
  }
}

async function holdsWorkflow(file: File): Promise<boolean> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return openBytes(bytes, serverDefs()).then(() => true, () => false);
}

/** Types that every browser shows; of others only the server can tell. */
const SHOWN = /^image\/(png|jpeg|webp|gif|bmp|avif)$/;

async function isBroken(file: File): Promise<boolean> {
  if (!SHOWN.test(file.type) || typeof createImageBitmap !== "function") return false;
  return createImageBitmap(file).then(
    (bitmap) => {
      bitmap.close();
      return false;
    },
    () => true,
  );
}

async function addPicture(file: File, at: Point): Promise<void> {
  if (await isBroken(file)) {
    toast.error(t("tabs.file.openFailed", { name: file.name }), { description: t("tabs.file.notPicture") });
    return;
  }
  try {
    const name = await uploadImage(file);
    sessionStore.setState({ defs: await fetchDefinitions() });
    const input = currentDefs()["LoadImage"]?.inputs.find(isUpload)?.name ?? "image";
    const id = addNodeAt("LoadImage", at);
    transact("step.add", (doc) => setValue(doc, id, input, name));
  } catch (error) {
    toast.error(t("widget.uploadFailed"), { description: `${file.name}: ${error instanceof Error ? error.message : ""}` });
  }
}

/** Adds a node, joined to the wire that asked for it, and selects it. */
export function addNodeAt(type: string, at: Point, wire: WireEnd | null = null): NodeId {
  let id: NodeId = "";
  transact("step.add", (doc) => {
    const added = addNode(doc, currentDefs(), type, freePlace(doc, { x: Math.round(at.x), y: Math.round(at.y - 16) }));
    id = added.id;
    return wire === null ? added.doc : connectFitting(added.doc, wire, added.id);
  });
  select({ nodes: [id] });
  return id;
}

/** The workflow in front as a file. */
export const currentFile = (): JsonObject => documentOf(frontId());

const downloadName = (): string => stem(fileOf(frontId()).name) || "workflow";

export const downloadWorkflow = (): void => saveText(`${downloadName()}.json`, `${stringifyJson(currentFile(), 2)}\n`);
export const downloadApi = (): void => saveText(`${downloadName()}.api.json`, `${stringifyJson(toApi(readCanvas(currentFile()), serverDefs()).prompt, 2)}\n`);
