/** Help pages of nodes, written in markdown, and what old node types gave way to. */
import type { NodeDef } from "@/formats/definitions";
import { isObject, type JsonObject } from "@/formats/json";

import { ask, getJson, OfflineError } from "./client";

/** Addresses in the order in which they are tried; those of packs lie beside their scripts. */
export function helpAddresses({ type, module }: Pick<NodeDef, "type" | "module">, locale: string): readonly string[] {
  const pack = /^custom_nodes\.([^.]+)/.exec(module)?.[1];
  const node = encodeURIComponent(type);
  const locales = [...new Set([locale, "en"])];
  if (pack === undefined) return locales.map((id) => `/../docs/${node}/${id}.md`);
  const root = `/../extensions/${encodeURIComponent(pack)}/docs`;
  return [...locales.map((id) => `${root}/${node}/${id}.md`), `${root}/${node}.md`];
}

/** The folder that a page's pictures lie in. */
const helpFolder = (address: string): string => `./api${address.slice(0, address.lastIndexOf("/") + 1)}`;

export interface HelpPage {
  readonly text: string;
  readonly folder: string;
}

const known = new Map<string, Promise<HelpPage | null>>();

/** Null when nobody wrote one. */
export function fetchHelp(def: Pick<NodeDef, "type" | "module">, locale: string): Promise<HelpPage | null> {
  const key = `${def.type}|${def.module}|${locale}`;
  const found = known.get(key) ?? firstPage(helpAddresses(def, locale));
  known.set(key, found);
  found.catch(() => known.delete(key));
  return found;
}

async function firstPage(addresses: readonly string[]): Promise<HelpPage | null> {
  for (const address of addresses) {
    const response = await ask(address).catch((error: unknown) => {
      if (error instanceof OfflineError) throw error;
      return null;
    });
    // Servers that answer every address with their start page have no help either.
    if (response !== null && !(response.headers.get("Content-Type") ?? "").includes("html")) return { text: await response.text(), folder: helpFolder(address) };
  }
  return null;
}

/** What the server says that it can do. */
async function fetchFeatures(): Promise<JsonObject> {
  const found = await getJson("/features");
  return isObject(found) ? found : {};
}

export async function fetchReplacements(): Promise<JsonObject> {
  const features = await fetchFeatures().catch((): JsonObject => ({}));
  if (features["node_replacements"] !== true) return {};
  const found = await getJson("/node_replacements");
  return isObject(found) ? found : {};
}
