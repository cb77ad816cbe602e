/** Sockets that take any one type: once one of a template is wired, the others of the same template have its type. */
import type { InputDef, NodeDef, NodeDefs } from "@/formats/definitions";
import { isObject } from "@/formats/json";
import { memoized, partsOf } from "@/formats/parts";

import { isLegal, type Wire } from "./actions";
import { linkInto, linksOutOf } from "./links";
import type { Doc, DocNode, NodeId } from "./types";
import { canConnect } from "./wires";

const MATCHING = "COMFY_MATCHTYPE_V3";
const ANY = "*";

interface Template {
  readonly id: string;
  readonly allowed: string;
}

interface Templates {
  readonly inputs: ReadonlyMap<string, Template>;
  /** Template ids of the outputs that follow one. */
  readonly outputs: ReadonlyMap<number, string>;
}

/** The canvas's own reroute node passes on whatever comes. */
const PASSING: Templates = { inputs: new Map([["", { id: "", allowed: ANY }]]), outputs: new Map([[0, ""]]) };
const NONE: Templates = { inputs: new Map(), outputs: new Map() };

const templatesOf = memoized((def: NodeDef): Templates => {
  const inputs = new Map(partsOf(def, {}).flatMap((input): [string, Template][] => {
    const template = templateOf(input);
    return template === null ? [] : [[input.name, template]];
  }));
  const first = [...inputs.values()][0]?.id;
  const outputs = new Map(def.outputs.flatMap((output, slot): [number, string][] => {
    const id = output.match ?? (output.type === MATCHING ? first : undefined);
    return id === undefined || id === "" ? [] : [[slot, id]];
  }));
  return inputs.size + outputs.size === 0 ? NONE : { inputs, outputs };
});

function templateOf({ type, options }: InputDef): Template | null {
  if (type !== MATCHING) return null;
  const template = isObject(options["template"]) ? options["template"] : {};
  const allowed = template["allowed_types"];
  return { id: String(template["template_id"] ?? ""), allowed: Array.isArray(allowed) ? allowed.join(",") : String(allowed ?? ANY) };
}

function templatesFor(node: DocNode, defs: NodeDefs): Templates {
  if (node.type === "Reroute") return PASSING;
  const def = defs[node.type];
  return def === undefined ? NONE : templatesOf(def);
}

/** Type of an output as it is wired now. */
export const outputType = (doc: Doc, defs: NodeDefs, id: NodeId, slot: number): string => typeAt(doc, defs, { node: id, slot }, new Set());

/** Type of an input as its node is wired now; `without` is a wire to leave out of account. */
export const inputType = (doc: Doc, defs: NodeDefs, id: NodeId, input: string, without?: number): string => typeAt(doc, defs, { node: id, input }, new Set(), without);

type End = { readonly node: NodeId; readonly slot: number } | { readonly node: NodeId; readonly input: string };

function typeAt(doc: Doc, defs: NodeDefs, end: End, seen: Set<string>, without?: number): string {
  const node = doc.nodes[end.node];
  if (node === undefined) return ANY;
  const own = "slot" in end ? node.outputs[end.slot]?.type : node.inputs.find((socket) => socket.name === end.input)?.type;
  const templates = templatesFor(node, defs);
  if (templates === NONE) return own ?? ANY;
  const id = "slot" in end ? templates.outputs.get(end.slot) : templates.inputs.get(end.input)?.id;
  if (id === undefined) return own ?? ANY;
  const key = `${node.id}|${id}`;
  if (seen.has(key)) return ANY;
  seen.add(key);
  const wired = fedType(doc, defs, node, templates, id, seen, without) ?? fedOnType(doc, defs, node, templates, id, seen);
  return wired ?? allowedBy(templates, id);
}

const allowedBy = (templates: Templates, id: string): string => [...templates.inputs.values()].find((template) => template.id === id)?.allowed ?? ANY;

const isOpen = (type: string): boolean => type === "" || type === ANY || type === MATCHING || type.includes(",");

/** What comes into the template's inputs. */
function fedType(doc: Doc, defs: NodeDefs, node: DocNode, templates: Templates, id: string, seen: Set<string>, without?: number): string | null {
  for (const [name, template] of templates.inputs) {
    const link = template.id === id ? linkInto(doc, node.id, name) : undefined;
    if (link === undefined || link.id === without) continue;
    const type = typeAt(doc, defs, { node: link.from, slot: link.slot }, seen, without);
    if (!isOpen(type)) return type;
  }
  return null;
}

/** What the template's outputs have to be, because of where they lead. */
function fedOnType(doc: Doc, defs: NodeDefs, node: DocNode, templates: Templates, id: string, seen: Set<string>): string | null {
  for (const [slot, template] of templates.outputs) {
    if (template !== id) continue;
    for (const link of linksOutOf(doc, node.id, slot)) {
      const type = typeAt(doc, defs, { node: link.to, input: link.input }, seen);
      if (!isOpen(type)) return type;
    }
  }
  return null;
}

/** Whether a wire may be laid, by the types that its ends have where they stand. */
export function mayConnect(doc: Doc, defs: NodeDefs, wire: Wire): boolean {
  if (!isLegal(doc, wire)) return false;
  const replaced = linkInto(doc, wire.to, wire.input)?.id;
  return canConnect(outputType(doc, defs, wire.from, wire.slot), inputType(doc, defs, wire.to, wire.input, replaced));
}
