/** Binary websocket frames: previews. Integers are big-endian. */
import { isObject, parseJson } from "@/formats/json";

export interface PreviewFrame {
  /** Node the picture belongs to; null in frames of the old kind. */
  readonly node: string | null;
  readonly run: string | null;
  readonly image: Blob;
}

const PREVIEW = 1;
const PREVIEW_WITH_METADATA = 4;
const FORMATS: Readonly<Record<number, string>> = { 1: "image/jpeg", 2: "image/png" };

export function readFrame(buffer: ArrayBuffer): PreviewFrame | null {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8) return null;
  const kind = view.getUint32(0);
  const second = view.getUint32(4);
  if (kind === PREVIEW) return { node: null, run: null, image: new Blob([buffer.slice(8)], { type: FORMATS[second] ?? "image/png" }) };
  if (kind !== PREVIEW_WITH_METADATA || 8 + second > buffer.byteLength) return null;
  return withMetadata(buffer, second);
}

function withMetadata(buffer: ArrayBuffer, length: number): PreviewFrame | null {
  try {
    const parsed = parseJson(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
    const metadata = isObject(parsed) ? parsed : {};
    const word = (key: string): string | null => (typeof metadata[key] === "string" ? metadata[key] : null);
    return {
      node: word("display_node_id") ?? word("node_id"),
      run: word("prompt_id"),
      image: new Blob([buffer.slice(8 + length)], { type: word("image_type") ?? "image/jpeg" }),
    };
  } catch {
    return null;
  }
}
