/** Where wires pass through their bends, and in which direction: computed once for each state of the document. */
import { chainOf, wiresThrough } from "@/model/reroutes";
import { HEADER, SLOT_ROW } from "@/model/geometry";
import type { Doc, DocLink, Point } from "@/model/types";

import { headingThrough, type Turn } from "./wirePath";

const cache = new WeakMap<Doc, Map<number, Turn>>();

/** A bend as a point that the wires through it pass in one common direction. */
export function turnAt(doc: Doc, id: number): Turn | null {
  const turns = cache.get(doc) ?? new Map<number, Turn>();
  cache.set(doc, turns);
  const known = turns.get(id);
  if (known !== undefined) return known;
  const bend = doc.reroutes[id];
  if (bend === undefined) return null;
  const wires = wiresThrough(doc, id);
  const first = wires[0];
  const before = bend.parent !== null ? doc.reroutes[bend.parent]?.position : first === undefined ? undefined : startOf(doc, first);
  const after = wires.flatMap((link) => nextOf(doc, link, id) ?? []);
  const turn = { ...bend.position, heading: headingThrough(before ?? { x: bend.position.x - 1, y: bend.position.y }, bend.position, after) };
  turns.set(id, turn);
  return turn;
}

/** About where a wire leaves its node; only directions follow from it. */
function startOf(doc: Doc, link: DocLink): Point | undefined {
  const node = doc.nodes[link.from];
  return node === undefined ? undefined : { x: node.position.x + node.size.width, y: node.position.y + HEADER + (link.slot + 0.5) * SLOT_ROW };
}

function endOf(doc: Doc, link: DocLink): Point | undefined {
  const node = doc.nodes[link.to];
  const row = node?.inputs.findIndex((socket) => socket.name === link.input) ?? 0;
  return node === undefined ? undefined : { x: node.position.x, y: node.position.y + HEADER + (Math.max(0, row) + 0.5) * SLOT_ROW };
}

function nextOf(doc: Doc, link: DocLink, id: number): Point | undefined {
  const chain = chainOf(doc, link.reroute);
  const next = chain[chain.findIndex((bend) => bend.id === id) + 1];
  return next === undefined ? endOf(doc, link) : next.position;
}

/** All bends of a wire from its output to its end. */
export const turnsOf = (doc: Doc, link: DocLink): readonly Turn[] => chainOf(doc, link.reroute).flatMap((bend) => turnAt(doc, bend.id) ?? []);
