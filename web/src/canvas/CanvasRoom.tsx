/** The canvas with what it needs around it; a chunk of its own, that comes while the room is drawn. */
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect } from "react";

import { OUTSIDE } from "@/subgraphs/widgetMenu";
import { registerWidgetAction } from "@/widgets/menu";

import { FlowCanvas } from "./FlowCanvas";

export function CanvasRoom() {
  useEffect(() => registerWidgetAction(OUTSIDE), []);
  return (
    <ReactFlowProvider>
      <FlowCanvas />
    </ReactFlowProvider>
  );
}
