/** How large a node is before the browser has measured it. */
import type { NodeDef } from "@/formats/definitions";
import { widgetsIn, type Widget } from "@/formats/widgets";

import type { DocNode, Size } from "./types";

/** Pixels at 100 %, the same numbers as in the style sheet of the nodes. */
export const HEADER = 32;
export const SLOT_ROW = 24;
export const WIDGET_ROW = 28;
export const TEXT_ROWS = 84;
const KNOB_ROW = 48;
const CURVE_HEIGHT = 176;
const SOUND_HEIGHT = 76;
export const PADDING = 8;
export const MIN_WIDTH = 210;
const DEFAULT_WIDTH = 280;
const WIDE_WIDTH = 340;
const IMAGE_HEIGHT = 180;
/** The sentence in nodes of no known type: its length in the longest language, its lines, what is around it. */
const UNKNOWN = { length: 480, line: 16, beside: 24, above: 14 };

export const isMultiline = (widget: Widget): boolean =>
  widget.kind === "markdown" || (widget.kind === "text" && (widget.input.options["multiline"] === true || widget.input.type !== "STRING"));

/** Rarely set, and folded away until somebody asks. */
export const isAdvanced = (widget: Widget): boolean => widget.input.options["advanced"] === true;

/** Controls sit inside the row of the number they control. */
export const hasOwnRow = (widget: Widget): boolean => !["control", "filter"].includes(widget.kind);

function widgetHeight(widget: Widget): number {
  if (!hasOwnRow(widget)) return 0;
  if (isMultiline(widget)) return TEXT_ROWS + 4;
  if (widget.kind === "upload") return IMAGE_HEIGHT;
  if (widget.kind === "curve") return CURVE_HEIGHT;
  const { options } = widget.input;
  return options["display"] === "knob" ? KNOB_ROW : WIDGET_ROW + (options["audio_upload"] === true ? SOUND_HEIGHT : 0);
}

/** Advanced widgets together take the row of the button that unfolds them. */
export function widgetsHeight(widgets: readonly Widget[]): number {
  const plain = widgets.filter((widget) => !isAdvanced(widget));
  const rows = plain.reduce((sum, widget) => sum + widgetHeight(widget), 0);
  return rows + (plain.length < widgets.length ? WIDGET_ROW : 0);
}

export function slotRows(node: Pick<DocNode, "inputs" | "outputs">): number {
  return Math.max(node.inputs.filter((input) => !input.isWidget).length, node.outputs.length);
}

type Content = Pick<DocNode, "inputs" | "outputs" | "values">;

export function contentHeight(node: Content, def: NodeDef | undefined): number {
  const rows = slotRows(node) * SLOT_ROW;
  const widgets = def === undefined ? 0 : widgetsHeight(widgetsIn(def, node));
  return HEADER + PADDING + rows + (widgets > 0 ? widgets + PADDING : 0);
}

/** A node of no known type says so below its sockets. */
function unknownHeight({ known, size }: DocNode): number {
  const { length, line, beside, above } = UNKNOWN;
  return known ? 0 : above + line * Math.ceil(length / Math.max(size.width - beside, 1));
}

export function defaultSize(node: Content, def: NodeDef | undefined): Size {
  const widgets = def === undefined ? null : widgetsIn(def, node);
  const wide = widgets?.some(isMultiline) === true;
  const bare = widgets?.length === 0;
  return { width: wide ? WIDE_WIDTH : bare ? MIN_WIDTH : DEFAULT_WIDTH, height: contentHeight(node, def) };
}

/** Height of a node as drawn: collapsed ones are their header alone. */
export function estimatedSize(node: DocNode, def: NodeDef | undefined): Size {
  const known = estimates.get(node);
  if (known !== undefined && known.def === def) return known.size;
  const size = estimate(node, def);
  estimates.set(node, { def, size });
  return size;
}

/** Drawings of thousands of nodes ask again at every frame. */
const estimates = new WeakMap<DocNode, { readonly def: NodeDef | undefined; readonly size: Size }>();

function estimate(node: DocNode, def: NodeDef | undefined): Size {
  if (node.collapsed) return { width: node.size.width, height: HEADER };
  if (node.type === "Reroute") return { width: 56, height: 28 };
  return { width: Math.max(node.size.width, 120), height: Math.max(node.size.height, contentHeight(node, def) + unknownHeight(node)) };
}
