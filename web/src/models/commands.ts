/** Commands about the model library. */
import type { CommandTable } from "@/palette/registry";
import { toggleDrawer } from "@/session/ui";

export const MODELS_COMMANDS = {
  models: { title: "models.title", group: "panels", chords: ["m"], run: () => toggleDrawer("models") },
} satisfies CommandTable;
