/** Sockets of a node: what its definition says, joined with what a file says of it. */
import type { InputSocket, OutputSocket } from "@/model/types";

import { CHOOSING, type InputDef, type NodeDef, type OutputDef } from "./definitions";
import { isObject, type JsonObject } from "./json";
import type { FileInput, FileOutput } from "./file";
import { isPart, isSlot, partsOf, type IsLinked } from "./parts";
import { widgetFor, type Values } from "./widgets";

function inputSocket(def: InputDef, file: FileInput | undefined, isLinked: IsLinked): InputSocket {
  return {
    name: def.name,
    type: def.type,
    label: file?.label ?? displayName(def.options),
    isWidget: widgetFor(def) !== null,
    isOptional: !def.required,
    ...(isSlot(def) && isLinked(def.name) ? { bringsParts: true } : {}),
    raw: file?.raw ?? {},
  };
}

function displayName(options: JsonObject): string | null {
  return typeof options["display_name"] === "string" ? options["display_name"] : null;
}

/** Whether wires may end at an input; what brings further inputs is chosen by hand. */
export const isSocket = (def: InputDef): boolean => def.options["hidden"] !== true && def.options["socketless"] !== true && def.type !== CHOOSING;

/** Inputs of the definition in its order, then those that only the file knows; what is free of a group comes and goes. */
export function inputSockets(def: NodeDef | undefined, file: readonly FileInput[], values: Values, isLinked: IsLinked): InputSocket[] {
  if (def === undefined) return file.map(fileInput);
  const byName = new Map(file.map((input) => [input.name, input]));
  const parts = partsOf(def, values, isLinked);
  const names = new Set(parts.map((input) => input.name));
  const others = file.filter(({ name }) => !names.has(name) && (isLinked(name) || !isPart(def, name)));
  return [...parts.filter(isSocket).map((input) => inputSocket(input, byName.get(input.name), isLinked)), ...others.map(fileInput)];
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
