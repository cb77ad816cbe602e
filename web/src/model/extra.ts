/** What the program keeps of its own in a workflow's file: `extra.heddle`, a drawer for each room. */
import { isObject, type Json, type JsonObject } from "@/formats/json";

import type { Doc } from "./types";

const inside = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export const drawerOf = ({ raw }: Pick<Doc, "raw">, room: string): Json | undefined => inside(inside(raw["extra"])["heddle"])[room];

/** Without a value the drawer is gone; so is what is empty around it. */
export function withDrawer(whole: Doc, room: string, value: Json | undefined): Doc {
  const extra = inside(whole.raw["extra"]);
  const { [room]: _before, ...others } = inside(extra["heddle"]);
  const heddle: JsonObject = value === undefined ? others : { ...others, [room]: value };
  const { heddle: _heddle, ...rest } = extra;
  return { ...whole, raw: { ...whole.raw, extra: Object.keys(heddle).length === 0 ? rest : { ...rest, heddle } } };
}
