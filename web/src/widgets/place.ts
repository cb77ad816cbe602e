/** Where a widget is drawn: on its node, or in the inspector beside it. */
import { createContext, useContext } from "react";

export const PlaceContext = createContext<"node" | "panel">("node");

/** Names a control for tests; the copy in the inspector has a name of its own. */
export function useControlId(node: string, name: string, kind = "widget"): string {
  return `${useContext(PlaceContext) === "panel" ? "inspector-" : ""}${kind}-${node}-${name}`;
}
