/** The documents behind templates, for their drawings: each fetched once, one after the other. */
import { fetchPackTemplate, fetchTemplateFile } from "@/api/templates";
import { openPackTemplate } from "./opening";
import { openJson } from "@/formats/open";
import type { Doc } from "@/model/types";
import { serverDefs } from "@/session/store";
import { openTemplate } from "@/tabs/files";

import type { Card } from "./listing";

const known = new Map<string, Promise<Doc | null>>();
let last: Promise<unknown> = Promise.resolve();

/** Null when the file cannot be read. */
export function documentOf(card: Card): Promise<Doc | null> {
  const found = known.get(card.id);
  if (found !== undefined) return found;
  const read = async (): Promise<Doc | null> => await openJson(await (card.pack === null ? fetchTemplateFile(card.file) : fetchPackTemplate(card.pack)), serverDefs());
  const next = last.then(read).catch(() => null);
  last = next;
  known.set(card.id, next);
  return next;
}

export const openCard = (card: Card): Promise<string | null> => (card.pack === null ? openTemplate(card.file) : openPackTemplate(card.pack));
