/** Names and words of node types in the language that is spoken, as packs and the server translate them. */
import { getJson } from "@/api/client";
import type { InputDef, NodeDef, NodeDefs, OutputDef } from "@/formats/definitions";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { sessionStore } from "@/session/store";
import { languageStore } from "@/settings/language";


const inside = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const words = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** Texts of a language; what a country says goes before what its language says. */
export function textsFor(all: JsonObject, locale: string): JsonObject {
  const base = locale.split("-")[0] ?? locale;
  return { ...inside(inside(all[base])["nodeDefs"]), ...inside(inside(all[locale])["nodeDefs"]) };
}

/** Types without texts stay the same objects. Names of outputs stay as they are: files know sockets by them. */
export function translated(defs: NodeDefs, texts: JsonObject): NodeDefs {
  if (Object.keys(texts).length === 0) return defs;
  return Object.fromEntries(Object.entries(defs).map(([type, def]) => [type, isObject(texts[nodeKey(type)] ?? texts[type]) ? definition(def, inside(texts[nodeKey(type)] ?? texts[type])) : def]));
}

/** Dots part levels in catalogues, so types are written with underscores there. */
const nodeKey = (type: string): string => type.replaceAll(".", "_");

function definition(def: NodeDef, texts: JsonObject): NodeDef {
  const inputs = inside(texts["inputs"]);
  const outputs = texts["outputs"];
  return {
    ...def,
    title: words(texts["display_name"]) || def.title,
    description: words(texts["description"]) || def.description,
    // What it is called elsewhere still finds it.
    aliases: words(texts["display_name"]) === "" ? def.aliases : [...def.aliases, def.title],
    inputs: def.inputs.map((input) => inputIn(input, inside(inputs[nodeKey(input.name)] ?? inputs[input.name]))),
    outputs: def.outputs.map((output, i) => outputIn(output, Array.isArray(outputs) ? inside(outputs[i]) : inside(inside(outputs)[String(i)]))),
  };
}

function inputIn(input: InputDef, texts: JsonObject): InputDef {
  const [name, tooltip] = [words(texts["name"]), words(texts["tooltip"])];
  if (name === "" && tooltip === "") return input;
  return { ...input, options: { ...input.options, ...(name === "" ? {} : { display_name: name }), ...(tooltip === "" ? {} : { tooltip }) } };
}

function outputIn(output: OutputDef, texts: JsonObject): OutputDef {
  const tooltip = words(texts["tooltip"]);
  return tooltip === "" ? output : { ...output, tooltip };
}

/** Translated definitions -> those that the server gave. */
const originals = new WeakMap<NodeDefs, NodeDefs>();
/** Translated types one by one: parts of the list may come anew. */
const originalOf = new WeakMap<NodeDef, NodeDef>();

let catalogue: Promise<JsonObject> | null = null;

function fetchCatalogue(): Promise<JsonObject> {
  catalogue ??= getJson("/i18n").then(inside, () => {
    catalogue = null;
    return {};
  });
  return catalogue;
}

const plain = (defs: NodeDefs): NodeDefs => originals.get(defs) ?? Object.fromEntries(Object.entries(defs).map(([type, def]) => [type, originalOf.get(def) ?? def]));

async function apply(): Promise<void> {
  const { id } = languageStore.getState();
  const { defs } = sessionStore.getState();
  const wasTranslated = originals.has(defs);
  if (Object.keys(defs).length === 0 || (id === "en" && !wasTranslated)) return;
  const texts = id === "en" ? {} : textsFor(await fetchCatalogue(), id);
  // Something newer may have come meanwhile.
  if (sessionStore.getState().defs !== defs || languageStore.getState().id !== id) return void apply();
  const own = plain(defs);
  const next = translated(own, texts);
  if (next === defs || (next === own && !wasTranslated)) return;
  if (next !== own) {
    originals.set(next, own);
    for (const [type, def] of Object.entries(next)) {
      const original = own[type];
      if (original !== undefined && original !== def) originalOf.set(def, original);
    }
  }
  sessionStore.setState({ defs: next });
}

/** Follows the language and the server's list of node types. */
export function watchNodeTexts(): void {
  languageStore.subscribe((state, before) => {
    if (state.id !== before.id) void apply();
  });
  sessionStore.subscribe((state, before) => {
    if (state.defs !== before.defs && !originals.has(state.defs)) void apply();
  });
  void apply();
}
