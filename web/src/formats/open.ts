/** Any file or text that may hold a workflow -> document. */
import { arrangeLater } from "@/model/layout";
import { spread } from "@/model/spread";
import type { Doc } from "@/model/types";

import { readApi } from "./api";
import type { NodeDefs } from "./definitions";
import { FormatError, kindOf, readText } from "./file";
import { withoutGroupNodes } from "./groupNodes";
import { isObject, type Json } from "./json";
import { offersIn, type Offer } from "./offers";
import { readDocument } from "./ui04";

/** A file with more than one workflow: whoever opened it asks which one, and gives its `source` to `openJson`. */
export class ManyWorkflows extends FormatError {
  readonly offers: readonly Offer[];

  constructor(offers: readonly Offer[]) {
    super("more than one workflow");
    this.offers = offers;
  }
}

/** Raises FormatError where there is no workflow, ManyWorkflows where there are several. */
export async function openJson(source: Json, defs: NodeDefs): Promise<Doc> {
  const drawn = drawnIn(source);
  if (drawn !== null) return spread(readDocument(withoutGroupNodes(drawn, defs), defs), defs);
  if (kindOf(source) === "api") return arranged(readApi(source, defs), defs);
  const [offer, ...others] = offersIn(source);
  if (others.length > 0) throw new ManyWorkflows(offersIn(source));
  if (offer !== undefined) return openJson(offer.source, defs);
  const inner = wrapped(source);
  if (inner !== null) return openJson(inner, defs);
  throw new FormatError("no workflow");
}

/** Prompts say nothing of places. */
const arranged = async (doc: Doc, defs: NodeDefs): Promise<Doc> => (await arrangeLater(doc, defs))(doc);

/** The canvas form: the file itself, or beside the API form in what was sent to the server. */
function drawnIn(source: Json): Json {
  if (kindOf(source) === "canvas") return source;
  const extra = isObject(source) ? source["extra_data"] : null;
  const info = isObject(extra) ? extra["extra_pnginfo"] : null;
  const sent = isObject(info) ? (info["workflow"] ?? null) : null;
  return kindOf(sent) === "canvas" ? sent : null;
}

/** Job records and exported bundles hold the workflow one level down. */
function wrapped(source: Json): Json {
  for (const key of ["workflow", "prompt"]) {
    const inner = isObject(source) ? source[key] : undefined;
    const read = typeof inner === "string" ? readText(inner) : (inner ?? null);
    if (kindOf(read) !== "other") return read;
  }
  return null;
}

/** JSON, the settings of another tool as text, or any file that carries one of them in its metadata. */
export async function openBytes(bytes: Uint8Array, defs: NodeDefs): Promise<Doc> {
  const { isCarrier, readMetadata } = await import("./metadata");
  if (!isCarrier(bytes)) return openText(new TextDecoder().decode(bytes), defs);
  const { workflow, prompt, parameters } = await readMetadata(bytes);
  const found = workflow ?? prompt;
  if (found !== undefined) return openJson(readText(found), defs);
  if (parameters !== undefined) return openParameters(parameters, defs);
  throw new FormatError("no workflow in the file");
}

async function openText(text: string, defs: NodeDefs): Promise<Doc> {
  const isJson = /^\uFEFF?\s*[[{"]/.test(text);
  const { isParameters } = await import("./parameters");
  return !isJson && isParameters(text) ? openParameters(text, defs) : openJson(readText(text), defs);
}

async function openParameters(text: string, defs: NodeDefs): Promise<Doc> {
  const { parametersPrompt } = await import("./parameters");
  return openJson(parametersPrompt(text, defs), defs);
}
