/** Which files an input takes, and where they go. */
import type { Destination, FileFolder } from "@/api/uploads";
import type { InputDef } from "@/formats/definitions";
import { isUpload, type Widget } from "@/formats/widgets";

export type Media = "image" | "video" | "audio" | "file";

const OPTIONS: readonly (readonly [string, Media])[] = [
  ["image_upload", "image"],
  ["animated_image_upload", "image"],
  ["video_upload", "video"],
  ["audio_upload", "audio"],
  ["mesh_upload", "file"],
  ["file_upload", "file"],
];

export const mediaOf = ({ options }: InputDef): Media | null => OPTIONS.find(([option]) => options[option] === true)?.[1] ?? null;

/** What the dialog of the system is asked for. */
export const ACCEPTED: Readonly<Record<Media, string>> = {
  image: "image/*",
  video: "video/*,image/gif,image/webp",
  audio: "audio/*,video/mp4,video/webm",
  file: "",
};

/** Whether the upload stands right below the drop-down: others have a row of their own at the node's end. */
export const isMediaCombo = ({ kind, input }: Widget): boolean => kind === "combo" && mediaOf(input) !== null && !(input.required && isUpload(input));

export function destinationOf({ options }: InputDef): Destination {
  const folder = options["image_folder"];
  const subfolder = options["upload_subfolder"];
  const isFolder = (name: unknown): name is FileFolder => name === "input" || name === "output" || name === "temp";
  return { folder: isFolder(folder) ? folder : "input", subfolder: typeof subfolder === "string" ? subfolder : "" };
}

export const allowsBatch = ({ options }: InputDef): boolean => options["allow_batch"] === true;

/** Names inside a folder that is not the input's are told without it in the list of choices. */
export function withFolder(name: string, { folder }: Destination): string {
  return folder === "input" || / \[(input|output|temp)\]$/.test(name) ? name : `${name} [${folder}]`;
}
