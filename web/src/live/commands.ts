/** Commands about runs that start by themselves. */
import type { CommandTable } from "@/palette/registry";

import { liveStore, type AutoQueue } from "./store";

// What runs by itself comes once it is asked for.
const setAuto = (mode: AutoQueue): void => void import("./auto").then((auto) => auto.setAuto(mode));
const turn = (): void => void import("./live").then(({ turnLive }) => turnLive(liveStore.getState().tab === null));

export const LIVE_COMMANDS = {
  live: { title: "live.command.toggle", group: "run", chords: ["alt+r"], inText: true, run: turn },
  autoOff: { title: "live.command.off", group: "run", chords: [], isEnabled: () => liveStore.getState().auto !== "off", run: () => setAuto("off") },
  autoInstant: { title: "live.command.instant", group: "run", chords: [], run: () => setAuto("instant") },
  autoChange: { title: "live.command.change", group: "run", chords: [], run: () => setAuto("change") },
} satisfies CommandTable;
