/** Finding in the workflow. */
import type { CommandTable } from "@/palette/registry";

import { openFind } from "./open";

export const FIND_COMMANDS = {
  find: { title: "find.title", group: "view", chords: ["mod+f"], inText: true, run: openFind },
} satisfies CommandTable;
