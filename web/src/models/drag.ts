/** Models that are dragged onto the canvas. */
import type { DragEvent } from "react";

import { registerDrop } from "@/canvas/drop";

import { addModel } from "./actions";
import type { Entry } from "./tree";

const MODEL_TYPE = "application/x-heddle-model";

export function dragModel(event: DragEvent, { folder, name }: Entry): void {
  event.dataTransfer.setData(MODEL_TYPE, JSON.stringify({ folder, name }));
  event.dataTransfer.effectAllowed = "copy";
}

registerDrop(MODEL_TYPE, (text, at) => addModel(JSON.parse(text) as Pick<Entry, "folder" | "name">, at));
