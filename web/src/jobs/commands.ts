/** Commands about queue and history. */
import type { CommandTable } from "@/palette/registry";
import { toggleDrawer } from "@/session/ui";
import { setSetting, setting } from "@/settings/store";

import type * as actions from "./actions";

type Actions = typeof actions;

// The actions come with the list of runs, not with the canvas.
const later = (act: (actions: Actions) => unknown): void => void import("./actions").then(act);

/** How many there are must be known before anybody is asked. */
const afterReading = (act: (actions: Actions) => void): void => later(async (loaded) => { await loaded.refreshJobs(); act(loaded); });

const flip = (id: "sound" | "notification" | "nodeMemory"): void => setSetting(id, !setting(id));

export const JOBS_COMMANDS = {
  queue: { title: "action.queue", group: "panels", chords: ["q"], run: () => toggleDrawer("queue") },
  pauseQueue: { title: "jobs.command.pause", group: "run", chords: ["mod+alt+p"], inText: true, run: () => later(({ togglePaused }) => togglePaused()) },
  cancelAllRuns: { title: "jobs.command.cancelAll", group: "run", chords: [], run: () => afterReading(({ askToCancelAll }) => askToCancelAll()) },
  clearHistory: { title: "jobs.command.clear", group: "run", chords: [], run: () => afterReading(({ askToClear }) => askToClear()) },
  runSound: { title: "jobs.command.sound", group: "run", chords: [], run: () => flip("sound") },
  runNotify: { title: "jobs.command.notify", group: "run", chords: [], run: () => flip("notification") },
  nodeMemory: { title: "jobs.command.memory", group: "view", chords: [], run: () => flip("nodeMemory") },
} satisfies CommandTable;
