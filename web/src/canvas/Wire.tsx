/** A wire in the colour of its type, with a casing that keeps crossings readable. */
import { BaseEdge, getBezierPath, type ConnectionLineComponentProps, type EdgeProps } from "@xyflow/react";
import { memo } from "react";

import { uiStore } from "@/app/ui";
import { documentStore } from "@/model/document";
import { MODE } from "@/model/types";

import { typeColor } from "./colors";
import type { CanvasEdge, CanvasNode } from "./derive";
import styles from "./Wire.module.css";

const CURVATURE = 0.32;
const HIT_WIDTH = 14;

export const Wire = memo(function Wire(props: EdgeProps<CanvasEdge>) {
  const { id, selected, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition } = props;
  const type = documentStore(({ doc }) => {
    const link = doc.links[Number(id)];
    return (link === undefined ? undefined : doc.nodes[link.from]?.outputs[link.slot]?.type) ?? link?.type ?? "*";
  });
  const isQuiet = documentStore(({ doc }) => doc.nodes[props.source]?.mode === MODE.muted || doc.nodes[props.target]?.mode === MODE.muted);
  const isLifted = uiStore((state) => state.lifted === Number(id));
  const [path] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, curvature: CURVATURE });
  return (
    <g
      className={styles.wire}
      data-selected={selected === true || undefined}
      data-quiet={isQuiet || undefined}
      data-lifted={isLifted || undefined}
      data-testid={`wire-${id}`}
      onMouseEnter={() => uiStore.setState({ hoveredLink: Number(id) })}
      onMouseLeave={() => uiStore.setState({ hoveredLink: null })}
    >
      <path d={path} className={styles.casing} />
      <BaseEdge path={path} style={{ stroke: typeColor(type) }} interactionWidth={HIT_WIDTH} />
    </g>
  );
});

export function LooseWire(props: ConnectionLineComponentProps<CanvasNode>) {
  const { fromX, fromY, toX, toY, fromPosition, toPosition, connectionStatus } = props;
  const type = uiStore((state) => state.wire?.type ?? "*");
  const [path] = getBezierPath({
    ...{ sourceX: fromX, sourceY: fromY, targetX: toX, targetY: toY, curvature: CURVATURE },
    ...{ sourcePosition: fromPosition, targetPosition: toPosition },
  });
  return (
    <g className={styles.wire} data-status={connectionStatus ?? undefined}>
      <path d={path} className={styles.loose} style={{ stroke: typeColor(type) }} />
      <circle cx={toX} cy={toY} r={4} style={{ fill: typeColor(type) }} />
    </g>
  );
}
