/** Bookmarks of views, kept in the workflow under `extra.heddle.views`. */
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { withDrawer } from "@/model/extra";
import type { Follower } from "@/model/tracks";
import type { Doc, Path, Point } from "@/model/types";

export interface View {
  readonly path: Path;
  readonly scale: number;
  readonly offset: readonly [number, number];
}

const inside = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const viewsIn = ({ raw }: Doc): JsonObject => inside(inside(inside(raw["extra"])["heddle"])["views"]);

export function readView(whole: Doc, key: string): View | null {
  const found = inside(viewsIn(whole)[key]);
  const { scale, offset, path } = found;
  if (typeof scale !== "number" || !(scale > 0) || !Array.isArray(offset)) return null;
  const [x, y] = offset.map(Number);
  if (x === undefined || y === undefined || !Number.isFinite(x + y)) return null;
  return { scale, offset: [x, y], path: Array.isArray(path) ? path.map(String) : [] };
}

/** What else stands in `extra` stays. */
export function withView(whole: Doc, key: string, { path, scale, offset }: View): Doc {
  const extra = inside(whole.raw["extra"]);
  const views = { ...viewsIn(whole), [key]: { scale, offset: [...offset], path: [...path] } };
  return { ...whole, raw: { ...whole.raw, extra: { ...extra, heddle: { ...inside(extra["heddle"]), views } } } };
}

const withViews = (whole: Doc, views: JsonObject): Doc => withDrawer(whole, "views", Object.keys(views).length === 0 ? undefined : views);

/** Views of a page inside of an instance come out with what they showed, and go with it. */
export const viewsFollow: Follower = (whole, { node, opening }) => {
  const views = viewsIn(whole);
  const now = Object.entries(views).flatMap(([key, raw]): [string, Json][] => {
    const view = readView(whole, key);
    if (view === null || view.path.length === 0) return [[key, raw]];
    const id = view.path.join(":");
    const opened = opening(id);
    if (opened !== undefined) return [[key, written(shifted({ ...view, path: view.path.slice(0, -1) }, opened.shift))]];
    return node(id).map((there) => [key, there === id ? raw : written({ ...view, path: there.split(":") })]);
  });
  return now.length === Object.keys(views).length && now.every(([key, raw]) => raw === views[key]) ? whole : withViews(whole, Object.fromEntries(now));
};

const written = ({ path, scale, offset }: View): JsonObject => ({ scale, offset: [...offset], path: [...path] });

const shifted = (view: View, { x, y }: Point): View => ({ ...view, offset: [view.offset[0] - x, view.offset[1] - y] });

/** Numbers that have a view. */
export const storedViews = (whole: Doc): readonly string[] => Object.keys(viewsIn(whole)).filter((key) => readView(whole, key) !== null).toSorted();
