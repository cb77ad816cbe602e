/** What the menu of a widget offers: a list that other rooms add to. */
import type { Widget } from "@/formats/widgets";
import type { MenuItem } from "@/ui/PopupMenu";

import { nodeActions, ownActions } from "./actions";

export interface WidgetAction {
  readonly id: string;
  /** Items of one section stand together; sections come in the order of their numbers. The widget's own have 0. */
  readonly section: number;
  /** What is offered for this widget; nothing where it makes no sense. */
  readonly items: (node: string, widget: Widget) => readonly MenuItem[];
}

const LAST = 1000;

const shelf: { actions: readonly WidgetAction[] } = { actions: [] };

/** Adds to the menu of every widget; an action of the same id takes the place of the one before. Returns the way back. */
export function registerWidgetAction(action: WidgetAction): () => void {
  const others = (): readonly WidgetAction[] => shelf.actions.filter(({ id }) => id !== action.id);
  shelf.actions = [...others(), action];
  return () => {
    shelf.actions = others();
  };
}

/** The items in their sections. */
export function widgetSections(node: string, widget: Widget): readonly (readonly MenuItem[])[] {
  const all: readonly WidgetAction[] = [{ id: "own", section: 0, items: ownActions }, ...shelf.actions, { id: "node", section: LAST, items: nodeActions }];
  const sections = [...new Set(all.map(({ section }) => section))].sort((a, b) => a - b);
  return sections.map((section) => all.filter((action) => action.section === section).flatMap((action) => action.items(node, widget))).filter((items) => items.length > 0);
}
