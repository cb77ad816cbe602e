/** What every widget's menu offers: its value to and from the clipboard, and back to what it was. */
import { Box, ClipboardPaste, Copy, Maximize2, RotateCcw } from "lucide-react";
import { toast } from "sonner";

import { parseJson, stringifyJson, type Json } from "@/formats/json";
import { defaultValue, takes, type Widget } from "@/formats/widgets";
import { t } from "@/i18n";
import { currentDoc, currentSelection, select } from "@/model/document";
import { isMultiline } from "@/model/geometry";
import { commandTable, runCommand } from "@/palette/registry";
import { openLarge } from "@/prompt/large";
import type { MenuItem } from "@/ui/PopupMenu";
import { toClipboard } from "@/ui/clipboard";

import { edit } from "./edit";

const isSame = (a: Json | undefined, b: Json): boolean => stringifyJson(a ?? null) === stringifyJson(b);

export function ownActions(node: string, widget: Widget): readonly MenuItem[] {
  if (widget.kind === "upload" || widget.kind === "control" || widget.kind === "filter") return [];
  const value = currentDoc().nodes[node]?.values[widget.key];
  const initial = defaultValue(widget);
  return [
    ...(isMultiline(widget) && widget.kind === "text" ? [{ id: "large", label: t("promptEditor.large"), Icon: Maximize2, run: () => openLarge({ node, key: widget.key, place: "node" }) }] : []),
    { id: "copyValue", label: t("fields.copyValue"), Icon: Copy, run: () => void copyValue(value ?? null) },
    { id: "pasteValue", label: t("fields.pasteValue"), Icon: ClipboardPaste, run: () => void pasteValue(node, widget) },
    { id: "resetValue", label: t("fields.resetValue"), Icon: RotateCcw, isDisabled: isSame(value, initial), run: () => edit(node, widget.key, initial) },
  ];
}

const NODE_COMMANDS = ["runTo", "copy", "duplicate", "mute", "bypass", "collapse", "rename", "delete"];

/** The node's own menu is still at hand. */
export function nodeActions(node: string): readonly MenuItem[] {
  const commands = NODE_COMMANDS.flatMap((id) => {
    const command = commandTable()[id];
    return command === undefined ? [] : [{ id, label: t(command.title), isDanger: id === "delete", run: () => onNode(node, id) }];
  });
  return commands.length === 0 ? [] : [{ id: "node", label: t("fields.node"), Icon: Box, items: commands }];
}

function onNode(node: string, command: string): void {
  if (!currentSelection().nodes.includes(node)) select({ nodes: [node] });
  runCommand(command);
}

async function copyValue(value: Json): Promise<void> {
  if (!(await toClipboard(typeof value === "string" ? value : stringifyJson(value)))) toast.error(t("fields.noClipboard"));
}

async function pasteValue(node: string, widget: Widget): Promise<void> {
  const text = await (navigator.clipboard?.readText() ?? Promise.reject(new Error())).catch(() => null);
  if (text === null) toast.error(t("fields.noClipboard"));
  else {
    const value = valueFrom(text, widget);
    if (value === undefined) toast.error(t("fields.doesNotFit", { value: text.slice(0, 60) }));
    else edit(node, widget.key, value);
  }
}

/** What the text means to this widget; undefined where it means nothing. */
export function valueFrom(text: string, widget: Widget): Json | undefined {
  if (takes(widget, text)) return text;
  try {
    const value = parseJson(text);
    return takes(widget, value) ? value : undefined;
  } catch {
    return undefined;
  }
}
