/** Commands about what went wrong, and what the server says. */
import type { CommandTable } from "@/palette/registry";

import { toggleConsole } from "./console";

export const PANELS_COMMANDS = {
  errors: { title: "help.errors.title", group: "panels", chords: ["shift+e"], run: () => toggleConsole("errors") },
  log: { title: "help.log.title", group: "panels", chords: ["shift+o"], run: () => toggleConsole("log") },
} satisfies CommandTable;
