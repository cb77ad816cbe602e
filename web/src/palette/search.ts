/** Fuzzy search over node types: name, words of the title, aliases, category. */
import Fuse, { type IFuseOptions } from "fuse.js";

import type { InputDef, NodeDef, NodeDefs } from "@/formats/definitions";
import { partsOf } from "@/formats/parts";
import { isSocket } from "@/formats/sockets";
import { canConnect } from "@/model/wires";
import type { WireEnd } from "@/session/ui";
import { folded } from "@/ui/words";

const OPTIONS: IFuseOptions<NodeDef> = {
  threshold: 0.35,
  ignoreLocation: true,
  ignoreDiacritics: true,
  keys: [
    { name: "title", weight: 4 },
    { name: "type", weight: 3 },
    { name: "aliases", weight: 2 },
    { name: "category", weight: 1 },
  ],
};

/** Where wires may end at a new node. */
const ends = (def: NodeDef): readonly InputDef[] => partsOf(def, {}).filter(isSocket);

/** Whether a node of this type could end the wire. */
function canEnd(def: NodeDef, wire: WireEnd): boolean {
  return wire.side === "output" ? ends(def).some((input) => canConnect(wire.type, input.type)) : def.outputs.some((output) => canConnect(output.type, wire.type));
}

/** Exact sockets before those that take anything. */
function fitness(def: NodeDef, wire: WireEnd): number {
  const types = wire.side === "output" ? ends(def).map((input) => input.type) : def.outputs.map((output) => output.type);
  return types.includes(wire.type) ? 0 : 1;
}

export function searchNodes(defs: NodeDefs, query: string, wire: WireEnd | null = null): NodeDef[] {
  const fitting = Object.values(defs).filter((def) => wire === null || canEnd(def, wire));
  const rank = (def: NodeDef): number => (def.deprecated ? 2 : 0) + (wire === null ? 0 : fitness(def, wire));
  if (query.trim() === "") return fitting.sort((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title));
  const found = new Fuse(fitting, OPTIONS).search(query.trim());
  const plain = folded(query.trim());
  const lead = (def: NodeDef): number => (folded(def.title).startsWith(plain) || folded(def.type).startsWith(plain) ? 0 : 1);
  return found.map(({ item }) => item).sort((a, b) => lead(a) - lead(b) || rank(a) - rank(b));
}
