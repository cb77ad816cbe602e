/** Commands about queue and history. */
import { toast } from "sonner";

import { toggleDrawer } from "@/app/ui";
import { t, type MessageKey } from "@/i18n";
import type { CommandTable } from "@/palette/registry";

import { runPreferences, toggleMemory, toggleNotify, toggleSound } from "./preferences";

const told = (isOn: boolean, on: MessageKey, off: MessageKey): void => void toast(t(isOn ? on : off), { id: "preference", duration: 2000 });

async function notify(): Promise<void> {
  if (!(await toggleNotify())) toast.error(t("jobs.notify.refused"), { description: t("jobs.notify.refusedHint") });
  else told(runPreferences.getState().notify, "jobs.notify.on", "jobs.notify.off");
}

// The actions come with the list of runs, not with the canvas.
const later = (act: (actions: typeof import("./actions")) => unknown): void => void import("./actions").then(act);

export const JOBS_COMMANDS = {
  queue: { title: "action.queue", group: "panels", chords: ["q"], run: () => toggleDrawer("queue") },
  pauseQueue: { title: "jobs.command.pause", group: "run", chords: ["mod+alt+p"], inText: true, run: () => later((actions) => actions.togglePaused()) },
  cancelAllRuns: { title: "jobs.command.cancelAll", group: "run", chords: [], run: () => later(async (actions) => { await (await import("./store")).refreshJobs(); actions.askToCancelAll(); }) },
  clearHistory: { title: "jobs.command.clear", group: "run", chords: [], run: () => later(async (actions) => { await (await import("./store")).refreshJobs(); actions.askToClear(); }) },
  runSound: { title: "jobs.command.sound", group: "run", chords: [], run: () => { toggleSound(); told(runPreferences.getState().sound, "jobs.sound.on", "jobs.sound.off"); } },
  runNotify: { title: "jobs.command.notify", group: "run", chords: [], run: () => void notify() },
  nodeMemory: { title: "jobs.command.memory", group: "view", chords: [], run: toggleMemory },
} satisfies CommandTable;
