/** What may be said of nodes beside the graph, as people say it, for tests of whether it stays with them. */
import { plainField, readForm, toggleOutput, withForm } from "@/appmode/form";
import { stringifyJson, type Json } from "@/formats/json";
import { widgetsOf } from "@/formats/widgets";
import { readView, storedViews, withView } from "@/canvas/bookmarks";
import { withSubgraphs } from "@/model/definitions";
import { currentPath } from "@/model/document";
import { executionId, graphOf, pageOf, pathsOf, splitExecutionId, subgraphAt } from "@/model/pages";
import { isSide, MODE, type Doc, type Path } from "@/model/types";
import { putSet, setsOf } from "@/presets/sets";
import { putSweep, storedSweeps } from "@/sweeps/document";
import { entryOf, putSwitch, switchesOf } from "@/switches/sets";

import { defs } from "../definitions";

const pick = <T>(items: readonly T[], n: number): T | undefined => items[n % Math.max(1, items.length)];

interface Found {
  readonly page: string | null;
  readonly path: Path;
  readonly node: string;
  readonly type: string;
  readonly keys: readonly string[];
}

/** A node of the page that is shown. */
function nodeHere(whole: Doc, a: number): Found | null {
  const page = pageOf(whole, currentPath());
  const node = pick(Object.values(page.nodes).filter(({ id }) => !isSide(id)), a);
  if (node === undefined) return null;
  const def = withSubgraphs(defs, whole.subgraphs)[node.type];
  const keys = def === undefined ? [] : widgetsOf(def, node.values).filter((widget) => widget.inPrompt).map((widget) => widget.key);
  return { page: subgraphAt(whole, currentPath()) ?? null, path: currentPath(), node: node.id, type: node.type, keys };
}

type Mark = (whole: Doc, a: number, b: number) => Doc;

const onWidget = (change: (whole: Doc, found: Found, key: string, b: number) => Doc): Mark => (whole, a, b) => {
  const found = nodeHere(whole, a);
  const key = pick(found?.keys ?? [], b);
  return found === null || key === undefined ? whole : change(whole, found, key, b);
};

export const marks: Readonly<Record<string, Mark>> = {
  sweep: onWidget((whole, { page, node }, key, b) => putSweep(whole, { page, node, key, spec: { kind: "list", values: [b, b + 1] }, place: null })),
  set: onWidget((whole, { page, node, type }, key, b) => putSet(whole, { id: `set${b % 4}`, name: "Set", entries: [{ page, node, type, title: type, values: { [key]: b } }] })),
  field: onWidget((whole, { path, node }, key) => {
    const form = readForm(whole);
    return withForm(whole, { ...form, fields: [...form.fields, plainField(executionId(path, node), key)] });
  }),
  result: (whole, a) => {
    const found = nodeHere(whole, a);
    return found === null ? whole : withForm(whole, toggleOutput(readForm(whole), executionId(found.path, found.node)));
  },
  switch: (whole, a, b) => {
    const found = nodeHere(whole, a);
    return found === null ? whole : putSwitch(whole, { id: `switch${b % 4}`, name: "Switch", radio: null, entries: [entryOf("node", executionId(found.path, found.node), MODE.always)] });
  },
  group: (whole, a, b) => {
    const group = pick(Object.keys(pageOf(whole, currentPath()).groups), a);
    return group === undefined ? whole : putSwitch(whole, { id: `group${b % 4}`, name: "Group", radio: null, entries: [entryOf("group", executionId(currentPath(), group), MODE.always)] });
  },
  view: (whole, _a, b) => withView(whole, String(b % 4), { path: currentPath(), scale: 1, offset: [b, 0] }),
};

const has = (whole: Doc, id: string, kind: "nodes" | "groups" = "nodes"): boolean => {
  const { path, node } = splitExecutionId(id);
  const page = subgraphAt(whole, path);
  return page !== undefined && graphOf(whole, page)?.[kind][node] !== undefined;
};

/** What is said of things that are not there; value sets look for theirs by other marks. */
export function missingIn(whole: Doc): readonly string[] {
  const shown = new Set(pathsOf(whole).map((path) => subgraphAt(whole, path)));
  const form = readForm(whole);
  return [
    ...storedSweeps(whole).filter(({ page, node }) => !shown.has(page) || graphOf(whole, page)?.nodes[node] === undefined).map(({ page, node }) => `sweep ${page ?? ""} ${node}`),
    ...switchesOf(whole).flatMap(({ entries }) => entries.filter(({ id, kind }) => !has(whole, id, kind === "node" ? "nodes" : "groups")).map(({ id }) => `switch ${id}`)),
    ...form.fields.filter(({ node }) => !has(whole, node)).map(({ node }) => `field ${node}`),
    ...form.outputs.filter((id) => !has(whole, id)).map((id) => `result ${id}`),
    ...storedViews(whole).filter((key) => subgraphAt(whole, readView(whole, key)?.path ?? []) === undefined).map((key) => `view ${key}`),
  ];
}

/** All that is said, each as a text. */
export function keptIn(whole: Doc): ReadonlySet<string> {
  const form = readForm(whole);
  const all: readonly object[] = [
    ...storedSweeps(whole),
    ...switchesOf(whole),
    ...setsOf(whole),
    ...form.fields,
    ...form.outputs.map((output) => ({ output })),
    ...storedViews(whole).map((key) => ({ key, view: readView(whole, key) })),
  ];
  return new Set(all.map((item) => stringifyJson(item as unknown as Json)));
}
