/** Live previews: the newest picture of a node, at most one a frame. */
import { patchNode, runOf } from "./store";

const waiting = new Map<string, Blob>();
let frame = 0;

/** `key` is that of the run state, `runKey`. */
export function showPreview(key: string, image: Blob): void {
  waiting.set(key, image);
  if (frame === 0) frame = requestAnimationFrame(flush);
}

function flush(): void {
  frame = 0;
  for (const [key, image] of waiting) {
    const before = runOf(key).preview;
    patchNode(key, { preview: URL.createObjectURL(image) });
    // The old picture is let go once the new one is on the screen.
    if (before !== null) setTimeout(() => URL.revokeObjectURL(before), 500);
  }
  waiting.clear();
}
