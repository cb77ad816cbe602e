/** Documents to be compared: as files say them, so that only real differences show. */
import { listVersions, readVersion } from "@/api/versions";
import { showExecuted } from "@/canvas/viewport";
import { kindOf } from "@/formats/file";
import type { Json } from "@/formats/json";
import { openJson } from "@/formats/open";
import { readDocument, writeDocument } from "@/formats/ui04";
import { executionId, pathsOf, subgraphAt } from "@/model/pages";
import type { Doc, NodeId } from "@/model/types";
import { serverDefs } from "@/session/store";
import { fileOf, goToTab, wholeOf, type TabId } from "@/tabs/store";

/** Nothing is moved apart or arranged, as opening would. */
export const asFile = async (document: Json): Promise<Doc> => (kindOf(document) === "canvas" ? readDocument(document, serverDefs()) : openJson(document, serverDefs()));

/** What a tab holds, as it would be read back. */
const asSaved = (whole: Doc): Doc => readDocument(writeDocument(whole, serverDefs()), serverDefs());

export const tabDoc = (id: TabId): Doc => asSaved(wholeOf(id));

export const readVersionDoc = async (path: string, id: string): Promise<Doc> => asFile(await readVersion(path, id));

/** What the file held when the tab last agreed with it; null when that is not known any more. */
export async function baseOf(id: TabId): Promise<Doc | null> {
  const { path, etag, savedDoc } = fileOf(id);
  if (savedDoc !== null) return asSaved(savedDoc);
  if (path === null || etag === null) return null;
  const found = (await listVersions(path).catch(() => [])).find((version) => version.etag === etag);
  return found === undefined ? null : readVersionDoc(path, found.id).catch(() => null);
}

/** Goes to a node of a tab; of a subgraph's inside, in the first instance that there is. */
export function showIn(tab: TabId, page: string | null, node: NodeId): void {
  goToTab(tab);
  const whole = wholeOf(tab);
  const path = pathsOf(whole).find((item) => subgraphAt(whole, item) === page);
  if (path !== undefined) requestAnimationFrame(() => showExecuted(executionId(path, node)));
}
