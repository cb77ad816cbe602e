/** Several nodes set at once: the widgets that all of them have, and what they agree on. */
import type { NodeDefs } from "@/formats/definitions";
import { stringifyJson, type Json } from "@/formats/json";
import { widgetsIn, type Widget } from "@/formats/widgets";
import { setValue } from "@/model/actions";
import { linkInto } from "@/model/links";
import type { Doc, NodeId } from "@/model/types";

export interface Common {
  readonly widget: Widget;
  readonly value: Json | undefined;
  readonly isMixed: boolean;
  /** Whether a wire decides it at one of them. */
  readonly isFed: boolean;
}

/** What can be set to the same: choices that only some nodes offer are left out. */
export function commonWidgets(doc: Doc, defs: NodeDefs, ids: readonly NodeId[]): readonly Common[] {
  const nodes = ids.flatMap((id) => doc.nodes[id] ?? []);
  const lists = nodes.map((node) => {
    const def = defs[node.type];
    return def === undefined ? [] : widgetsIn(def, node).filter((widget) => widget.inPrompt);
  });
  const [first, ...others] = lists;
  if (first === undefined) return [];
  return first.flatMap((widget): Common[] => {
    const same = others.map((list) => list.find((other) => other.key === widget.key && other.kind === widget.kind));
    if (same.some((other) => other === undefined)) return [];
    const values = nodes.map((node) => node.values[widget.key]);
    const isMixed = values.some((value) => stringifyJson(value ?? null) !== stringifyJson(values[0] ?? null));
    const choices = widget.input.choices?.filter((choice) => same.every((other) => other?.input.choices?.includes(choice) !== false)) ?? null;
    const shared = choices === null ? widget : { ...widget, input: { ...widget.input, choices } };
    return [{ widget: shared, value: values[0], isMixed, isFed: nodes.some((node) => linkInto(doc, node.id, widget.name) !== undefined) }];
  });
}

export const setCommon = (doc: Doc, ids: readonly NodeId[], key: string, value: Json): Doc => ids.reduce((now, id) => setValue(now, id, key, value), doc);

/** The one value that all have; undefined when they differ. */
export function agreed<T>(doc: Doc, ids: readonly NodeId[], pick: (node: Doc["nodes"][string]) => T): T | undefined {
  const values = ids.flatMap((id) => { const node = doc.nodes[id]; return node === undefined ? [] : [pick(node)]; });
  const [first] = values;
  return values.every((value) => value === first) ? first : undefined;
}
