/** Commands about ready-made workflows. */
import type { CommandTable } from "@/palette/registry";

import { openTemplates } from "./store";

export const TEMPLATES_COMMANDS = {
  templates: { title: "templates.browse", group: "file", chords: ["alt+o"], run: openTemplates },
} satisfies CommandTable;
