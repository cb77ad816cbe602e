/** Where one looks at a picture, and how closely. Pure. */
export interface Look {
  /** 1 shows all of it. */
  readonly scale: number;
  /** How far the middle is moved, in pixels of the screen. */
  readonly x: number;
  readonly y: number;
}

export const WHOLE: Look = { scale: 1, x: 0, y: 0 };
export const CLOSEST = 32;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The picture never leaves the stage altogether, and what fits stays in the middle. */
export function held({ scale, x, y }: Look, stage: Size): Look {
  const within = (value: number, length: number): number => {
    const room = Math.max(0, (length * (scale - 1)) / 2);
    return Math.max(-room, Math.min(room, value));
  };
  return scale <= 1 ? WHOLE : { scale, x: within(x, stage.width), y: within(y, stage.height) };
}

/** Closer by a factor; what is under `at`, told from the middle of the stage, stays where it is. */
export function zoomed(look: Look, factor: number, at: { readonly x: number; readonly y: number }, stage: Size): Look {
  const scale = Math.max(1, Math.min(CLOSEST, look.scale * factor));
  const by = scale / look.scale;
  return held({ scale, x: at.x - (at.x - look.x) * by, y: at.y - (at.y - look.y) * by }, stage);
}

export const moved = (look: Look, dx: number, dy: number, stage: Size): Look => held({ ...look, x: look.x + dx, y: look.y + dy }, stage);

/** How much larger than "all of it" a picture is when each of its pixels is one of the screen's. */
export function actualScale(picture: Size, stage: Size): number {
  if (picture.width === 0 || picture.height === 0 || stage.width === 0 || stage.height === 0) return 1;
  const fit = Math.min(stage.width / picture.width, stage.height / picture.height);
  return Math.max(1, 1 / fit);
}
