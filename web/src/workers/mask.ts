/** The worker that changes whole masks: a large one takes seconds, and the editor goes on meanwhile. */
import { changedTiles, type Job } from "@/mask/change";

self.onmessage = ({ data }: MessageEvent<Job>): void => {
  const tiles = changedTiles(data);
  const buffers = [...tiles.values()].flatMap((tile) => (typeof tile === "number" ? [] : [tile.buffer]));
  self.postMessage(tiles, { transfer: buffers });
};
