/** Widgets of inner nodes that a subgraph instance holds the value of. */
import type { NodeDefs } from "./definitions";
import { text, type CanvasFile, type FileNode, type SubgraphDef } from "./file";
import { isObject, type Json } from "./json";
import { linkedIn } from "./parts";
import { valuesIn, widgetsOf } from "./widgets";

/** Value by input name; the i-th entry of the instance belongs to the i-th input that leads to a widget. */
export function hostValues(file: CanvasFile, defs: NodeDefs, host: FileNode, def: SubgraphDef): Record<string, Json> {
  const named = host.raw["widgets_values_named"];
  const values = host.raw["widgets_values"];
  if (isObject(named)) return named;
  if (isObject(values)) return values;
  if (!Array.isArray(values)) return {};
  const properties = host.raw["properties"];
  const proxies = isObject(properties) ? properties["proxyWidgets"] : undefined;
  if (Array.isArray(proxies) && proxies.length > 0) return proxied(proxies, values);
  const promoted = def.inputs.filter((_input, slot) => leadsToWidget(file, defs, def, slot));
  const entries = promoted.map((input, i): [string, Json | undefined] => [input.name, values[i]]);
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== null));
}

/**
 * The older way: pairs of inner id and widget, where only those of id -1 hold a value of their own. The list of values
 * has one for each pair, or for each of those alone.
 */
function proxied(listed: readonly Json[], values: readonly Json[]): Record<string, Json> {
  const pairs = listed.filter((pair): pair is Json[] => Array.isArray(pair) && pair.length >= 2);
  const isOwn = (pair: readonly Json[]): boolean => text(pair[0]) === "-1";
  const along = values.length === pairs.length ? pairs : pairs.filter(isOwn);
  const entries = along.flatMap((pair, i): [string, Json][] => (isOwn(pair) && (values[i] ?? null) !== null ? [[text(pair[1]), values[i] ?? null]] : []));
  return Object.fromEntries(entries);
}

function leadsToWidget(file: CanvasFile, defs: NodeDefs, outer: SubgraphDef, outerSlot: number): boolean {
  const open: [SubgraphDef, number][] = [[outer, outerSlot]];
  const seen = new Set<string>();
  for (const [def, slot] of open) {
    if (seen.has(`${def.id}|${slot}`)) continue;
    seen.add(`${def.id}|${slot}`);
    for (const link of def.links.values()) {
      if (link.origin !== "-10" || link.originSlot !== slot) continue;
      const target = def.nodes.find((node) => node.id === link.target);
      const input = target?.inputs.find((candidate) => candidate.link === link.id);
      if (target === undefined || input === undefined) continue;
      const inner = file.subgraphs.get(target.type);
      if (inner !== undefined) open.push([inner, inner.inputs.findIndex((candidate) => candidate.name === input.name)]);
      else if (input.widget !== null || isWidget(defs, target, input.name)) return true;
    }
  }
  return false;
}

function isWidget(defs: NodeDefs, node: FileNode, name: string): boolean {
  const def = defs[node.type];
  return def !== undefined && widgetsOf(def, valuesIn(node, def), linkedIn(node.inputs)).some((widget) => widget.inPrompt && widget.name === name);
}
