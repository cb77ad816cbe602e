/** What is done about missing things: replaced, deleted, another file named; each is one step of undo. */
import { toast } from "sonner";

import { showExecuted } from "@/canvas/viewport";
import { t } from "@/i18n";
import { removeNodes, setValue } from "@/model/actions";
import { currentWhole, transactWhole } from "@/model/document";
import { executionId, graphOf, pathsOf, subgraphAt } from "@/model/pages";
import type { Doc, Subgraph } from "@/model/types";
import { serverDefs } from "@/session/store";

import { NO_MAPPING, replaceAll, type Mapping } from "./replace";
import type { MissingFile, Where } from "./scan";
import { closeMissing } from "./store";

/** Goes to a node; of a subgraph's inside, in the first instance that there is. */
export function goToWhere({ page, node }: Where): void {
  const whole = currentWhole();
  const path = pathsOf(whole).find((item) => subgraphAt(whole, item) === page);
  if (path === undefined) return;
  closeMissing();
  // The dialog gives the focus back first.
  requestAnimationFrame(() => showExecuted(executionId(path, node)));
}

export function replaceTypes(where: readonly Where[], type: string, mapping: Mapping = NO_MAPPING): void {
  let lost = 0;
  transactWhole("missing.step.replace", (whole) => {
    const after = replaceAll(whole, serverDefs(), where, type, mapping);
    lost = after.lost;
    return after.doc;
  });
  const title = serverDefs()[type]?.title ?? type;
  toast(t("missing.replaced", { count: where.length, title }), { description: lost === 0 ? "" : t("missing.lost", { count: lost }) });
}

/** Changes pages one after the other. */
function onPages(whole: Doc, where: readonly Where[], change: (page: Doc, node: string) => Doc): Doc {
  return where.reduce((doc, { page, node }) => {
    const graph = graphOf(doc, page);
    if (graph === undefined) return doc;
    const { subgraphs, ...after } = change({ ...graph, subgraphs: doc.subgraphs }, node);
    return page === null ? { ...after, subgraphs } : { ...doc, subgraphs: { ...subgraphs, [page]: { ...(graph as Subgraph), ...after } } };
  }, whole);
}

export const deleteNodes = (where: readonly Where[]): void => transactWhole("step.delete", (whole) => onPages(whole, where, (page, node) => removeNodes(page, [node])));

export function nameInstead({ where }: MissingFile, name: string): void {
  transactWhole("step.value", (whole) => where.reduce((doc, item) => onPages(doc, [item], (page, id) => setValue(page, id, item.key, name)), whole), `instead:${name}`);
}
