/** A difference as it is read: for each node what it was and what it is, in words. */
import type { NodeDefs } from "@/formats/definitions";
import { stringifyJson, type Json } from "@/formats/json";
import { t, type MessageKey } from "@/i18n";
import { withSubgraphs } from "@/model/definitions";
import { linkKind, type Change, type ChangeKind, type DiffKind, type DocDiff, type GraphDiff, type LinkDiff, type Source } from "@/model/diff";
import { MODE, type Doc, type Graph, type NodeId } from "@/model/types";
import { titleOf } from "@/session/store";

export interface Line {
  /** What of the node: the name of a value, an input, or a property. */
  readonly label: string;
  readonly kind: DiffKind;
  readonly before: string;
  readonly after: string;
}

export interface Entry {
  readonly key: string;
  readonly kind: DiffKind;
  readonly title: string;
  /** Null for frames. */
  readonly node: NodeId | null;
  readonly lines: readonly Line[];
}

export interface Section {
  /** Id of the subgraph; null is the outermost page. */
  readonly page: string | null;
  readonly name: string;
  readonly kind: DiffKind;
  readonly renamed: string | null;
  readonly entries: readonly Entry[];
}

export interface Sides {
  readonly before: Doc;
  readonly after: Doc;
  /** Types of the server. */
  readonly defs: NodeDefs;
}

export function sectionsOf(diff: DocDiff, sides: Sides): readonly Section[] {
  const inner = diff.subgraphs.map(({ id, name, kind, renamed, ...graph }) => ({ page: id, name, kind, renamed, entries: entriesOf(graph, sides, id) }));
  const outer: Section = { page: null, name: "", kind: "changed", renamed: null, entries: entriesOf(diff, sides, null) };
  return [...(outer.entries.length > 0 ? [outer] : []), ...inner];
}

type Naming = (id: NodeId, was: boolean) => string;

function entriesOf(diff: GraphDiff, sides: Sides, page: string | null): readonly Entry[] {
  const name = naming(sides, page);
  const links = new Map<NodeId, LinkDiff[]>();
  for (const link of diff.links) links.set(link.to, [...(links.get(link.to) ?? []), link]);
  const told = new Set(diff.nodes.filter((node) => node.kind !== "removed").map((node) => node.id));
  // The wires of a node that is gone are gone without saying.
  const removed = new Set(diff.nodes.filter((node) => node.kind === "removed").map((node) => node.id));
  const nodes = diff.nodes.map(({ id, kind, changes }): Entry => {
    const wires = kind === "removed" ? [] : (links.get(id) ?? []).map((link) => wireLine(link, name));
    return { key: `${kind}:${id}`, kind, title: name(id, kind === "removed"), node: id, lines: [...changes.map(changeLine), ...wires] };
  });
  const rewired = [...links].filter(([id]) => !told.has(id) && !removed.has(id)).map(([id, found]): Entry => ({ key: `wires:${id}`, kind: "changed", title: name(id, false), node: id, lines: found.map((link) => wireLine(link, name)) }));
  const groups = diff.groups.map(({ id, kind, title, changes }): Entry => ({ key: `group:${id}`, kind, title: `${t("versions.diff.groups")}: ${title}`, node: null, lines: changes.map(changeLine) }));
  return [...nodes, ...rewired, ...groups];
}

/** Nodes are called as they are called now; what is gone, as it was last. */
function naming({ before, after, defs }: Sides, page: string | null): Naming {
  const all = withSubgraphs(withSubgraphs(defs, before.subgraphs), after.subgraphs);
  const on = (doc: Doc): Doc => {
    const graph: Graph | undefined = page === null ? doc : doc.subgraphs[page];
    return { ...(graph ?? doc), subgraphs: doc.subgraphs };
  };
  const [was, is] = [on(before), on(after)];
  return (id, isGone) => titleOf(isGone || is.nodes[id] === undefined ? was : is, all, id);
}

function wireLine(link: LinkDiff, name: Naming): Line {
  const words = (source: Source | null, was: boolean): string => (source === null ? t("versions.diff.none") : `${name(source.node, was)} · ${source.output}`);
  return { label: link.input, kind: linkKind(link), before: words(link.before, true), after: words(link.after, false) };
}

const LABELS: Readonly<Record<Exclude<ChangeKind, "value" | "other">, MessageKey>> = {
  ...{ title: "versions.diff.title", type: "versions.diff.type", mode: "versions.diff.mode", color: "versions.diff.color", collapsed: "versions.diff.collapsed" },
  ...{ pinned: "versions.diff.pinned", sockets: "versions.diff.sockets", moved: "versions.diff.moved", resized: "versions.diff.resized" },
};

function changeLine({ kind, name, before, after }: Change): Line {
  const label = kind === "value" || kind === "other" ? name.replace(/^control:(.*)$/, "$1 · control") : t(LABELS[kind]);
  const [old, now] = apart(words(kind, before), words(kind, after));
  return { label, kind: "changed", before: old, after: now };
}

const MODES: Readonly<Record<number, MessageKey>> = { [MODE.always]: "versions.diff.modeAlways", [MODE.muted]: "versions.diff.modeMuted", [MODE.bypassed]: "versions.diff.modeBypassed" };

function words(kind: ChangeKind, value: Json): string {
  if (value === null || value === "") return t("versions.diff.none");
  if (kind === "mode") return t(MODES[Number(value)] ?? "versions.diff.modeAlways");
  if (kind === "moved" && Array.isArray(value)) return value.map((part) => Math.round(Number(part))).join(", ");
  if (kind === "resized" && Array.isArray(value)) return value.map((part) => Math.round(Number(part))).join(" × ");
  if (kind === "sockets" && Array.isArray(value)) return value.join(", ");
  if (typeof value === "boolean") return t(value ? "versions.diff.yes" : "versions.diff.no");
  return typeof value === "object" ? stringifyJson(value) : String(value);
}

/** So much of what two long texts share is shown around their difference. */
const AROUND = 24;
const LONG = 80;

/** Two texts with what they share at either end left out, as long as they are long. */
export function apart(before: string, after: string): readonly [string, string] {
  if (before.length <= LONG && after.length <= LONG) return [before, after];
  const shortest = Math.min(before.length, after.length);
  let head = 0;
  while (head < shortest && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shortest - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const cut = (text: string): string => {
    const start = Math.max(0, head - AROUND);
    const end = Math.min(text.length, text.length - tail + AROUND);
    return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
  };
  return [cut(before), cut(after)];
}
