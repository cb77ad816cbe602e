/** Wires as they are drawn just now, as chains of points: what a knife crosses and what lies under a node. */
import type { Box } from "@/model/grouping";
import type { Point } from "@/model/types";

export interface Stroke {
  /** Id of the stretch of wire. */
  readonly id: string;
  readonly points: readonly Point[];
}

const STEP = 14;
const MOST = 60;

/** Of the wires in sight. */
export function strokes(): readonly Stroke[] {
  return [...document.querySelectorAll<SVGPathElement>(".react-flow__edge path.react-flow__edge-path")].flatMap((path): Stroke[] => {
    const id = path.closest<SVGElement>(".react-flow__edge")?.dataset["id"];
    const length = path.getTotalLength();
    if (id === undefined || length === 0) return [];
    const count = Math.min(MOST, Math.max(2, Math.ceil(length / STEP)));
    return [{ id, points: Array.from({ length: count + 1 }, (_unused, i) => path.getPointAtLength((length * i) / count)) }];
  });
}

/** The middle of a wire, where there is one in sight. */
export function middleOf(id: string): Point | null {
  const path = document.querySelector<SVGPathElement>(`.react-flow__edge[data-id="${CSS.escape(id)}"] path.react-flow__edge-path`);
  return path === null ? null : path.getPointAtLength(path.getTotalLength() / 2);
}

/** Ids of what a line crosses. */
export function crossed(all: readonly Stroke[], line: readonly Point[]): ReadonlySet<string> {
  return new Set(all.filter(({ points }) => doCross(points, line)).map(({ id }) => id));
}

function doCross(a: readonly Point[], b: readonly Point[]): boolean {
  for (let i = 1; i < a.length; i += 1) for (let j = 1; j < b.length; j += 1) if (segmentsCross(a[i - 1], a[i], b[j - 1], b[j])) return true;
  return false;
}

type Maybe = Point | undefined;

export function segmentsCross(a: Maybe, b: Maybe, c: Maybe, d: Maybe): boolean {
  if (a === undefined || b === undefined || c === undefined || d === undefined) return false;
  const side = (p: Point, q: Point, r: Point): number => (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
  return side(a, b, c) * side(a, b, d) <= 0 && side(c, d, a) * side(c, d, b) <= 0 && side(a, b, c) !== side(a, b, d);
}

/** The wire that runs through the middle of a box, or else through it at all. */
export function under(all: readonly Stroke[], box: Box): string | null {
  const within = (part: number) => ({ x, y }: Point): boolean => {
    const [marginX, marginY] = [(box.width * (1 - part)) / 2, (box.height * (1 - part)) / 2];
    return x > box.x + marginX && x < box.x + box.width - marginX && y > box.y + marginY && y < box.y + box.height - marginY;
  };
  const through = (part: number): string | undefined => all.find(({ points }) => points.some(within(part)))?.id;
  return through(0.5) ?? through(1) ?? null;
}
