/** Commands about sweeps and their sheets. */
import { toast } from "sonner";

import { t } from "@/i18n";
import { currentWhole, transactWhole } from "@/model/document";
import type { CommandTable } from "@/palette/registry";
import { run } from "@/runtime/queue";

import { clearSweeps, storedSweeps } from "./document";
import { focusedSpot } from "./focus";
import { editSweep, openSheets, planSweeps } from "./view";

const isSwept = (): boolean => storedSweeps(currentWhole()).length > 0;

function sweepFocused(): void {
  const spot = focusedSpot();
  if (spot === null) toast.info(t("sweeps.focus"));
  else editSweep(spot);
}

export const SWEEPS_COMMANDS = {
  sweepWidget: { title: "sweeps.command.widget", group: "values", chords: ["alt+x"], inText: true, run: sweepFocused },
  sweepRun: { title: "sweeps.command.run", group: "run", chords: [], isEnabled: isSwept, run: () => void import("./run").then(({ runSweep }) => runSweep()) },
  sweepOnce: { title: "sweeps.command.once", group: "run", chords: [], isEnabled: isSwept, run: () => void run() },
  sweepPlan: { title: "sweeps.command.plan", group: "values", chords: ["alt+shift+x"], inText: true, run: () => planSweeps() },
  sweepSheet: { title: "sweeps.command.sheet", group: "panels", chords: [], run: openSheets },
  sweepClear: { title: "sweeps.command.clear", group: "values", chords: [], isEnabled: isSwept, run: () => transactWhole("sweeps.step.remove", clearSweeps) },
} satisfies CommandTable;
