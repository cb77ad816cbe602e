/** Commands about runs that start by themselves. */
import type { CommandTable } from "@/palette/registry";

import { setAuto } from "./auto";
import { turnLive } from "./live";
import { liveStore } from "./store";

export const LIVE_COMMANDS = {
  live: { title: "live.command.toggle", group: "run", chords: ["alt+r"], inText: true, run: () => turnLive(liveStore.getState().tab === null) },
  autoOff: { title: "live.command.off", group: "run", chords: [], isEnabled: () => liveStore.getState().auto !== "off", run: () => setAuto("off") },
  autoInstant: { title: "live.command.instant", group: "run", chords: [], run: () => setAuto("instant") },
  autoChange: { title: "live.command.change", group: "run", chords: [], run: () => setAuto("change") },
} satisfies CommandTable;
