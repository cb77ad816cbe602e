/** Random edits as people make them, for tests of what holds whatever they do. */
import fc from "fast-check";

import { CONTROL_MODES } from "@/formats/widgets";
import * as actions from "@/model/actions";
import { copyText, parseClipboard, paste } from "@/model/clipboard";
import { currentDoc, select, transact } from "@/model/document";
import type { Moved } from "@/model/moves";
import { isSide, MODE, type Doc, type NodeId } from "@/model/types";

import { defs } from "../definitions";

export interface Edit {
  readonly name: string;
  readonly run: () => void;
}

const TYPES = [...Object.keys(defs), "Reroute", "Note", "PrimitiveNode", "NobodyKnowsMe"];
const pick = <T>(items: readonly T[], n: number): T | undefined => items[n % Math.max(1, items.length)];
const ids = (doc: Doc): NodeId[] => Object.keys(doc.nodes).filter((id) => !isSide(id));

function connectAny(doc: Doc, a: number, b: number): Doc {
  const from = pick(ids(doc), a);
  const to = pick(ids(doc), b);
  const input = pick(doc.nodes[to ?? ""]?.inputs ?? [], a);
  if (from === undefined || to === undefined || input === undefined) return doc;
  return actions.connect(doc, { from, slot: b % Math.max(1, doc.nodes[from]?.outputs.length ?? 1), to, input: input.name });
}

function setAny(doc: Doc, a: number, b: number): Doc {
  const node = doc.nodes[pick(ids(doc), a) ?? ""];
  const key = pick(Object.keys(node?.values ?? {}), b);
  const value = key === undefined ? undefined : node?.values[key];
  if (node === undefined || key === undefined) return doc;
  if (typeof value === "number") return actions.setValue(doc, node.id, key, value + 1);
  if (typeof value === "boolean") return actions.setValue(doc, node.id, key, !value);
  if (key.startsWith("control:")) return actions.setValue(doc, node.id, key, pick(CONTROL_MODES, a + b) ?? "fixed");
  if (key === "to") return actions.setValue(doc, node.id, key, pick(["factor", "sides", "width", "same", "many"], a + b) ?? "factor");
  return typeof value === "string" ? actions.setValue(doc, node.id, key, `${value}!`) : doc;
}

const some = (doc: Doc, a: number, b: number): NodeId[] => ids(doc).filter((_id, i) => (a >> (i % 8)) % 2 === b % 2);

export type PageEdits = Readonly<Record<string, (doc: Doc, a: number, b: number) => Doc | Moved>>;

const EDITS: PageEdits = {
  add: (doc, a, b) => actions.addNode(doc, defs, pick(TYPES, a) ?? "Sampler", { x: a, y: b }).doc,
  connect: connectAny,
  connectMore: (doc, a, b) => connectAny(doc, b, a),
  set: setAny,
  move: (doc, a, b) => actions.moveNodes(doc, Object.fromEntries(some(doc, a, b).map((id) => [id, { x: a * 3, y: b * 5 }]))),
  resize: (doc, a, b) => actions.resizeNode(doc, pick(ids(doc), a) ?? "", { width: 200 + a, height: 100 + b }, { x: a, y: b }),
  remove: (doc, a, b) => actions.removeNodes(doc, [pick(ids(doc), a + b) ?? ""]),
  dissolve: (doc, a) => actions.dissolveNodes(doc, [pick(ids(doc), a) ?? ""]),
  unlink: (doc, a) => actions.removeLinks(doc, [pick(Object.values(doc.links), a)?.id ?? -1]),
  mute: (doc, a, b) => actions.toggleMode(doc, some(doc, a, b), b % 2 === 0 ? MODE.muted : MODE.bypassed),
  fold: (doc, a, b) => actions.toggleFlag(doc, some(doc, a, b), b % 2 === 0 ? "collapsed" : "pinned"),
  rename: (doc, a) => actions.updateNode(doc, pick(ids(doc), a) ?? "", { title: `named ${a}` }),
  group: (doc, a, b) => actions.groupNodes(doc, some(doc, a, b).map((id) => ({ ...(doc.nodes[id]?.position ?? { x: 0, y: 0 }), width: 200, height: 100 })), `group ${a}`),
  paste: (doc, a, b) => {
    const copied = parseClipboard(copyText(doc, defs, { nodes: some(doc, a, b), groups: Object.keys(doc.groups) }));
    return copied === null ? doc : paste(doc, defs, copied, { x: a, y: b }).doc;
  },
};

/** More kinds of edits that other tests know of. */
export const withEdits = (more: PageEdits = {}): fc.Arbitrary<Edit> =>
  fc
    .record({ name: fc.constantFrom(...Object.keys({ ...EDITS, ...more })), a: fc.nat(255), b: fc.nat(255) })
    .map(({ name, a, b }) => ({
      name: `${name}(${a}, ${b})`,
      run: () => {
        const change = { ...EDITS, ...more }[name];
        if (change !== undefined) transact("step.value", (doc) => change(doc, a, b), `${name}${a}${b}`);
        select({ nodes: some(currentDoc(), b, a) });
      },
    }));
