/** What people do with switches: turn them, make them of the selection. */
import { boxOf } from "@/canvas/viewport";
import { currentDoc, currentPath, currentSelection, currentWhole, transactWhole } from "@/model/document";
import { estimatedSize } from "@/model/geometry";
import { subgraphAt } from "@/model/pages";
import { currentDefs } from "@/session/store";

import { entriesFrom, toggled, turn, type BoxesOf, type Switch, type SwitchEntry } from "./sets";

/** Nodes of the page that is shown are as large as they are drawn. */
export const boxesOf: BoxesOf = (page, id) => {
  if (id === (subgraphAt(currentWhole(), currentPath()) ?? null)) return boxOf;
  const defs = currentDefs();
  return (node) => {
    const found = page.nodes[node];
    return found === undefined ? null : { ...found.position, ...estimatedSize(found, defs[found.type]) };
  };
};

export const toggle = (one: Switch): void => transactWhole("switches.step.toggle", (whole) => toggled(whole, boxesOf, one));
export const set = (one: Switch, isOn: boolean): void => transactWhole("switches.step.toggle", (whole) => turn(whole, boxesOf, one, isOn));

export const entriesHere = (): readonly SwitchEntry[] => entriesFrom(currentDoc(), currentPath(), currentSelection(), boxOf);
