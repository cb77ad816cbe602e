/** What people do to subgraphs, as steps of undo. */
import { toast } from "sonner";

import { serverDefs } from "@/session/store";
import { t } from "@/i18n";
import { updateNode } from "@/model/actions";
import { beginGesture, currentDoc, currentPath, currentSelection, currentWhole, endGesture, select, transact, transactWhole } from "@/model/document";
import { linkInto } from "@/model/links";
import { subgraphAt } from "@/model/pages";
import { connectAtEdge, movePort, NEW_PORT, portsOf, releaseInput, removePort, renamePort, type Edge } from "@/model/ports";
import { exposePreview, exposeThrough, inward, previewsOf, promote, unpromote } from "@/model/promote";
import { becomeInstance, describe, freeName, independent, instanceCount, unused, withoutSubgraphs } from "@/model/subgraphs";
import { isSide, OUTPUT_SIDE, type NodeId, type Path } from "@/model/types";
import { unpack } from "@/model/unpack";
import { wrap } from "@/model/wrap";
import { uiStore } from "@/session/ui";

import { chosenInstance } from "./places";

export const canWrap = (): boolean => currentSelection().nodes.some((id) => !isSide(id)) || currentSelection().groups.length > 0;

export function makeSubgraph(): void {
  const { nodes, groups } = currentSelection();
  const frame = groups.length === 1 ? currentDoc().groups[groups[0] ?? ""]?.title : undefined;
  const made: { instance: NodeId | null; between: number } = { instance: null, between: 0 };
  transact("subgraphs.step.make", (doc) => {
    const wrapped = wrap(doc, serverDefs(), { nodes, groups }, freeName(doc.subgraphs, frame === undefined || frame === "" ? t("subgraphs.new") : frame));
    if (wrapped === null) return doc;
    Object.assign(made, { instance: wrapped.instance, between: wrapped.between.length });
    return wrapped;
  });
  if (made.instance === null) return;
  select({ nodes: [made.instance] });
  uiStore.setState({ renaming: made.instance });
  if (made.between > 0) toast.info(t("subgraphs.between", { count: made.between }));
}

/** One step; a definition that nobody uses any more goes with its last instance. */
export function unpackChosen(): void {
  const id = chosenInstance();
  const type = currentDoc().nodes[id ?? ""]?.type;
  if (id === undefined || type === undefined) return;
  let ids: readonly NodeId[] = [];
  beginGesture("subgraphs.step.unpack");
  transact("subgraphs.step.unpack", (doc) => {
    const unpacked = unpack(doc, serverDefs(), id);
    ids = unpacked?.ids ?? [];
    return unpacked ?? doc;
  });
  transactWhole("subgraphs.step.unpack", (whole) => (instanceCount(whole, type) === 0 ? withoutSubgraphs(whole, [type]) : whole));
  endGesture();
  select({ nodes: ids });
}

export function makeIndependent(id: NodeId): void {
  transact("subgraphs.step.independent", (doc) => independent(doc, id));
}

export const convertTo = (id: NodeId, type: string): void => transact("subgraphs.step.convert", (doc) => becomeInstance(doc, serverDefs(), id, type));

/** What one sees is renamed: of a subgraph's only instance, which has no title of its own, that is the subgraph's name. */
export function renameNode(id: NodeId, text: string): void {
  const node = currentDoc().nodes[id];
  const isOnly = node !== undefined && node.title === null && currentWhole().subgraphs[node.type] !== undefined && instanceCount(currentWhole(), node.type) === 1;
  if (isOnly && text !== "") transactWhole("subgraphs.step.rename", (whole) => describe(whole, node.type, { name: text }));
  else transact("step.rename", (doc) => updateNode(doc, id, { title: text === "" ? null : text }));
}

export function deleteUnused(): void {
  const ids = unused(currentWhole());
  if (ids.length === 0) {
    toast.info(t("subgraphs.noneUnused"));
    return;
  }
  transactWhole("subgraphs.step.deleteUnused", (whole) => withoutSubgraphs(whole, ids));
  toast.success(t("subgraphs.deletedUnused", { count: ids.length }));
}

/** The subgraph whose page is shown. */
const subgraphHere = (): string | null => subgraphAt(currentWhole(), currentPath()) ?? null;

