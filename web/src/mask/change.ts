/** Changes of all of a layer's bytes at once, as data that can be handed to a worker. */
import { grow, shrink } from "./distance";
import { feather } from "./feather";
import { fillHoles } from "./holes";
import { inverted, newPlane, type Plane } from "./plane";
import { differing, type Tiles } from "./tiles";

export type Change = { readonly kind: "invert" | "clear" | "holes" } | { readonly kind: "grow" | "shrink" | "feather"; readonly by: number };

export interface Job {
  readonly plane: Plane;
  readonly change: Change;
}

function changed({ plane, change }: Job): Plane {
  switch (change.kind) {
    case "invert":
      return inverted(plane);
    case "clear":
      return newPlane(plane.width, plane.height);
    case "holes":
      return fillHoles(plane);
    case "grow":
      return grow(plane, change.by);
    case "shrink":
      return shrink(plane, change.by);
    case "feather":
      return feather(plane, change.by);
  }
}

/** The tiles that become others, with their new bytes. */
export const changedTiles = (job: Job): Tiles => differing(job.plane, changed(job));

/** In a worker on a copy of the plane, for its own bytes stay in sight; where there are no workers, when the screen has shown what is being done. */
export async function changedLater(job: Job, signal: AbortSignal): Promise<Tiles> {
  if (typeof Worker === "undefined") {
    await new Promise((resolve) => setTimeout(resolve));
    return changedTiles(job);
  }
  const worker = new Worker(new URL("../workers/mask.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise<Tiles>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("stopped")));
      worker.onmessage = ({ data }: MessageEvent<Tiles>) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message || "the worker of masks stopped"));
      const data = job.plane.data.slice();
      worker.postMessage({ ...job, plane: { ...job.plane, data } } satisfies Job, [data.buffer]);
    });
  } finally {
    worker.terminate();
  }
}
