/** Commands about what a workflow lacks. */
import type { CommandTable } from "@/palette/registry";

import { openMissing } from "./store";

export const MISSING_COMMANDS = {
  missing: { title: "missing.command", group: "file", chords: [], run: openMissing },
} satisfies CommandTable;
