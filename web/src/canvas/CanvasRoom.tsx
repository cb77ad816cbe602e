/** The canvas with what it needs around it; a chunk of its own, that comes while the room is drawn. */
import { ReactFlowProvider } from "@xyflow/react";

import { FlowCanvas } from "./FlowCanvas";

export function CanvasRoom() {
  return (
    <ReactFlowProvider>
      <FlowCanvas />
    </ReactFlowProvider>
  );
}
