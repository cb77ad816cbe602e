/** Commands about the model library. */
import { toggleDrawer } from "@/session/ui";
import type { CommandTable } from "@/palette/registry";

export const MODELS_COMMANDS = {
  models: { title: "models.title", group: "panels", chords: ["m"], run: () => toggleDrawer("models") },
} satisfies CommandTable;
