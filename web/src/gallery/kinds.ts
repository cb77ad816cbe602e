/** What a file of the gallery is, and the name by which it is told from others. */
import type { FileRef } from "@/api/client";
import type { Kind } from "@/api/gallery";

const VIDEO = /\.(mp4|webm|mov|mkv|m4v|avi)$/i;
const AUDIO = /\.(mp3|wav|ogg|opus|flac|m4a|aac)$/i;

export function kindOf({ filename }: Pick<FileRef, "filename">): Kind {
  if (VIDEO.test(filename)) return "video";
  return AUDIO.test(filename) ? "audio" : "image";
}

export const fileKey = ({ type, subfolder, filename }: FileRef): string => `${type}/${subfolder}/${filename}`;
