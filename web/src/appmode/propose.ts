/** What a form shows when nobody chose: prompts, pictures, seed, steps, strength, size, model, and what the workflow saves. */
import type { NodeDefs } from "@/formats/definitions";
import { widgetsIn, type Widget } from "@/formats/widgets";
import { t, type MessageKey } from "@/i18n";
import { withSubgraphs } from "@/model/definitions";
import { isMultiline } from "@/model/geometry";
import { executionId, pageOf, pathsOf } from "@/model/pages";
import { linkInto, linksOutOf } from "@/model/links";
import { isSide, MODE, type Doc, type DocNode } from "@/model/types";
import { mediaOf } from "@/widgets/media";

import { NO_FORM, plainField, type AppField, type AppForm } from "./form";

interface Usual {
  readonly names: readonly string[];
  readonly label: MessageKey;
  readonly width: AppField["width"];
}

/** In the order in which a form shows them. */
const USUAL: readonly Usual[] = [
  { names: ["width"], label: "appMode.usual.width", width: "half" },
  { names: ["height"], label: "appMode.usual.height", width: "half" },
  { names: ["steps"], label: "appMode.usual.steps", width: "half" },
  { names: ["cfg", "guidance"], label: "appMode.usual.guidance", width: "half" },
  { names: ["denoise"], label: "appMode.usual.denoise", width: "full" },
  { names: ["seed", "noise_seed"], label: "appMode.usual.seed", width: "full" },
  { names: ["ckpt_name", "unet_name"], label: "appMode.usual.model", width: "full" },
];
/** Forms longer than this are no longer plain. */
const MOST = 14;

interface Found {
  readonly field: AppField;
  readonly rank: number;
}

/** `defs` are the server's. */
export function proposeForm(whole: Doc, serverDefs: NodeDefs): AppForm {
  const defs = withSubgraphs(serverDefs, whole.subgraphs);
  const found: Found[] = [];
  const outputs: string[] = [];
  for (const path of pathsOf(whole)) {
    const page = pageOf(whole, path);
    for (const node of sorted(page)) {
      const def = defs[node.type];
      if (def === undefined || node.mode !== MODE.always || isSide(node.id)) continue;
      const id = executionId(path, node.id);
      if (def.isOutput && whole.subgraphs[node.type] === undefined) outputs.push(id);
      // What an instance shows is set there, not inside of it.
      for (const widget of widgetsIn(def, node)) {
        const rank = linkInto(page, node.id, widget.name) === undefined ? rankOf(widget, page, node) : null;
        if (rank !== null) found.push({ rank, field: { ...plainField(id, widget.name), ...wordsFor(widget, page, node) } });
      }
    }
  }
  const fields = found.sort((a, b) => a.rank - b.rank).slice(0, MOST).map(({ field }) => field);
  return { ...NO_FORM, fields, outputs };
}

/** As they are read: from left to right. */
const sorted = ({ nodes }: Doc): readonly DocNode[] => Object.values(nodes).sort((a, b) => a.position.x - b.position.x || a.position.y - b.position.y);

function rankOf(widget: Widget, page: Doc, node: DocNode): number | null {
  if (!widget.inPrompt || node.type === "Note" || node.type === "MarkdownNote") return null;
  if (widget.kind === "combo" && mediaOf(widget.input) !== null) return 0;
  if (widget.kind === "text" && isMultiline(widget)) return isNegative(page, node) ? 2 : 1;
  // A picture that is made from nothing is made wholly.
  if (widget.name === "denoise" && node.values[widget.key] === 1) return null;
  const at = usualAt(widget);
  return at < 0 ? null : 3 + at;
}

/** Whether what the node makes goes to a negative input. */
function isNegative(page: Doc, { id }: DocNode): boolean {
  const links = linksOutOf(page, id, 0);
  return links.length > 0 && links.every((link) => link.input.startsWith("negative"));
}

const usualAt = ({ name }: Widget): number => USUAL.findIndex(({ names }) => names.includes(name));

/** What people call a widget that has only its technical name; null for any other. */
export function usualName(widget: Widget): string | null {
  const usual = USUAL[usualAt(widget)];
  return usual === undefined || typeof widget.input.options["display_name"] === "string" ? null : t(usual.label);
}

function wordsFor(widget: Widget, page: Doc, node: DocNode): Partial<AppField> {
  if (widget.kind === "text") return { label: node.title ?? t(isNegative(page, node) ? "appMode.negative" : "appMode.prompt") };
  const usual = USUAL[usualAt(widget)];
  return usual === undefined ? {} : { label: t(usual.label), width: usual.width };
}

/** The form that is shown: what was chosen, else what is proposed. */
export function shownForm(whole: Doc, serverDefs: NodeDefs, chosen: AppForm): AppForm {
  if (chosen.fields.length > 0) return chosen;
  const proposed = proposeForm(whole, serverDefs);
  return { ...chosen, fields: proposed.fields, outputs: chosen.outputs.length > 0 ? chosen.outputs : proposed.outputs };
}
