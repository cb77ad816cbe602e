/** What the program keeps of its own in a workflow's file: `extra.heddle`, a drawer for each room. */
import { isObject, type Json, type JsonObject } from "@/formats/json";

import type { Doc } from "./types";

const inside = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export const drawerOf = ({ raw }: Pick<Doc, "raw">, room: string): Json | undefined => inside(inside(raw["extra"])["heddle"])[room];

const without = (object: JsonObject, key: string): JsonObject => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));

/** Without a value the drawer is gone; so is what is empty around it. */
export function withDrawer(whole: Doc, room: string, value: Json | undefined): Doc {
  const extra = inside(whole.raw["extra"]);
  const heddle: JsonObject = { ...without(inside(extra["heddle"]), room), ...(value === undefined ? {} : { [room]: value }) };
  const rest = without(extra, "heddle");
  return { ...whole, raw: { ...whole.raw, extra: Object.keys(heddle).length === 0 ? rest : { ...rest, heddle } } };
}
