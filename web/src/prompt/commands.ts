/** What can be done to the text that is being written. */
import type { CommandTable } from "@/palette/registry";

import { largeStore, openLarge } from "./large";

export const PROMPT_COMMANDS = {
  promptLarge: {
    title: "promptEditor.large",
    group: "values",
    chords: ["mod+shift+e"],
    inText: true,
    isEnabled: () => largeStore.getState().last !== null,
    run: () => {
      const { last } = largeStore.getState();
      if (last !== null) openLarge(last);
    },
  },
} satisfies CommandTable;
