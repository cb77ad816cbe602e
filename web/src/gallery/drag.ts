/** Pictures that are dragged onto the canvas: they become loaders. */
import type { DragEvent } from "react";

import { viewUrl, type FileRef } from "@/api/client";
import { registerDrop } from "@/canvas/drop";

/** Drag data of a file of the server. */
const PICTURE_TYPE = "application/x-heddle-picture";

export function dragPicture(event: DragEvent, { filename, subfolder, type }: FileRef): void {
  event.dataTransfer.setData(PICTURE_TYPE, JSON.stringify({ filename, subfolder, type }));
  event.dataTransfer.setData("text/uri-list", new URL(viewUrl({ filename, subfolder, type }), window.location.href).href);
  event.dataTransfer.effectAllowed = "copy";
}

registerDrop(PICTURE_TYPE, (text, at) => {
  const file = JSON.parse(text) as FileRef;
  void import("./actions").then(({ loadInto }) => loadInto(file, at));
});
