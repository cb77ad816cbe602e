/**
 * Sweeps of copied nodes: they travel with the copy, and are taken on where the widget they came from is not swept any
 * more or never was, in another workflow. Beside its original a copy is not swept: the two would multiply the runs.
 */
import { isObject, stringifyJson, type Json } from "@/formats/json";
import type { Pasted } from "@/model/clipboard";
import { drawerOf, withDrawer } from "@/model/extra";
import type { Doc } from "@/model/types";

import { putSweep, readSweep, ROOM, storedSweeps, sweepAt, writeSweep, type Sweep } from "./document";

/** `page` is the id of the subgraph that was copied from; null is the outermost page. */
export function withSweepsOf(excerpt: Doc, whole: Doc, page: string | null): Doc {
  const isTaken = (sweep: Sweep): boolean => (sweep.page === page ? excerpt.nodes[sweep.node] !== undefined : excerpt.subgraphs[sweep.page ?? ""] !== undefined);
  const taken = storedSweeps(whole).filter(isTaken);
  return taken.length === 0 ? excerpt : withDrawer(excerpt, ROOM, taken.map(writeSweep));
}

/** `page` is the id of the subgraph that was pasted into; null is the outermost page. */
export function withSweepsFrom(whole: Doc, source: Json, page: string | null, { names, types }: Pasted): Doc {
  const raw = isObject(source) ? drawerOf({ raw: source }, ROOM) : undefined;
  const carried = Array.isArray(raw) ? raw.flatMap(readSweep) : [];
  return carried.reduce((doc, sweep) => {
    const known = sweepAt(whole, sweep);
    if (known !== undefined && stringifyJson(writeSweep(known)) === stringifyJson(writeSweep(sweep))) return doc;
    const type = types.get(sweep.page ?? "");
    const node = type === undefined ? names.get(sweep.node) : sweep.node;
    const now = node === undefined ? null : { ...sweep, page: type ?? page, node };
    return now === null || sweepAt(doc, now) !== undefined ? doc : putSweep(doc, now);
  }, whole);
}
