/** Commands about the workflow as a form. */
import type { CommandTable } from "@/palette/registry";

import { toggleApp, toggleBuilder } from "./store";

export const APP_COMMANDS = {
  app: { title: "appMode.open", group: "view", chords: ["alt+m"], run: toggleApp },
  appBuild: { title: "appMode.build", group: "view", chords: [], run: toggleBuilder },
} satisfies CommandTable;
