/** The minimap: there only when part of the workflow is out of sight, so that it covers nothing unasked. */
import { MiniMap, useStore, type ReactFlowState } from "@xyflow/react";
import { useCallback } from "react";

import { useDefs } from "@/app/session";
import { uiStore } from "@/app/ui";
import { t } from "@/i18n";
import { currentDoc } from "@/model/document";

import { nodeTint } from "./colors";
import type { CanvasNode } from "./derive";

/** Part of a node may stick out before it counts as out of sight, in pixels. */
const SLACK = 24;

function isOverflowing({ transform: [x, y, zoom], width, height, nodeLookup }: ReactFlowState): boolean {
  for (const node of nodeLookup.values()) {
    const at = node.internals.positionAbsolute;
    const left = at.x * zoom + x;
    const top = at.y * zoom + y;
    const right = left + (node.measured.width ?? node.initialWidth ?? 0) * zoom;
    const bottom = top + (node.measured.height ?? node.initialHeight ?? 0) * zoom;
    if (left < -SLACK || top < -SLACK || right > width + SLACK || bottom > height + SLACK) return true;
  }
  return false;
}

export function Overview() {
  const isWanted = uiStore((state) => state.minimap);
  const defs = useDefs();
  const isUseful = useStore(isOverflowing);
  const color = useCallback(
    (node: CanvasNode) => {
      const found = currentDoc().nodes[node.id];
      return found === undefined ? "transparent" : `color-mix(in oklab, ${nodeTint(found.color, defs[found.type]?.category ?? "")} 45%, var(--panel))`;
    },
    [defs],
  );
  if (!isWanted || !isUseful) return null;
  return <MiniMap<CanvasNode> position="bottom-left" pannable zoomable nodeColor={color} nodeBorderRadius={6} maskColor="var(--minimap-mask)" ariaLabel={t("action.minimap")} />;
}
