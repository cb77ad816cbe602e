/** Where what belongs to sweeps is drawn, once it is asked for. */
import { Suspense, useEffect } from "react";

import { begun } from "@/ui/begun";
import { later } from "@/ui/later";

import { sweepView } from "./view";

const Sheet = later(() => import("./Sheet"), "Sheet");
const SweepDialog = later(() => import("./SweepDialog"), "SweepDialog");
const PlanDialog = later(() => import("./PlanDialog"), "PlanDialog");

export function SweepHost() {
  const isEditing = sweepView((state) => state.editing !== null);
  const isPlanning = sweepView((state) => state.isPlanning);
  const isSheetOpen = sweepView((state) => state.isSheetOpen);
  useEffect(() => begun(async () => (await import("./start")).startSweeps()), []);
  return (
    <Suspense fallback={null}>
      {isSheetOpen && <Sheet />}
      {isEditing && <SweepDialog />}
      {isPlanning && <PlanDialog />}
    </Suspense>
  );
}
