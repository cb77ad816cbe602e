/** What a workflow needs and the server does not have: node types, model files, pictures. */
import type { NodeDefs } from "@/formats/definitions";
import { list, text } from "@/formats/file";
import { isObject, type JsonObject } from "@/formats/json";
import { widgetsIn, type Widget } from "@/formats/widgets";
import { withSubgraphs } from "@/model/definitions";
import { linkInto } from "@/model/links";
import { graphsOf } from "@/model/pages";
import { isSide, MODE, type Doc, type DocNode, type Graph, type NodeId } from "@/model/types";
import { mediaOf } from "@/widgets/media";

import { folderFor } from "./folders";

/** A node on the page of a subgraph, or on the outermost page. */
export interface Where {
  readonly page: string | null;
  readonly node: NodeId;
}

export interface MissingType {
  readonly type: string;
  /** As far as the file tells. */
  readonly pack: string;
  readonly version: string;
  readonly where: readonly Where[];
}

export interface MissingFile {
  readonly kind: "model" | "media";
  /** The value of the widget. */
  readonly name: string;
  readonly folder: string;
  readonly url: string;
  /** Widgets that name it, with what else they would take. */
  readonly where: readonly (Where & { readonly key: string; readonly choices: readonly string[] })[];
}

export interface Missing {
  readonly types: readonly MissingType[];
  readonly models: readonly MissingFile[];
  readonly media: readonly MissingFile[];
}

export const NOTHING_MISSING: Missing = { types: [], models: [], media: [] };
export const countOf = ({ types, models, media }: Missing): number => types.length + models.length + media.length;

const MODEL_FILE = /\.(safetensors|sft|ckpt|pth?|pt2|bin|gguf|onnx|pkl)$/i;

/** `defs` are the server's. */
export function scan(whole: Doc, serverDefs: NodeDefs): Missing {
  const defs = withSubgraphs(serverDefs, whole.subgraphs);
  const types = new Map<string, MissingType>();
  const files = new Map<string, MissingFile>();
  const offers = offersIn(whole);
  for (const [page, graph] of graphsOf(whole))
    for (const node of Object.values(graph.nodes)) {
      const where = { page, node: node.id };
      if (!node.known) addType(types, node, where);
      else if (node.mode === MODE.always && !isSide(node.id)) for (const file of filesOf(graph, node, defs, offers)) addFile(files, file, where);
    }
  const all = [...files.values()];
  return { types: [...types.values()], models: all.filter((file) => file.kind === "model"), media: all.filter((file) => file.kind === "media") };
}

function addType(types: Map<string, MissingType>, node: DocNode, where: Where): void {
  const properties: JsonObject = isObject(node.raw["properties"]) ? node.raw["properties"] : {};
  const before = types.get(node.type);
  const pack = before?.pack || text(properties["cnr_id"]) || text(properties["aux_id"]);
  types.set(node.type, { type: node.type, pack, version: before?.version || text(properties["ver"]), where: [...(before?.where ?? []), where] });
}

interface Named {
  readonly kind: "model" | "media";
  readonly name: string;
  readonly key: string;
  readonly choices: readonly string[];
  readonly folder: string;
  readonly url: string;
}

function addFile(files: Map<string, MissingFile>, { key, choices, ...file }: Named, where: Where): void {
  const id = `${file.kind}|${file.folder}|${file.name}`;
  const before = files.get(id);
  files.set(id, { ...file, where: [...(before?.where ?? []), { ...where, key, choices }] });
}

function filesOf(graph: Graph, node: DocNode, defs: NodeDefs, offers: ReadonlyMap<string, Offer>): readonly Named[] {
  const def = defs[node.type];
  // What an instance of a subgraph names is asked of the node inside.
  if (def === undefined) return [];
  return widgetsIn(def, node).flatMap((widget): Named[] => {
    const value = node.values[widget.key];
    if (widget.kind !== "combo" || typeof value !== "string" || value === "" || linkInto(graph as Doc, node.id, widget.name) !== undefined) return [];
    if (isThere(widget, value)) return [];
    const choices = (widget.input.choices ?? []).filter((choice): choice is string => typeof choice === "string");
    if (mediaOf(widget.input) !== null) return [{ kind: "media", name: value, key: widget.key, choices, folder: "input", url: "" }];
    if (!MODEL_FILE.test(value) && !choices.some((choice) => MODEL_FILE.test(choice))) return [];
    const offer = offers.get(leaf(value));
    return [{ kind: "model", name: value, key: widget.key, choices, folder: offer?.directory || folderFor(node.type, widget.name), url: offer?.url ?? "" }];
  });
}

/** Files of other folders, `x.png [output]`, are not listed; nor is the way that folders are parted of meaning. */
function isThere({ input }: Widget, value: string): boolean {
  if (input.choices === null || / \[(output|temp)\]$/.test(value)) return true;
  const plain = value.replaceAll("\\", "/").replace(/ \[input\]$/, "");
  return input.choices.some((choice) => typeof choice === "string" && choice.replaceAll("\\", "/") === plain);
}

interface Offer {
  readonly directory: string;
  readonly url: string;
}

const leaf = (name: string): string => name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);

/** What the file says of its models: name -> folder and address. */
function offersIn(whole: Doc): ReadonlyMap<string, Offer> {
  const own = list(whole.raw["models"]);
  const beside = graphsOf(whole).flatMap(([, graph]) => Object.values(graph.nodes).flatMap((node) => (isObject(node.raw["properties"]) ? list(node.raw["properties"]["models"]) : [])));
  return new Map([...beside, ...own].filter(isObject).map((entry) => [leaf(text(entry["name"])), { directory: text(entry["directory"]), url: text(entry["url"]) }]));
}
