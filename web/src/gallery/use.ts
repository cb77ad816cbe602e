/** Where in a workflow the seed and the prompt of a picture would go. Pure. */
import type { NodeDefs } from "@/formats/definitions";
import { widgetsIn } from "@/formats/widgets";
import { linkInto } from "@/model/links";
import type { Doc, DocNode, NodeId } from "@/model/types";

export interface Target {
  readonly node: NodeId;
  readonly key: string;
}

const SEEDS = new Set(["seed", "noise_seed"]);
const TEXTS = ["text", "prompt", "text_g", "clip_l", "t5xxl", "value", "string"];

function widgetNamed(node: DocNode, defs: NodeDefs, names: readonly string[]): Target | null {
  const def = defs[node.type];
  if (def === undefined) return null;
  const found = widgetsIn(def, node).find((widget) => widget.inPrompt && names.includes(widget.name));
  return found === undefined ? null : { node: node.id, key: found.key };
}

/** Nodes that sample, those that are chosen first. */
function samplers(doc: Doc, chosen: readonly NodeId[]): readonly DocNode[] {
  const takes = (node: DocNode): boolean => node.inputs.some((input) => input.name === "positive" || input.name === "guider" || input.name === "noise");
  const rank = (node: DocNode): number => (chosen.includes(node.id) ? 0 : 1);
  return Object.values(doc.nodes).filter((node) => takes(node) && node.inputs.some((input) => /latent|samples|noise/.test(input.name))).sort((a, b) => rank(a) - rank(b));
}

/** The first widget on the way up from an input; the node of the wire itself counts. */
function upstream(doc: Doc, defs: NodeDefs, start: NodeId, input: string, names: readonly string[]): Target | null {
  const first = linkInto(doc, start, input);
  const open = first === undefined ? [] : [first.from];
  const seen = new Set(open);
  for (const id of seen) {
    const node = doc.nodes[id];
    if (node === undefined) continue;
    const found = widgetNamed(node, defs, names);
    // A text that is fed by a wire is written further up.
    if (found !== null && linkInto(doc, id, found.key) === undefined) return found;
    for (const socket of node.inputs) {
      const link = linkInto(doc, id, socket.name);
      if (link !== undefined) seen.add(link.from);
    }
  }
  return null;
}

export function seedTarget(doc: Doc, defs: NodeDefs, chosen: readonly NodeId[] = []): Target | null {
  for (const node of samplers(doc, chosen)) {
    const own = widgetNamed(node, defs, [...SEEDS]);
    const fed = own === null ? upstream(doc, defs, node.id, "noise", [...SEEDS]) : linkInto(doc, node.id, own.key) === undefined ? own : upstream(doc, defs, node.id, own.key, [...SEEDS, "value"]);
    if (fed !== null) return fed;
  }
  for (const node of Object.values(doc.nodes)) {
    const found = widgetNamed(node, defs, [...SEEDS]);
    if (found !== null) return found;
  }
  return null;
}

export function promptTarget(doc: Doc, defs: NodeDefs, side: "positive" | "negative", chosen: readonly NodeId[] = []): Target | null {
  for (const node of samplers(doc, chosen)) {
    const from = node.inputs.some((input) => input.name === side) ? side : side === "positive" ? "guider" : null;
    const found = from === null ? null : upstream(doc, defs, node.id, from, TEXTS);
    if (found !== null) return found;
  }
  return null;
}
