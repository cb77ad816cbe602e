/** Opening, saving and exporting; what is dropped on the canvas. */
import { toast } from "sonner";

import { fetchBytes, fetchJobWorkflow, fetchSavedFile, fetchTemplate, saveFile, ServerError, uploadImage, fetchDefinitions, type FileRef } from "@/api/client";
import { forgetSizes } from "@/canvas/measured";
import { currentView, fitView } from "@/canvas/viewport";
import { toApi } from "@/formats/convert";
import { readCanvas } from "@/formats/file";
import { parseJson, stringifyJson, type Json } from "@/formats/json";
import { openBytes, openJson } from "@/formats/open";
import { isPng, readPngText } from "@/formats/png";
import { writeDocument } from "@/formats/ui04";
import { isUpload } from "@/formats/widgets";
import { t } from "@/i18n";
import { addNode, connectFitting, setValue } from "@/model/actions";
import { currentWhole, replaceDocument, select, transact } from "@/model/document";
import { EMPTY_DOC, type Doc, type NodeId, type Point } from "@/model/types";
import { forgetNodes } from "@/runtime/store";

import { currentDefs, isDirty, serverDefs, sessionStore } from "./session";
import { uiStore, type WireEnd } from "./ui";

const stem = (name: string): string => name.replace(/^.*\//, "").replace(/\.(json|png)$/i, "");

/** Shows a document, in place of the one before. */
export function show(doc: Doc, name: string, options: { readonly dirty?: boolean } = {}): void {
  forgetNodes();
  forgetSizes();
  replaceDocument(doc);
  sessionStore.setState({ name, savedDoc: doc, dirtyDraft: options.dirty ?? false });
  requestAnimationFrame(() => fitView(false));
}

/** Unsaved work is asked about before it goes. */
function replacing(action: () => void): void {
  const isEmpty = Object.keys(currentWhole().nodes).length === 0;
  if (!isDirty() || isEmpty) action();
  else {
    const name = sessionStore.getState().name || t("app.untitled");
    uiStore.setState({ confirmation: { title: t("file.discard"), text: t("file.discardHint", { name }), action: t("file.discardYes"), onConfirm: action } });
  }
}

async function load(name: string, read: () => Promise<Doc>): Promise<void> {
  try {
    const doc = await read();
    replacing(() => show(doc, stem(name)));
  } catch (error) {
    const isServer = error instanceof ServerError;
    toast.error(t("file.openFailed"), { description: isServer ? error.message : t(error instanceof SyntaxError ? "file.notJson" : "file.notWorkflow", { name }) });
  }
}

export const openFile = (file: File): Promise<void> => load(file.name, async () => openBytes(new Uint8Array(await file.arrayBuffer()), serverDefs()));
export const openTemplate = (name: string): Promise<void> => load(name, async () => openJson(await fetchTemplate(name), serverDefs()));
export const openSaved = (path: string): Promise<void> => load(path, async () => openJson(await fetchSavedFile(path), serverDefs()));
export const openJob = (id: string): Promise<void> => load(id.slice(0, 8), async () => openJson(await fetchJobWorkflow(id), serverDefs()));
export const openPicture = (file: FileRef): Promise<void> => load(file.filename, async () => openBytes(await fetchBytes(file), serverDefs()));

export const newWorkflow = (): void => replacing(() => show(EMPTY_DOC, ""));

export function pickFile(): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".json,.png,application/json,image/png";
  input.onchange = () => {
    const file = input.files?.[0];
    if (file !== undefined) void openFile(file);
  };
  input.click();
}

/** Workflows are opened; pictures without one become loaders. */
export async function openDropped(files: readonly File[], at: Point): Promise<void> {
  for (const file of files) {
    if (!file.type.startsWith("image/")) await openFile(file);
    else if (await holdsWorkflow(file)) await openFile(file);
    else await addPicture(file, at);
  }
}

async function holdsWorkflow(file: File): Promise<boolean> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!isPng(bytes)) return false;
  const texts = await readPngText(bytes);
  return texts["workflow"] !== undefined || texts["prompt"] !== undefined;
}

async function addPicture(file: File, at: Point): Promise<void> {
  try {
    const name = await uploadImage(file);
    sessionStore.setState({ defs: await fetchDefinitions() });
    const input = currentDefs()["LoadImage"]?.inputs.find(isUpload)?.name ?? "image";
    const id = addNodeAt("LoadImage", at);
    transact("step.add", (doc) => setValue(doc, id, input, name));
  } catch (error) {
    toast.error(t("widget.uploadFailed"), { description: error instanceof Error ? error.message : "" });
  }
}

/** Adds a node, joined to the wire that asked for it, and selects it. */
export function addNodeAt(type: string, at: Point, wire: WireEnd | null = null): NodeId {
  let id: NodeId = "";
  transact("step.add", (doc) => {
    const added = addNode(doc, currentDefs(), type, { x: Math.round(at.x), y: Math.round(at.y - 16) });
    id = added.id;
    return wire === null ? added.doc : connectFitting(added.doc, wire, added.id);
  });
  select({ nodes: [id] });
  return id;
}

export const currentFile = (): ReturnType<typeof writeDocument> => {
  const view = currentView();
  return writeDocument(currentWhole(), serverDefs(), view === undefined ? {} : { view });
};

export async function saveWorkflow(name = sessionStore.getState().name, overwrite = true): Promise<void> {
  if (name === "") {
    uiStore.setState({ saving: true });
    return;
  }
  try {
    const doc = currentWhole();
    await saveFile(`${name}.json`, currentFile(), overwrite);
    sessionStore.setState({ name, savedDoc: doc, dirtyDraft: false });
    uiStore.setState({ saving: false });
    toast.success(t("file.saved", { name }));
  } catch (error) {
    if (error instanceof ServerError && error.status === 409) throw error;
    toast.error(t("file.saveFailed"), { description: error instanceof Error ? error.message : "" });
  }
}

function download(name: string, content: unknown): void {
  const url = URL.createObjectURL(new Blob([stringifyJson(content, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

const fileName = (): string => sessionStore.getState().name || "workflow";

export const downloadWorkflow = (): void => download(`${fileName()}.json`, currentFile());
export const downloadApi = (): void => download(`${fileName()}.api.json`, toApi(readCanvas(currentFile()), serverDefs()).prompt);

export const parseDraft = (text: string): Json => parseJson(text);
