/** Files of this machine become the value of a loader. */
import { toast } from "sonner";

import { fetchDefinition, uploadFile } from "@/api/uploads";
import type { InputDef } from "@/formats/definitions";
import { t } from "@/i18n";
import { currentDoc } from "@/model/document";
import { sessionStore } from "@/session/store";

import { edit } from "./edit";
import { ACCEPTED, allowsBatch, destinationOf, mediaOf } from "./media";

/** Files that this input has no use for are told, not sent. */
export async function uploadInto(node: string, input: InputDef, files: readonly File[]): Promise<void> {
  const fitting = files.filter((file) => fits(file, input)).slice(0, allowsBatch(input) ? undefined : 1);
  if (fitting.length === 0) {
    if (files.length > 0) toast.error(t("fields.wrongFile", { name: files[0]?.name ?? "" }));
    return;
  }
  try {
    const names: string[] = [];
    for (const file of fitting) names.push(await uploadFile(file, destinationOf(input)));
    edit(node, input.name, names.length > 1 ? names : (names[0] ?? ""));
    await refreshDefinition(node);
  } catch (error) {
    toast.error(t("fields.uploadFailed"), { description: error instanceof Error ? error.message : String(error) });
  }
}

function fits(file: File, input: InputDef): boolean {
  const accepted = ACCEPTED[mediaOf(input) ?? "file"];
  // The system does not know the kind of every file.
  return accepted === "" || file.type === "" || accepted.split(",").some((kind) => (kind.endsWith("/*") ? file.type.startsWith(kind.slice(0, -1)) : kind === file.type));
}

/** The drop-down learns of the new file. */
async function refreshDefinition(node: string): Promise<void> {
  const type = currentDoc().nodes[node]?.type ?? "";
  const def = await fetchDefinition(type).catch(() => null);
  if (def !== null) sessionStore.setState(({ defs }) => ({ defs: { ...defs, [type]: def } }));
}

/** Files on the clipboard or under the pointer. */
export const filesOf = (data: DataTransfer | null): readonly File[] => [...(data?.files ?? [])];
