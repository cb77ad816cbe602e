/** Commands about the results. */
import type { CommandTable } from "@/palette/registry";
import { uiStore } from "@/session/ui";

import { toggleGallery } from "./view";

export const GALLERY_COMMANDS = {
  gallery: { title: "outputs.command.strip", group: "panels", chords: ["g"], run: () => uiStore.setState((state) => ({ gallery: !state.gallery })) },
  galleryView: { title: "outputs.command.view", group: "panels", chords: ["shift+g"], run: toggleGallery },
} satisfies CommandTable;
