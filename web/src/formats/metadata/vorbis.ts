/** Vorbis comments, as FLAC and OGG hold them: `KEY=text`, each behind its length. */
import { utf8, viewOf, type Pair } from "./bytes";

export function* vorbisComments(bytes: Uint8Array): Generator<Pair> {
  const view = viewOf(bytes);
  let at = 4 + view.getUint32(0, true);
  const count = view.getUint32(at, true);
  at += 4;
  for (let i = 0; i < count; i += 1) {
    const size = view.getUint32(at, true);
    at += 4;
    if (at + size > bytes.length) return;
    const text = utf8(bytes.subarray(at, at + size));
    const sign = text.indexOf("=");
    if (sign > 0) yield [text.slice(0, sign), text.slice(sign + 1)];
    at += size;
  }
}
