/** What a command is: something that can be done, by its name, from menus, keys and the palette alike. */
import { create } from "zustand";

import { t, type MessageKey } from "@/i18n";
import type { Point } from "@/model/types";

/** Groups of the list of keys, the palette and the manual. */
export type CommandGroup = "run" | "edit" | "nodes" | "view" | "file" | "panels" | "subgraphs" | "links" | "arrange" | "values" | "help";

export interface Command {
  readonly title: MessageKey;
  readonly group: CommandGroup;
  /** Keys that come with the program; people may change them. */
  readonly chords: readonly string[];
  /** Works while a text field has the focus. */
  readonly inText?: boolean;
  /** Whether it can be done now; menus and palette leave out what cannot. */
  readonly isEnabled?: () => boolean;
  /** `at` is a place on the canvas, when the command was called at one. */
  readonly run: (at?: Point) => void;
}

export type CommandTable = Readonly<Record<string, Command>>;

const shelf = create<{ readonly table: CommandTable }>()(() => ({ table: {} }));

/** Called once, by the module that knows all tables. */
export function installCommands(table: CommandTable): void {
  shelf.setState({ table });
}

export const commandTable = (): CommandTable => shelf.getState().table;

/** The table for what is drawn: it comes a moment after the room. */
export const useCommands = (): CommandTable => shelf((state) => state.table);

/** What people know a command by. */
export function commandTitle(id: string): string {
  const title = commandTable()[id]?.title;
  return title === undefined ? "" : t(title);
}

/** Does what `id` names, if there is such a command and it can be done now. */
export function runCommand(id: string, at?: Point): void {
  const command = commandTable()[id];
  if (command !== undefined && command.isEnabled?.() !== false) command.run(at);
}
