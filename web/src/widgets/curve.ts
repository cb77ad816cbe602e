/** Curves through points in the unit square: reading, editing and drawing them. */
import { isObject, type Json } from "@/formats/json";

export type CurvePoint = readonly [x: number, y: number];

export interface Curve {
  readonly points: readonly CurvePoint[];
  readonly interpolation: string;
  /** Whether the value is an object that also names the interpolation, or the bare list of points. */
  readonly isBare: boolean;
}

const STRAIGHT: readonly CurvePoint[] = [[0, 0], [1, 1]];
/** Points keep this distance, so that their order stays. */
const GAP = 0.005;
const LINEAR = "linear";
const SMOOTH = "monotone_cubic";

const unit = (value: number): number => Math.min(1, Math.max(0, value));
const tidy = (value: number): number => Math.round(unit(value) * 1000) / 1000;

export function readCurve(value: Json | undefined): Curve {
  const list = isObject(value) ? value["points"] : value;
  const points = (Array.isArray(list) ? list : []).flatMap((item): CurvePoint[] => {
    const [x, y] = Array.isArray(item) ? item : isObject(item) ? [item["x"], item["y"]] : [];
    return typeof x === "number" && typeof y === "number" ? [[unit(x), unit(y)]] : [];
  });
  const sorted = points.sort((a, b) => a[0] - b[0]);
  const interpolation = isObject(value) && typeof value["interpolation"] === "string" ? value["interpolation"] : SMOOTH;
  return { points: sorted.length < 2 ? STRAIGHT : sorted, interpolation, isBare: Array.isArray(value) };
}

/** In the form in which it came; what else an object holds is kept. */
export function writeCurve(curve: Curve, before: Json | undefined): Json {
  const points = curve.points.map(([x, y]): Json => [x, y]);
  if (curve.isBare) return points;
  return { ...(isObject(before) ? before : {}), points, interpolation: curve.interpolation };
}

/** A point goes where it is drawn to, between its neighbours. */
export function movePoint({ points, ...rest }: Curve, index: number, [x, y]: CurvePoint): Curve {
  const low = (points[index - 1]?.[0] ?? -GAP) + GAP;
  const high = (points[index + 1]?.[0] ?? 1 + GAP) - GAP;
  const moved: CurvePoint = [tidy(Math.min(high, Math.max(low, x))), tidy(y)];
  return { ...rest, points: points.map((point, i) => (i === index ? moved : point)) };
}

export function addPoint(curve: Curve, [x, y]: CurvePoint): { readonly curve: Curve; readonly index: number } {
  const near = curve.points.findIndex((point) => Math.abs(point[0] - x) < GAP);
  if (near >= 0) return { curve, index: near };
  const index = curve.points.filter((point) => point[0] < x).length;
  return { curve: { ...curve, points: curve.points.toSpliced(index, 0, [tidy(x), tidy(y)]) }, index };
}

/** A curve has two points at least. */
export function removePoint(curve: Curve, index: number): Curve {
  return curve.points.length <= 2 ? curve : { ...curve, points: curve.points.toSpliced(index, 1) };
}

export const toggled = (curve: Curve): Curve => ({ ...curve, interpolation: curve.interpolation === LINEAR ? SMOOTH : LINEAR, isBare: false });
export const isLinear = ({ interpolation }: Curve): boolean => interpolation === LINEAR;

/** The curve's height at x; beyond the outer points it goes on level. */
export function heightAt(curve: Curve, x: number): number {
  const { points } = curve;
  const next = points.findIndex((point) => point[0] >= x);
  const [right, left] = [points[next], points[next - 1]];
  if (right === undefined) return points[points.length - 1]?.[1] ?? 0;
  if (left === undefined) return right[1];
  const width = right[0] - left[0];
  const share = width === 0 ? 1 : (x - left[0]) / width;
  if (isLinear(curve)) return left[1] + share * (right[1] - left[1]);
  return hermite(left[1], right[1], slopeAt(points, next - 1) * width, slopeAt(points, next) * width, share);
}

function hermite(a: number, b: number, slopeA: number, slopeB: number, share: number): number {
  const [s2, s3] = [share ** 2, share ** 3];
  return a * (2 * s3 - 3 * s2 + 1) + b * (3 * s2 - 2 * s3) + slopeA * (s3 - 2 * s2 + share) + slopeB * (s3 - s2);
}

/** Slopes that never overshoot (Fritsch and Butland 1984): the harmonic mean of both sides, level at peaks. */
function slopeAt(points: readonly CurvePoint[], i: number): number {
  const before = steepness(points[i - 1], points[i]);
  const after = steepness(points[i], points[i + 1]);
  if (before === null) return after ?? 0;
  if (after === null) return before;
  return before * after <= 0 ? 0 : (2 * before * after) / (before + after);
}

function steepness(a: CurvePoint | undefined, b: CurvePoint | undefined): number | null {
  return a === undefined || b === undefined || a[0] === b[0] ? null : (b[1] - a[1]) / (b[0] - a[0]);
}

/** Path of the curve in a square of `size`, y upwards. */
export function curvePath(curve: Curve, size: number, steps = 64): string {
  const at = (i: number): string => `${((i / steps) * size).toFixed(2)} ${((1 - heightAt(curve, i / steps)) * size).toFixed(2)}`;
  return `M ${Array.from({ length: steps + 1 }, (_unused, i) => at(i)).join(" L ")}`;
}
