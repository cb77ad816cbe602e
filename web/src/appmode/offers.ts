/** All settings and results of a workflow, by node, for the list from which a form is made. */
import type { NodeDefs } from "@/formats/definitions";
import { widgetsIn } from "@/formats/widgets";
import { withSubgraphs } from "@/model/definitions";
import { linkInto } from "@/model/links";
import { executionId, pageOf, pathsOf } from "@/model/pages";
import { isSide, type Doc } from "@/model/types";
import { finder } from "@/ui/words";
import { labelOf } from "@/widgets/WidgetRow";

export interface Offer {
  readonly node: string;
  readonly widget: string;
  readonly label: string;
}

export interface NodeOffers {
  /** Execution id. */
  readonly id: string;
  /** With the subgraphs it stands in. */
  readonly title: string;
  readonly isOutput: boolean;
  readonly offers: readonly Offer[];
}

/** `defs` are the server's. */
export function offersOf(whole: Doc, serverDefs: NodeDefs): readonly NodeOffers[] {
  const defs = withSubgraphs(serverDefs, whole.subgraphs);
  return pathsOf(whole).flatMap((path) => {
    const page = pageOf(whole, path);
    const around = path.map((step, i) => nameOf(pageOf(whole, path.slice(0, i)), defs, step));
    return Object.values(page.nodes).flatMap((node): NodeOffers[] => {
      const def = defs[node.type];
      if (def === undefined || isSide(node.id)) return [];
      const id = executionId(path, node.id);
      const widgets = widgetsIn(def, node).filter((widget) => widget.inPrompt && linkInto(page, node.id, widget.name) === undefined);
      const isOutput = def.isOutput && whole.subgraphs[node.type] === undefined;
      const offers = widgets.map((widget) => ({ node: id, widget: widget.name, label: labelOf(widget) }));
      return offers.length === 0 && !isOutput ? [] : [{ id, title: [...around, nameOf(page, defs, node.id)].join(" › "), isOutput, offers }];
    });
  });
}

function nameOf(page: Doc, defs: NodeDefs, id: string): string {
  const node = page.nodes[id];
  return node === undefined ? id : (node.title ?? page.subgraphs[node.type]?.name ?? defs[node.type]?.title ?? node.type);
}

/** All typed words occur in the setting's or its node's name. */
export function searchOffers(nodes: readonly NodeOffers[], query: string): readonly NodeOffers[] {
  if (query.trim() === "") return nodes;
  const isFound = finder(query);
  return nodes.flatMap((node): NodeOffers[] => {
    const offers = node.offers.filter((offer) => isFound(`${offer.label} ${node.title}`));
    return offers.length === 0 ? [] : [{ ...node, offers }];
  });
}
