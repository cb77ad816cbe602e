/** The drawers of the left edge, in their order: other rooms add a line each. */
import { Blocks, FolderOpen, ListVideo, Shapes, type LucideIcon } from "lucide-react";
import type { ComponentType, LazyExoticComponent } from "react";

import type { MessageKey } from "@/i18n";
import type { Drawer } from "@/session/ui";
import { later } from "@/ui/later";


export interface Panel {
  readonly id: Drawer;
  readonly title: MessageKey;
  readonly Icon: LucideIcon;
  /** The command that opens it: its key is told. */
  readonly command: string;
  readonly Body: LazyExoticComponent<ComponentType>;
}

export const PANELS: readonly Panel[] = [
  { id: "nodes", title: "action.nodes", Icon: Shapes, command: "nodes", Body: later(() => import("@/panels/NodesDrawer"), "NodesDrawer") },
  { id: "workflows", title: "action.workflows", Icon: FolderOpen, command: "workflows", Body: later(() => import("@/panels/WorkflowsDrawer"), "WorkflowsDrawer") },
  { id: "models", title: "models.title", Icon: Blocks, command: "models", Body: later(() => import("@/models/ModelsDrawer"), "ModelsDrawer") },
  { id: "queue", title: "action.queue", Icon: ListVideo, command: "queue", Body: later(() => import("@/jobs/JobsDrawer"), "JobsDrawer") },
];
