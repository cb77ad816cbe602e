/** Live previews: the newest picture of a node, at most one a frame. */
import { patchNode, runOf } from "./store";

const waiting = new Map<string, Blob>();
let frame = 0;

export function showPreview(node: string, image: Blob): void {
  waiting.set(node, image);
  if (frame === 0) frame = requestAnimationFrame(flush);
}

function flush(): void {
  frame = 0;
  for (const [node, image] of waiting) {
    const before = runOf(node).preview;
    patchNode(node, { preview: URL.createObjectURL(image) });
    // The old picture is let go once the new one is on the screen.
    if (before !== null) setTimeout(() => URL.revokeObjectURL(before), 500);
  }
  waiting.clear();
}
