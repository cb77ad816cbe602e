/** Sockets of a node: what its definition says, joined with what a file says of it. */
import type { InputSocket, OutputSocket } from "@/model/types";

import type { InputDef, NodeDef, OutputDef } from "./definitions";
import { isObject, type JsonObject } from "./json";
import type { FileInput, FileOutput } from "./file";
import { widgetFor } from "./widgets";

function inputSocket(def: InputDef, file: FileInput | undefined): InputSocket {
  return {
    name: def.name,
    type: def.type,
    label: file?.label ?? displayName(def.options),
    isWidget: widgetFor(def) !== null,
    isOptional: !def.required,
    raw: file?.raw ?? {},
  };
}

function displayName(options: JsonObject): string | null {
  return typeof options["display_name"] === "string" ? options["display_name"] : null;
}

const isSocket = (def: InputDef): boolean => def.options["hidden"] !== true && def.options["socketless"] !== true;

/** Inputs of the definition in its order, then those that only the file knows. */
export function inputSockets(def: NodeDef | undefined, file: readonly FileInput[]): InputSocket[] {
  const byName = new Map(file.map((input) => [input.name, input]));
  const known = def?.inputs.filter(isSocket).map((input) => inputSocket(input, byName.get(input.name))) ?? [];
  const names = new Set(def?.inputs.map((input) => input.name));
  return [...known, ...file.filter((input) => !names.has(input.name)).map((input) => fileInput(input))];
}

function fileInput(file: FileInput): InputSocket {
  return {
    name: file.name,
    type: file.type,
    label: file.label,
    isWidget: file.widget !== null,
    isOptional: file.raw["shape"] === 7,
    raw: file.raw,
  };
}

export function outputSockets(def: NodeDef | undefined, file: readonly FileOutput[]): OutputSocket[] {
  const count = Math.max(def?.outputs.length ?? 0, file.length);
  return Array.from({ length: count }, (_unused, i) => outputSocket(def?.outputs[i], file[i]));
}

function outputSocket(def: OutputDef | undefined, file: FileOutput | undefined): OutputSocket {
  return {
    name: def?.name ?? file?.name ?? "",
    type: def?.type ?? file?.type ?? "*",
    label: file?.label ?? null,
    isList: def?.isList ?? false,
    raw: isObject(file?.raw) ? file.raw : {},
  };
}
