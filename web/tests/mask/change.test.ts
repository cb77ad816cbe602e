import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { closeHoles, featherLayer, growLayer, invert, shrinkLayer, stopChange } from "@/mask/adjust";
import { changedTiles, type Change, type Job } from "@/mask/change";
import { beginStroke } from "@/mask/draw";
import { addLayer, newLayer, redo, undo } from "@/mask/edit";
import { radii } from "@/mask/feather";
import { save } from "@/mask/save";
import { isChanged, maskStore, reset } from "@/mask/state";
import { swapTiles } from "@/mask/tiles";
import { copyPlane, newPlane, type Plane } from "@/mask/plane";

import { at, boxed, mass, planeWith } from "./pictures";
import { activePlane, openedPicture } from "./opened";

const get = maskStore.getState;
const after = (plane: Plane, change: Change): Plane => {
  const made = copyPlane(plane);
  swapTiles(made, changedTiles({ plane, change }));
  return made;
};

/** Blots, single pixels, soft edges and free rows, by chance that is the same each time. */
const blots = (width: number, height: number, seed: number): Plane =>
  planeWith(width, height, (x, y) => {
    const chance = Math.abs(Math.sin((x + 1) * 12.9898 + (y + 1) * 78.233 + seed) * 43758.5453) % 1;
    const isBlot = Math.hypot((x % 19) - 6 - seed, (y % 17) - 8) < 4 + seed;
    return y % 13 === 5 ? 0 : isBlot ? 255 : chance < 0.02 ? 200 : chance > 0.97 ? 90 : 0;
  });

describe("on small masks, by looking at every pixel from every other", () => {
  const nearest = (plane: Plane, x: number, y: number, isWanted: (value: number) => boolean): number => {
    let least = Infinity;
    for (let v = 0; v < plane.height; v++) for (let u = 0; u < plane.width; u++) if (isWanted(at(plane, u, v))) least = Math.min(least, Math.hypot(u - x, v - y));
    return least;
  };
  const share = (part: number): number => Math.round(255 * Math.min(1, Math.max(0, part)));
  const cases = [0, 1, 2, 3].flatMap((seed) => [1, 2, 5, 9].map((by) => [seed, by] as const));

  it.each(cases)("growing is a matter of distance (%d, by %d)", (seed, by) => {
    const plane = blots(41, 29, seed);
    expect(after(plane, { kind: "grow", by })).toEqual(planeWith(41, 29, (x, y) => share(by + 1 - nearest(plane, x, y, (value) => value >= 128))));
  });

  it.each(cases)("so is shrinking (%d, by %d)", (seed, by) => {
    const plane = blots(41, 29, seed);
    expect(after(plane, { kind: "shrink", by })).toEqual(planeWith(41, 29, (x, y) => share(nearest(plane, x, y, (value) => value < 128) - by)));
  });

  it.each(cases)("feathering is three means over squares (%d, by %d)", (seed, by) => {
    const plane = blots(41, 29, seed);
    let values = [...plane.data].map(Number);
    const mean = (x: number, y: number, radius: number): number => {
      let sum = 0;
      for (let v = -radius; v <= radius; v++) {
        for (let u = -radius; u <= radius; u++) sum += values[Math.min(28, Math.max(0, y + v)) * 41 + Math.min(40, Math.max(0, x + u))] ?? 0;
      }
      return sum / (2 * radius + 1) ** 2;
    };
    for (const radius of radii(by)) values = values.map((_value, index) => mean(index % 41, Math.floor(index / 41), radius));
    const made = after(plane, { kind: "feather", by });
    values.forEach((value, index) => expect(Math.abs((made.data[index] ?? 0) - value)).toBeLessThanOrEqual(0.502));
  });
});

it("only tiles that become others are handed back", () => {
  const plane = boxed(600, 600, { left: 10, top: 10, right: 20, bottom: 20 });
  expect([...changedTiles({ plane, change: { kind: "grow", by: 3 } }).keys()]).toEqual([0]);
  expect(changedTiles({ plane, change: { kind: "holes" } }).size).toBe(0);
  expect(changedTiles({ plane, change: { kind: "invert" } }).size).toBe(25);
});

/** Large enough for the work to be done elsewhere: a square of 200 pixels in it. */
function openedLarge(): void {
  openedPicture(1, 1);
  const plane = newPlane(2000, 1600);
  for (let y = 700; y < 900; y++) plane.data.fill(255, y * 2000 + 900, y * 2000 + 1100);
  const layer = newLayer([], plane);
  maskStore.setState({ layers: [layer], active: layer.id, scratch: newPlane(2000, 1600) });
}

