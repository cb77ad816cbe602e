/** What can be done with pictures: mark, delete and have back, look closely, use in the workflow. */
import { Copy, Download, ExternalLink, Heart, ImagePlus, Maximize2, SplitSquareHorizontal, Sprout, TextQuote, Trash2, Workflow } from "lucide-react";
import { toast } from "sonner";

import { fetchGallery, OfflineError, viewUrl, type FileRef } from "@/api/client";
import { deleteFiles, markFiles, restoreFiles, type Item, type Marks } from "@/api/gallery";
import { currentDefs, titleOf } from "@/session/store";
import { showNode, viewCenter } from "@/canvas/viewport";
import { t } from "@/i18n";
import type { Json } from "@/formats/json";
import { setValue } from "@/model/actions";
import { currentDoc, currentSelection, transact } from "@/model/document";
import type { Point } from "@/model/types";
import { runtimeStore } from "@/runtime/store";
import { uiStore } from "@/session/ui";
import { addNodeAt, openPicture } from "@/tabs/files";
import type { MenuItem } from "@/ui/PopupMenu";
import { copyText } from "@/ui/clipboard";
import { saveUrl } from "@/ui/textFile";
import { mediaOf } from "@/widgets/media";
import { annotatedName } from "@/widgets/outputs";

import { fileKey, kindOf } from "./kinds";
import { chosenItems, galleryStore, patchItems, refreshGallery, say } from "./store";
import { promptTarget, seedTarget, type Target } from "./use";
import { closeGallery } from "./view";

/** Only files of the output folder have marks and can be deleted. */
export const isKept = ({ type }: FileRef): boolean => type === "output";

function failed(error: unknown): void {
  toast.error(t("outputs.failed"), { description: error instanceof OfflineError ? t("run.noServer") : error instanceof Error ? error.message : String(error) });
  void refreshGallery();
}

async function mark(items: readonly Item[], marks: Marks, change: (item: Item) => Partial<Item>): Promise<void> {
  const own = items.filter(isKept);
  if (own.length === 0) return;
  patchItems(new Set(own.map(fileKey)), change);
  try {
    await markFiles(own, marks);
    // The list of all tags may be another one now.
    if (marks.favourite === undefined) void refreshGallery(galleryStore.getState().items.length);
  } catch (error) {
    failed(error);
  }
}

/** All become favourites, unless all are. */
export async function toggleFavourite(items: readonly Item[]): Promise<void> {
  const favourite = !items.every((item) => item.favourite);
  await mark(items, { favourite }, () => ({ favourite }));
  say(t(favourite ? "outputs.said.favourite" : "outputs.said.noFavourite", { count: items.length }));
}

export const addTag = (items: readonly Item[], tag: string): Promise<void> => mark(items, { add: [tag] }, (item) => ({ tags: item.tags.includes(tag) ? item.tags : [...item.tags, tag].sort() }));
export const removeTag = (items: readonly Item[], tag: string): Promise<void> => mark(items, { remove: [tag] }, (item) => ({ tags: item.tags.filter((other) => other !== tag) }));

/** They can be had back for a week; the message offers it at once. */
export async function remove(files: readonly FileRef[]): Promise<void> {
  const own = files.filter(isKept);
  if (own.length === 0) return void (files.length > 0 && toast.info(t("outputs.cannotDelete")));
  try {
    const { deleted, undo } = await deleteFiles(own);
    const gone = new Set(own.map(fileKey));
    runtimeStore.setState(({ gallery }) => ({ gallery: gallery.filter((item) => !gone.has(fileKey(item))) }));
    void refreshGallery(galleryStore.getState().items.length);
    const message = t("outputs.deleted", { count: deleted });
    say(message);
    toast(message, { duration: 10_000, action: { label: t("outputs.undo"), onClick: () => void bringBack(undo, own) } });
  } catch (error) {
    failed(error);
  }
}

async function bringBack(undo: string, files: readonly FileRef[]): Promise<void> {
  try {
    await restoreFiles(undo);
    runtimeStore.setState({ gallery: await fetchGallery() });
    toast.success(t("outputs.restored", { count: files.length }), { duration: 2500 });
    void refreshGallery(galleryStore.getState().items.length + files.length);
  } catch (error) {
    failed(error);
  }
}

export function openLarge(items: readonly Item[], index: number): void {
  uiStore.setState({ lightbox: { items, index: Math.max(0, index) } });
}

