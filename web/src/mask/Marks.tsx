/** The brush's outline, the crosshair, and the shape being drawn; light on dark, so that they show on any picture. */
import styles from "./Stage.module.css";
import { maskStore } from "./state";
import { toStage } from "./view";

/** Smaller outlines would hide in the crosshair. */
const LEAST = 3;
const ARM = 9;

export function Marks() {
  return (
    <svg className={styles.marks} aria-hidden="true">
      <Outline />
      <Cursor />
    </svg>
  );
}

/** Drawn twice: a dark line under a light one. */
function Line({ d, erases = false }: { readonly d: string; readonly erases?: boolean }) {
  return (
    <>
      <path className={styles.under} d={d} />
      <path className={styles.over} data-erases={erases || undefined} d={d} />
    </>
  );
}

function Outline() {
  const outline = maskStore((state) => state.outline);
  const view = maskStore((state) => state.view);
  const cursor = maskStore((state) => state.cursor);
  if (outline === null) return null;
  const points = outline.isClosed || cursor === null ? outline.points : [...outline.points, cursor];
  const places = points.map((point) => toStage(view, point));
  const d = `M${places.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}${outline.isClosed ? "Z" : ""}`;
  const [first] = places;
  return (
    <>
      <Line d={d} />
      {!outline.isClosed && first !== undefined && <Line d={circle(first.x, first.y, 5)} />}
    </>
  );
}

const circle = (x: number, y: number, r: number): string => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
const square = (x: number, y: number, r: number): string => `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}Z`;
const cross = (x: number, y: number, gap: number, arm: number): string =>
  `M${x - gap - arm} ${y}h${arm}M${x + gap} ${y}h${arm}M${x} ${y - gap - arm}v${arm}M${x} ${y + gap}v${arm}`;

function Cursor() {
  const cursor = maskStore((state) => state.cursor);
  const view = maskStore((state) => state.view);
  const size = maskStore((state) => state.size);
  const shape = maskStore((state) => state.shape);
  const isBrush = maskStore((state) => state.tool === "brush");
  const isByKeys = maskStore((state) => state.isByKeys);
  const erases = maskStore((state) => state.erases);
  const isPanning = maskStore((state) => state.isPanning);
  if (cursor === null || isPanning) return null;
  const { x, y } = toStage(view, cursor);
  const radius = (size / 2) * view.zoom;
  const hasTip = isBrush && radius >= LEAST;
  const tip = shape === "round" ? circle(x, y, radius) : square(x, y, radius);
  return (
    <>
      {hasTip && <Line d={tip} erases={erases} />}
      {(isByKeys || !hasTip) && <Line d={cross(x, y, 3, isByKeys ? 2 * ARM : ARM)} />}
    </>
  );
}
