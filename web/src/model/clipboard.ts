/** Copied nodes are a small canvas file, so that they travel between tabs and programs. */
import type { NodeDefs } from "@/formats/definitions";
import { kindOf } from "@/formats/file";
import { parseJson, stringifyJson, type Json, type JsonObject } from "@/formats/json";
import { readDocument, writeDocument } from "@/formats/ui04";

import type { Doc, DocLink, DocNode, NodeId, Point } from "./types";

export function copyText(doc: Doc, defs: NodeDefs, ids: readonly NodeId[]): string {
  const chosen = new Set(ids);
  const nodes = Object.fromEntries(Object.entries(doc.nodes).filter(([id]) => chosen.has(id)));
  const links = Object.fromEntries(Object.entries(doc.links).filter(([, link]) => chosen.has(link.from) && chosen.has(link.to)));
  const definitions = doc.raw["definitions"];
  const raw: JsonObject = definitions === undefined ? {} : { definitions };
  return stringifyJson(writeDocument({ ...doc, nodes, links, groups: {}, raw }, defs));
}

export function parseClipboard(text: string): Json | null {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    const parsed = parseJson(text);
    return kindOf(parsed) === "other" ? null : parsed;
  } catch {
    return null;
  }
}

export interface Pasted {
  readonly doc: Doc;
  readonly ids: readonly NodeId[];
}

/** Adds the copied nodes with new ids, their top left corner at `at`. */
export function paste(doc: Doc, defs: NodeDefs, source: Json, at: Point | null, offset = 32): Pasted {
  return insert(doc, readDocument(source, defs), at, offset);
}

export function insert(doc: Doc, added: Doc, at: Point | null, offset = 32): Pasted {
  const incoming = Object.values(added.nodes);
  if (incoming.length === 0) return { doc, ids: [] };
  const left = Math.min(...incoming.map((node) => node.position.x));
  const top = Math.min(...incoming.map((node) => node.position.y));
  const shift = at === null ? { x: offset, y: offset } : { x: at.x - left, y: at.y - top };
  const renamed = new Map(incoming.map((node, i) => [node.id, String(doc.lastNodeId + 1 + i)]));
  const nodes = incoming.map((node): DocNode => ({
    ...node,
    id: renamed.get(node.id) ?? node.id,
    position: { x: node.position.x + shift.x, y: node.position.y + shift.y },
  }));
  const links = Object.values(added.links).flatMap((link, i): DocLink[] => {
    const [from, to] = [renamed.get(link.from), renamed.get(link.to)];
    return from === undefined || to === undefined ? [] : [{ ...link, id: doc.lastLinkId + 1 + i, from, to }];
  });
  return {
    ids: nodes.map((node) => node.id),
    doc: {
      ...doc,
      lastNodeId: doc.lastNodeId + nodes.length,
      lastLinkId: doc.lastLinkId + Object.keys(added.links).length,
      nodes: { ...doc.nodes, ...Object.fromEntries(nodes.map((node) => [node.id, node])) },
      links: { ...doc.links, ...Object.fromEntries(links.map((link) => [link.id, link])) },
    },
  };
}