function onPort(step: "subgraphs.step.port" | "subgraphs.step.removePort", change: (id: string) => void): void {
  const id = subgraphHere();
  if (id === null) return;
  beginGesture(step);
  change(id);
  endGesture();
}

export const renamePortHere = (edge: Edge, slot: number, text: string): void =>
  onPort("subgraphs.step.port", (id) => transactWhole("subgraphs.step.port", (whole) => renamePort(whole, id, edge, slot, text)));

export const movePortHere = (edge: Edge, slot: number, to: number): void =>
  onPort("subgraphs.step.port", (id) => transactWhole("subgraphs.step.port", (whole) => movePort(whole, id, edge, slot, to)));

/** What the instance that one came in by held stays inside. */
export const removePortHere = (edge: Edge, slot: number): void =>
  onPort("subgraphs.step.removePort", (id) =>
    transactWhole("subgraphs.step.removePort", (whole) => {
      const path = currentPath();
      const host = path[path.length - 1];
      const outer = subgraphAt(whole, path.slice(0, -1));
      const page = typeof outer === "string" ? whole.subgraphs[outer] : whole;
      if (edge === "output") return removePort(whole, id, edge, slot);
      return { doc: releaseInput(whole, serverDefs(), id, slot, page?.nodes[host ?? ""]), moves: inward(whole, serverDefs(), path, slot) };
    }),
  );

/** Shows a widget of the page at `path` on the instances around it. */
export function promoteWidget(path: Path, node: NodeId, input: string, levels = 1): void {
  const done: { levels: number } = { levels: 0 };
  transactWhole("subgraphs.step.promote", (whole) => {
    const promoted = promote(whole, serverDefs(), { path, node, input }, levels);
    done.levels = promoted?.levels ?? 0;
    return promoted === null ? whole : { doc: promoted.whole, moves: promoted.moves };
  });
  if (done.levels === 0) toast.error(t("subgraphs.notPromoted"));
}

export function unpromoteWidget(path: Path, name: string): void {
  const done: { others: number } = { others: 0 };
  transactWhole("subgraphs.step.unpromote", (whole) => {
    const released = unpromote(whole, serverDefs(), path, name);
    done.others = released?.others ?? 0;
    return released === null ? whole : { doc: released.whole, moves: released.moves };
  });
  if (done.others > 0) toast.info(t("subgraphs.othersLost", { count: done.others }));
}

/** A widget or socket of this page becomes one of the instance, or is one no longer. */
export function showInput(node: NodeId, input: string, isShown: boolean): void {
  if (isShown) return promoteWidget(currentPath(), node, input);
  const port = portsOf(currentDoc(), "input")[linkInto(currentDoc(), node, input)?.slot ?? -1];
  if (port !== undefined) unpromoteWidget(currentPath(), port.name);
}

export const setPreviewShown = (instance: NodeId, source: NodeId, isShown: boolean): void => transact("subgraphs.step.preview", (doc) => exposePreview(doc, instance, source, isShown));

/** An inner node's output becomes one of the subgraph, or is one no longer. */
export function showOutput(node: NodeId, slot: number, isShown: boolean): void {
  if (isShown) return transact("step.connect", (doc) => connectAtEdge(doc, { from: node, slot, to: OUTPUT_SIDE, input: NEW_PORT }));
  const link = Object.values(currentDoc().links).find((candidate) => candidate.from === node && candidate.slot === slot && candidate.to === OUTPUT_SIDE);
  const port = portsOf(currentDoc(), "output").findIndex(({ name }) => name === link?.input);
  if (port >= 0) removePortHere("output", port);
}

/** The chosen node's pictures, on every instance around this page; once more, and they are shown there no longer. */
export function togglePreviewOutside(): void {
  const [node] = currentSelection().nodes;
  const path = currentPath();
  if (node === undefined || isSide(node) || path.length === 0) return;
  transactWhole("subgraphs.step.preview", (whole) => {
    const outer = subgraphAt(whole, path.slice(0, -1));
    const page = typeof outer === "string" ? whole.subgraphs[outer] : whole;
    return exposeThrough(whole, path, node, !previewsOf(page?.nodes[path[path.length - 1] ?? ""]).includes(node));
  });
}

