/** Pictures beside choices: the files of loaders themselves, and the preview pictures of models. */
import { create } from "zustand";

import { annotatedFile, viewUrl } from "@/api/client";
import { fetchModelPlaces, modelPreviewUrl } from "@/api/uploads";
import { text as asText } from "@/formats/file";
import type { Json } from "@/formats/json";
import type { Widget } from "@/formats/widgets";

import { destinationOf, mediaOf, withFolder } from "./media";
import { mediaKind } from "./outputs";

/** Folder of models that an input of this name lists. */
const FOLDERS: Readonly<Record<string, string>> = {
  ckpt_name: "checkpoints",
  lora_name: "loras",
  vae_name: "vae",
  control_net_name: "controlnet",
  unet_name: "diffusion_models",
  style_model_name: "style_models",
  clip_vision: "clip_vision",
  gligen_name: "gligen",
  hypernetwork_name: "hypernetworks",
  upscale_model: "upscale_models",
  ipadapter_file: "ipadapter",
};

export const modelFolder = ({ input }: Pick<Widget, "input">): string | null => FOLDERS[input.name.replace(/_?\d+$/, "")] ?? null;

type Places = ReadonlyMap<string, number>;
const NO_PLACES: Places = new Map();
const placeStore = create<Readonly<Record<string, Places>>>()(() => ({}));

/** Learns where the models of a folder lie; without it there are no previews, and nothing else is lost. */
export async function learnPlaces(folder: string): Promise<void> {
  if (placeStore.getState()[folder] !== undefined) return;
  placeStore.setState({ [folder]: NO_PLACES });
  placeStore.setState({ [folder]: await fetchModelPlaces(folder).catch(() => NO_PLACES) });
}

export const usePlaces = (folder: string | null): Places => placeStore((state) => (folder === null ? NO_PLACES : (state[folder] ?? NO_PLACES)));

export type PreviewOf = (choice: Json) => string | null;

/** Small pictures for every row; only for inputs whose choices are pictures. */
export function thumbnailsOf({ input }: Widget): PreviewOf | null {
  if (mediaOf(input) !== "image") return null;
  const destination = destinationOf(input);
  return (choice) => {
    const file = annotatedFile(withFolder(asText(choice), destination));
    return mediaKind(file) === "image" ? viewUrl(file, true) : null;
  };
}

export function modelPreviews(folder: string | null, places: Places): PreviewOf | null {
  if (folder === null || places.size === 0) return null;
  return (choice) => {
    const place = places.get(asText(choice));
    return place === undefined ? null : modelPreviewUrl(folder, place, asText(choice));
  };
}
