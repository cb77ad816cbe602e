/** Any file or text that may hold a workflow -> document. */
import { arrange } from "@/model/layout";
import { spread } from "@/model/spread";
import type { Doc } from "@/model/types";

import { readApi } from "./api";
import type { NodeDefs } from "./definitions";
import { FormatError, kindOf, readText } from "./file";
import { isObject, type Json } from "./json";
import { isPng, readPngText } from "./png";
import { readDocument } from "./ui04";

export function openJson(source: Json, defs: NodeDefs): Doc {
  const kind = kindOf(source);
  if (kind === "canvas") return spread(readDocument(source, defs), defs);
  if (kind === "api") return arrange(readApi(source, defs), defs);
  // Job records and exported bundles hold the workflow one level down.
  const inner = isObject(source) ? (source["workflow"] ?? source["prompt"]) : undefined;
  if (inner !== undefined && kindOf(inner) !== "other") return openJson(inner, defs);
  throw new FormatError("no workflow");
}

export async function openBytes(bytes: Uint8Array, defs: NodeDefs): Promise<Doc> {
  if (!isPng(bytes)) return openJson(readText(new TextDecoder().decode(bytes)), defs);
  const texts = await readPngText(bytes);
  const found = texts["workflow"] ?? texts["prompt"];
  if (found === undefined) throw new FormatError("no workflow in the picture");
  return openJson(readText(found), defs);
}
