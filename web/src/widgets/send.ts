/** What can be done with a result: see, save, copy, and send it on to a loader. */
import { Copy, Download, ExternalLink, Maximize2, Plus, Send } from "lucide-react";
import { toast } from "sonner";

import { viewUrl, type FileRef } from "@/api/client";
import { fetchBlob } from "@/api/uploads";
import { currentDefs, titleOf } from "@/session/store";
import type { InputDef, NodeDefs } from "@/formats/definitions";
import { t } from "@/i18n";
import { setValue } from "@/model/actions";
import { currentDoc, transact } from "@/model/document";
import type { Doc } from "@/model/types";
import { uiStore } from "@/session/ui";
import { addNodeAt } from "@/tabs/files";
import type { MenuItem } from "@/ui/PopupMenu";
import { saveUrl } from "@/ui/textFile";

import { edit } from "./edit";
import { mediaOf, type Media } from "./media";
import { annotatedName, type MediaKind } from "./outputs";

const GAP = 48;
/** Loaders that a result of this kind starts anew, the first that the server has. */
const LOADERS: Readonly<Record<MediaKind, readonly string[]>> = { image: ["LoadImage"], video: ["LoadVideo"], audio: ["LoadAudio"], file: [] };

export interface Loader {
  readonly id: string;
  readonly title: string;
  readonly input: string;
}

const takesKind = (input: InputDef, kind: Media): boolean => mediaOf(input) === kind;

/** Nodes of the page that load files of this kind. */
export function loadersOf(doc: Doc, defs: NodeDefs, kind: MediaKind): readonly Loader[] {
  return Object.values(doc.nodes).flatMap((node) => {
    const input = defs[node.type]?.inputs.find((candidate) => takesKind(candidate, kind));
    return input === undefined ? [] : [{ id: node.id, title: titleOf(doc, defs, node.id), input: input.name }];
  });
}

function addLoader(from: string, type: string, file: FileRef): void {
  const input = currentDefs()[type]?.inputs.find((candidate) => mediaOf(candidate) !== null)?.name ?? "image";
  const node = currentDoc().nodes[from];
  const at = node === undefined ? { x: 0, y: 0 } : { x: node.position.x + node.size.width + GAP, y: node.position.y + 16 };
  const id = addNodeAt(type, at);
  transact("step.add", (doc) => setValue(doc, id, input, annotatedName(file)));
}

/** Clipboards hold PNG alone. */
async function asPng(blob: Blob): Promise<Blob> {
  if (blob.type === "image/png") return blob;
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

async function copyPicture(file: FileRef): Promise<void> {
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": fetchBlob(file).then(asPng) })]);
    toast(t("fields.copied"), { duration: 1500 });
  } catch {
    toast.error(t("fields.copyFailed"));
  }
}

export interface Result {
  readonly node: string;
  readonly file: FileRef;
  readonly kind: MediaKind;
  /** The pictures among which the large view turns. */
  readonly among: readonly FileRef[];
}

export function resultSections({ node, file, kind, among }: Result): readonly (readonly MenuItem[])[] {
  const isPicture = kind === "image";
  const see: MenuItem[] = [
    ...(isPicture ? [{ id: "open", label: t("fields.open"), Icon: Maximize2, run: () => uiStore.setState({ lightbox: { items: among, index: Math.max(0, among.indexOf(file)) } }) }] : []),
    { id: "tab", label: t("fields.openTab"), Icon: ExternalLink, run: () => void window.open(viewUrl(file), "_blank", "noopener") },
    { id: "save", label: t("fields.save"), Icon: Download, run: () => saveUrl(file.filename, viewUrl(file)) },
    ...(isPicture ? [{ id: "copy", label: t("fields.copyPicture"), Icon: Copy, run: () => void copyPicture(file) }] : []),
  ];
  const targets = targetsOf(node, file, kind);
  return targets.length === 0 ? [see] : [see, [{ id: "send", label: t("fields.sendTo"), Icon: Send, items: targets }]];
}

function targetsOf(node: string, file: FileRef, kind: MediaKind): readonly MenuItem[] {
  const defs = currentDefs();
  const fresh = LOADERS[kind].find((type) => defs[type] !== undefined);
  const existing = loadersOf(currentDoc(), defs, kind);
  return [
    ...(fresh === undefined ? [] : [{ id: "new", label: t("fields.newLoader"), Icon: Plus, run: () => addLoader(node, fresh, file) }]),
    ...existing.map(({ id, title, input }) => ({ id, label: `${title} · ${id}`, run: () => edit(id, input, annotatedName(file)) })),
  ];
}
