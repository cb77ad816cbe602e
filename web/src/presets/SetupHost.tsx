/** Where switches, value sets and presets are drawn, once they are asked for. */
import { Suspense, useEffect } from "react";

import { begun } from "@/ui/begun";
import { later } from "@/ui/later";

import { setupView } from "./view";

const SetupPanel = later(() => import("./SetupPanel"), "SetupPanel");
const SwitchDialog = later(() => import("@/switches/SwitchDialog"), "SwitchDialog");
const CaptureDialog = later(() => import("./CaptureDialog"), "CaptureDialog");
const CompareDialog = later(() => import("./CompareDialog"), "CompareDialog");
const NodePresets = later(() => import("./NodePresets"), "NodePresets");

export function SetupHost() {
  const { isOpen, switching, isCapturing, comparing, node } = setupView();
  useEffect(() => begun(async () => (await import("./start")).startSetups()), []);
  return (
    <Suspense fallback={null}>
      {isOpen && <SetupPanel />}
      {switching !== null && <SwitchDialog />}
      {isCapturing && <CaptureDialog />}
      {comparing !== null && <CompareDialog />}
      {node !== null && <NodePresets />}
    </Suspense>
  );
}
