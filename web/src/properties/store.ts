/** Which part of the properties was looked at last. */
import { create } from "zustand";

export type NodeTab = "parameters" | "info" | "settings";
export type WorkflowTab = "workflow" | "errors" | "result";

export const propertiesUi = create<{ readonly node: NodeTab; readonly workflow: WorkflowTab }>()(() => ({ node: "parameters", workflow: "workflow" }));
