/** The widget that had the focus last: the palette takes the focus away before a command runs. */
import { currentPath, currentWhole } from "@/model/document";
import { subgraphAt } from "@/model/pages";
import { currentDefs } from "@/session/store";

import { widgetAt, type Spot } from "./document";

const last: { place: { node: string; key: string } | null } = { place: null };

function note(target: EventTarget | null): void {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-widget-of]") : null;
  const [node, key] = [row?.dataset["widgetOf"], row?.dataset["widget"]];
  if (node !== undefined && key !== undefined) last.place = { node, key };
}

/** Remembers; returns the way to stop. */
export function watchFocus(): () => void {
  const onFocus = ({ target }: FocusEvent): void => note(target);
  document.addEventListener("focusin", onFocus);
  return () => document.removeEventListener("focusin", onFocus);
}

export const spotOf = (node: string, key: string): Spot => ({ page: subgraphAt(currentWhole(), currentPath()) ?? null, node, key });

/** As long as it is still a widget of the page that is shown. */
export function focusedSpot(): Spot | null {
  // A field may have had the focus before anybody watched.
  note(document.activeElement);
  const spot = last.place === null ? null : spotOf(last.place.node, last.place.key);
  return spot !== null && widgetAt(currentWhole(), currentDefs(), spot) !== null ? spot : null;
}
