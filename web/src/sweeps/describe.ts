/** A cell in words. */
import type { Axis } from "./document";
import type { Cell } from "./grid";

/** The part of an axis' title that names the widget is enough where there is little room. */
const short = (title: string): string => title.slice(title.lastIndexOf(" · ") + 1).replace(/^· /, "").trim();

export const labelsAt = (axes: readonly Axis[], { at }: Pick<Cell, "at">): string => axes.map((axis, i) => `${short(axis.title)} ${axis.labels[at[i] ?? 0] ?? ""}`).join(", ");
