/** What the server knows of each node type: `/object_info` brought into one shape. */
import * as z from "zod/mini";

import { isObject, type Json, type JsonObject } from "./json";

/** Types of inputs that stand for several: as many as are linked, those that come with a choice, or with a link. */
export const GROWING = "COMFY_AUTOGROW_V3";
export const CHOOSING = "COMFY_DYNAMICCOMBO_V3";
export const SLOTTED = "COMFY_DYNAMICSLOT_V3";

export interface InputDef {
  readonly name: string;
  /** Wire type; drop-downs of either form are COMBO. */
  readonly type: string;
  readonly choices: readonly Json[] | null;
  readonly options: JsonObject;
  readonly required: boolean;
}

export interface OutputDef {
  readonly name: string;
  readonly type: string;
  readonly isList: boolean;
  readonly tooltip: string;
  /** The template of sockets whose type this output has. */
  readonly match?: string;
}

export interface NodeDef {
  readonly type: string;
  readonly title: string;
  readonly category: string;
  readonly description: string;
  readonly module: string;
  readonly inputs: readonly InputDef[];
  readonly outputs: readonly OutputDef[];
  readonly isOutput: boolean;
  readonly deprecated: boolean;
  readonly experimental: boolean;
  readonly aliases: readonly string[];
}

export type NodeDefs = Readonly<Record<string, NodeDef>>;

const json = z.custom<Json>(() => true);
const spec = z.tuple([z.union([z.string(), z.array(json)])], json);
const section = z.catch(z.record(z.string(), spec), {});
const names = z.catch(z.array(z.string()), []);

const entry = z.object({
  input: z.catch(z.object({ required: z.optional(section), optional: z.optional(section) }), {}),
  input_order: z.catch(z.optional(z.object({ required: z.optional(names), optional: z.optional(names) })), undefined),
  output: z.catch(z.array(z.union([z.string(), z.array(json)])), []),
  output_name: z.catch(z.optional(z.array(z.string())), undefined),
  output_is_list: z.catch(z.optional(z.array(z.boolean())), undefined),
  output_tooltips: z.catch(z.optional(z.array(z.nullable(z.string()))), undefined),
  output_matchtypes: z.catch(z.optional(z.array(z.nullable(z.string()))), undefined),
  display_name: z.nullish(z.string()),
  description: z.nullish(z.string()),
  category: z.nullish(z.string()),
  python_module: z.nullish(z.string()),
  output_node: z.nullish(z.boolean()),
  deprecated: z.nullish(z.boolean()),
  experimental: z.nullish(z.boolean()),
  search_aliases: z.catch(z.nullish(z.array(z.string())), undefined),
});

type Entry = z.infer<typeof entry>;
type Section = z.infer<typeof section>;

export function parseDefinitions(objectInfo: unknown): NodeDefs {
  const defs: Record<string, NodeDef> = {};
  for (const [type, value] of Object.entries(isObject(objectInfo) ? objectInfo : {})) {
    const parsed = entry.safeParse(value);
    if (parsed.success) defs[type] = definition(type, parsed.data);
  }
  return defs;
}

function definition(type: string, info: Entry): NodeDef {
  return {
    type,
    title: info.display_name || type,
    category: info.category ?? "",
    description: info.description ?? "",
    module: info.python_module ?? "nodes",
    inputs: [
      ...inputs(info.input.required ?? {}, info.input_order?.required ?? [], true),
      ...inputs(info.input.optional ?? {}, info.input_order?.optional ?? [], false),
    ],
    outputs: info.output.map((output, i) => ({
      name: info.output_name?.[i] || wireType(output),
      type: wireType(output),
      isList: info.output_is_list?.[i] ?? false,
      tooltip: info.output_tooltips?.[i] ?? "",
      ...(info.output_matchtypes?.[i] ? { match: info.output_matchtypes[i] } : {}),
    })),
    isOutput: info.output_node ?? false,
    deprecated: info.deprecated ?? false,
    experimental: info.experimental ?? false,
    aliases: info.search_aliases ?? [],
  };
}

function wireType(type: string | readonly Json[]): string {
  return typeof type === "string" ? type : "COMBO";
}

function inputs(specs: Section, order: readonly string[], required: boolean): InputDef[] {
  const ordered = [...order.filter((name) => name in specs), ...Object.keys(specs).filter((name) => !order.includes(name))];
  return ordered.flatMap((name) => {
    const found = specs[name];
    return found === undefined ? [] : [input(name, found, required)];
  });
}

/** Inputs that are described inside of another one: in the order in which they stand there. */
export function inputsIn(specs: unknown, required: boolean): InputDef[] {
  return inputs(section.parse(specs ?? {}), [], required);
}

function input(name: string, [type, raw]: Section[string], required: boolean): InputDef {
  const options = isObject(raw) ? raw : {};
  return { name, type: wireType(type), choices: choicesOf(type, options["options"]), options, required };
}

/** A drop-down whose choices bring inputs of their own lists them by their keys. */
function choicesOf(type: Section[string][0], options: Json | undefined): readonly Json[] | null {
  if (Array.isArray(type)) return type;
  if (!Array.isArray(options)) return null;
  return type === CHOOSING ? options.filter(isObject).map((choice) => choice["key"] ?? null) : options;
}
