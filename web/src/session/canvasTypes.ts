/** Node types that the canvas alone knows: notes and the reroute node. The server does not list them and never runs them. */
import type { NodeDef, NodeDefs } from "@/formats/definitions";
import { t } from "@/i18n";

const TYPES = ["Note", "MarkdownNote", "Reroute"] as const;
const ALIASES: Readonly<Record<(typeof TYPES)[number], readonly string[]>> = { Note: ["comment"], MarkdownNote: ["comment"], Reroute: [] };

/** What people call such a type; null for all others. */
export function canvasTitle(type: string): string | null {
  if (type === "SubgraphInputs" || type === "SubgraphOutputs") return t(type === "SubgraphInputs" ? "subgraphs.inputs" : "subgraphs.outputs");
  const known = TYPES.find((one) => one === type);
  return known === undefined ? null : t(`node.onCanvas.${known}`);
}

const anything = { name: "", type: "*" };

function definition(type: (typeof TYPES)[number]): NodeDef {
  const passes = type === "Reroute";
  return {
    ...{ type, title: canvasTitle(type) ?? type, category: "utils", description: "", module: "nodes", aliases: ALIASES[type] },
    inputs: passes ? [{ ...anything, choices: null, options: {}, required: true }] : [],
    outputs: passes ? [{ ...anything, isList: false, tooltip: "" }] : [],
    ...{ isOutput: false, deprecated: false, experimental: false },
  };
}

/** For lists to choose from. Documents are read and run without them; a pack's own type of the name goes first. */
export const withCanvasTypes = (defs: NodeDefs): NodeDefs => ({ ...Object.fromEntries(TYPES.map((type) => [type, definition(type)])), ...defs });
