/** A picture from this machine becomes the value of a loader. */
import { fetchDefinitions, uploadImage } from "@/api/client";
import { sessionStore } from "@/app/session";

import { edit } from "./edit";

export async function uploadInto(node: string, input: string, file: File): Promise<void> {
  const name = await uploadImage(file);
  edit(node, input, name);
  // The drop-down learns of the new file.
  const defs = await fetchDefinitions().catch(() => null);
  if (defs !== null) sessionStore.setState({ defs });
}
