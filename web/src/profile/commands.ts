/** Commands about what runs cost. */
import type { CommandTable } from "@/palette/registry";

import { toggleProfile } from "./store";

export const PROFILE_COMMANDS = {
  profile: { title: "profile.title", group: "panels", chords: ["shift+t"], run: toggleProfile },
} satisfies CommandTable;