describe("a large mask", () => {
  const dab = { x: 50, y: 50, radius: 8, strength: 1 };
  const done = async (): Promise<void> => await get().busy?.done;
  // Matchers take minutes for millions of bytes.
  const isLike = (bytes: Uint8Array): boolean => bytes.every((value, index) => value === activePlane().data[index]);
  beforeEach(openedLarge);
  afterEach(reset);

  it("is changed later, in one step", async () => {
    const before = activePlane().data.slice();
    growLayer();
    expect(get().busy?.label).toBe("mask.step.grow");
    expect(isLike(before)).toBe(true);
    await done();
    expect(get().busy).toBeNull();
    expect(get().history.past).toHaveLength(1);
    expect(mass(activePlane())).toBeGreaterThan(200 * 200);
    const grown = activePlane().data.slice();
    undo();
    expect(isLike(before)).toBe(true);
    redo();
    expect(isLike(grown)).toBe(true);
  });

  it("is drawn anew only where it changed", async () => {
    shrinkLayer();
    await done();
    const rects = get().dirty?.rects ?? [];
    expect(rects.length).toBeGreaterThan(0);
    expect(rects.every(({ left, top, right, bottom }) => left < 1100 && top < 900 && right > 900 && bottom > 700)).toBe(true);
  });

  it("takes no strokes, steps or other changes meanwhile, and says why", async () => {
    invert();
    await done();
    featherLayer();
    expect(beginStroke(dab, false)).toBeNull();
    expect(get().note).toContain("Feather is still at work");
    undo();
    growLayer();
    addLayer();
    expect(get().history.past).toHaveLength(1);
    expect(get().layers).toHaveLength(1);
    expect(get().busy?.label).toBe("mask.step.feather");
    await done();
    expect(get().note).toBeNull();
    expect(get().history.past.map(({ label }) => label)).toEqual(["mask.step.invert", "mask.step.feather"]);
    expect(beginStroke(dab, false)).not.toBeNull();
  });

  it("that is being changed is not left without a question", async () => {
    expect(isChanged(get())).toBe(false);
    growLayer();
    expect(isChanged(get())).toBe(true);
    await done();
  });

  it("is saved when the change is done", async () => {
    growLayer();
    await save({ image: { filename: "a.png", subfolder: "", type: "input" }, onSave: () => undefined });
    expect(get().busy).toBeNull();
    expect(get().history.past).toHaveLength(1);
  });

  it("nothing happens in the middle of a stroke", () => {
    maskStore.setState({ isDrawing: true });
    growLayer();
    expect(get().busy).toBeNull();
  });
});

describe("the worker", () => {
  const workers: Stand[] = [];

  /** Hands messages over as a browser does: what is transferred is gone here. */
  class Stand {
    onmessage: ((event: { readonly data: unknown }) => void) | null = null;
    onerror: ((event: { readonly message: string }) => void) | null = null;
    isRunning = true;
    constructor(readonly url: URL) {
      workers.push(this);
    }
    postMessage(message: Job, transfer: Transferable[]): void {
      const job = structuredClone(message, { transfer });
      setTimeout(() => {
        if (!this.isRunning) return;
        if (job.plane.data[0] === 7) this.onerror?.({ message: "out of memory" });
        else this.onmessage?.({ data: changedTiles(job) });
      });
    }
    terminate(): void {
      this.isRunning = false;
    }
  }

  beforeEach(() => {
    workers.length = 0;
    Object.assign(globalThis, { Worker: Stand });
    openedLarge();
  });
  afterEach(() => {
    Reflect.deleteProperty(globalThis, "Worker");
    reset();
  });

  it("works on a copy, so that the mask stays in sight, and ends with its work", async () => {
    growLayer();
    expect(workers.map(({ url }) => url.pathname)).toEqual([expect.stringMatching(/workers\/mask\.ts$/)]);
    expect(activePlane().data).toHaveLength(2000 * 1600);
    await get().busy?.done;
    expect(mass(activePlane())).toBeGreaterThan(200 * 200);
    expect(workers[0]?.isRunning).toBe(false);
  });

  it("is stopped, and the mask is as it was", async () => {
    featherLayer();
    const done = get().busy?.done;
    expect(stopChange()).toBe(true);
    await done;
    expect(get().busy).toBeNull();
    expect(get().said).toBe("Feather stopped");
    expect(get().history.past).toHaveLength(0);
    expect(workers[0]?.isRunning).toBe(false);
    expect(stopChange()).toBe(false);
  });

  it("is stopped when the editor closes", async () => {
    growLayer();
    const done = get().busy?.done;
    reset();
    await done;
    expect(workers[0]?.isRunning).toBe(false);
  });

  it("that breaks is told, and the mask is as it was", async () => {
    activePlane().data[0] = 7;
    closeHoles();
    await get().busy?.done;
    expect(get().note).toBe("Fill holes could not be done; the mask is as it was. out of memory.");
    expect(get().history.past).toHaveLength(0);
  });
});