export function download(files: readonly FileRef[]): void {
  for (const file of files) saveUrl(file.filename, viewUrl(file));
}

export function openWorkflow(file: FileRef): void {
  closeGallery();
  uiStore.setState({ lightbox: null });
  void openPicture(file);
}

const LOADERS = { image: "LoadImage", video: "LoadVideo", audio: "LoadAudio" } as const;

/** A node that loads the file, for img2img and all else that begins with a picture. */
export function loadInto(file: FileRef, at: Point): void {
  const type = LOADERS[kindOf(file)];
  const def = currentDefs()[type];
  if (def === undefined) return void toast.error(t("outputs.noLoader", { type }));
  const input = def.inputs.find((candidate) => mediaOf(candidate) !== null)?.name ?? "image";
  const id = addNodeAt(type, at);
  transact("step.add", (doc) => setValue(doc, id, input, annotatedName(file)));
}

export function sendToWorkflow(file: FileRef): void {
  closeGallery();
  uiStore.setState({ lightbox: null });
  loadInto(file, viewCenter());
  toast(t("outputs.loaderAdded"), { duration: 2500 });
}

function put(target: Target | null, value: Json, nothing: string): void {
  if (target === null) return void toast.info(nothing);
  transact("step.value", (doc) => setValue(doc, target.node, target.key, value));
  const title = titleOf(currentDoc(), currentDefs(), target.node);
  toast.success(t("outputs.used", { title }), { duration: 4000, action: { label: t("run.show"), onClick: () => { closeGallery(); showNode(target.node); } } });
}

export function putSeed(seed: number | bigint): void {
  put(seedTarget(currentDoc(), currentDefs(), currentSelection().nodes), seed, t("outputs.noSeed"));
}

export function putPrompt(text: string, side: "positive" | "negative"): void {
  put(promptTarget(currentDoc(), currentDefs(), side, currentSelection().nodes), text, t("outputs.noPrompt"));
}

export function compare(): void {
  const [a, b] = chosenItems().filter((item) => kindOf(item) === "image");
  if (a === undefined || b === undefined) return void toast.info(t("outputs.chooseTwo"));
  galleryStore.setState({ compared: [a, b] });
}

/** The menu of a picture; of all that are chosen when it is one of them. */
export function itemSections(item: Item, among: readonly Item[]): readonly (readonly MenuItem[])[] {
  const own = chosenItems().some((other) => fileKey(other) === fileKey(item)) ? chosenItems() : [item];
  const { seed, prompt } = item;
  return [
    [
      { id: "large", label: t("outputs.action.large"), Icon: Maximize2, run: () => openLarge(among, among.indexOf(item)) },
      ...(own.length === 2 ? [{ id: "compare", label: t("outputs.action.compare"), Icon: SplitSquareHorizontal, run: compare }] : []),
      ...(isKept(item) ? [{ id: "favourite", label: t(own.every((other) => other.favourite) ? "outputs.action.unfavourite" : "outputs.action.favourite"), Icon: Heart, run: () => void toggleFavourite(own) }] : []),
    ],
    [
      { id: "workflow", label: t("outputs.action.workflow"), Icon: Workflow, run: () => openWorkflow(item) },
      { id: "send", label: t("outputs.action.send"), Icon: ImagePlus, run: () => sendToWorkflow(item) },
      ...(seed === null || seed === undefined ? [] : [{ id: "seed", label: t("outputs.action.useSeed"), Icon: Sprout, run: () => putSeed(seed) }]),
      ...(prompt === "" ? [] : [{ id: "prompt", label: t("outputs.action.usePrompt"), Icon: TextQuote, run: () => putPrompt(prompt, "positive") }, { id: "copy", label: t("outputs.action.copyPrompt"), Icon: Copy, run: () => void copyText(prompt) }]),
    ],
    [
      { id: "download", label: t("outputs.action.download", { count: own.length }), Icon: Download, run: () => download(own) },
      { id: "tab", label: t("fields.openTab"), Icon: ExternalLink, run: () => void window.open(viewUrl(item), "_blank", "noopener") },
    ],
    ...(isKept(item) ? [[{ id: "delete", label: t("outputs.action.delete", { count: own.length }), Icon: Trash2, isDanger: true, run: () => void remove(own) }]] : []),
  ];
}
