/** A node: header, sockets, widgets, and what running it shows. */
import { NodeResizeControl, type NodeProps } from "@xyflow/react";
import { memo, type CSSProperties } from "react";

import { useDef } from "@/session/store";
import { t } from "@/i18n";
import { beginGesture, endGesture, transact } from "@/model/document";
import { resizeNode } from "@/model/actions";
import { hasOwnRow, isMultiline, MIN_WIDTH } from "@/model/geometry";
import { MODE } from "@/model/types";
import { uiStore } from "@/session/ui";
import { WidgetRow } from "@/widgets/WidgetRow";

import { nodeTint } from "../colors";
import type { CanvasNode } from "../derive";
import { useFace, useFollowSockets, useRun, useTitle, useWidgets, type NodeFace } from "../hooks";
import { enterByDoubleClick } from "./EnterButton";
import { InnerOutputs } from "./InnerOutputs";
import { NodeError } from "./NodeError";
import { NodeHeader } from "./NodeHeader";
import { NodeOutput } from "./NodeOutput";
import { NodeQuestion } from "./NodeQuestion";
import styles from "./NodeView.module.css";
import { PassThrough } from "./PassThrough";
import { PrimitiveValue } from "./PrimitiveValue";
import { CollapsedSockets, SocketRows } from "./SocketRows";

const MODES: Readonly<Record<number, string>> = { [MODE.muted]: "muted", [MODE.bypassed]: "bypassed" };

function NodeViewInner({ id, selected }: NodeProps<CanvasNode>) {
  const face = useFace(id);
  const phase = useRun(id, (run) => run.phase);
  const isFlashed = uiStore((state) => state.flashed === id);
  const def = useDef(face?.type ?? "");
  useFollowSockets(id, face?.inputs);
  if (face === undefined) return null;
  const style = { width: face.size.width, "--category": nodeTint(face.color, def?.category ?? ""), ...(face.collapsed ? {} : { minHeight: face.size.height }) } as CSSProperties;
  return (
    <div
      className={styles.node}
      style={style}
      data-testid={`node-${id}`}
      data-phase={phase}
      data-mode={MODES[face.mode] ?? "active"}
      data-selected={selected || undefined}
      data-collapsed={face.collapsed || undefined}
      data-unknown={!face.known || undefined}
      data-flashed={isFlashed || undefined}
      data-subgraph={def?.module === "subgraph" || undefined}
      onDoubleClick={def?.module === "subgraph" ? enterByDoubleClick : undefined}
    >
      <NodeHeader face={face} category={def?.category ?? ""} />
      {face.mode === MODE.bypassed && !face.collapsed && <PassThrough face={face} />}
      {face.collapsed ? <CollapsedSockets face={face} /> : <NodeBody face={face} />}
      {!face.collapsed && <ResizeCorner id={id} />}
    </div>
  );
}

function NodeBody({ face }: { readonly face: NodeFace }) {
  const def = useDef(face.type);
  const title = useTitle(face.id);
  const widgets = useWidgets(face.id, def).filter(hasOwnRow);
  const growing = widgets.some(isMultiline);
  return (
    <>
      <SocketRows face={face} />
      {widgets.length > 0 && (
        <div className={styles.widgets} data-grows={growing || undefined}>
          {widgets.map((widget) => (
            <WidgetRow key={widget.key} node={face.id} widget={widget} />
          ))}
        </div>
      )}
      {face.type === "PrimitiveNode" && <PrimitiveValue id={face.id} />}
      {!face.known && <p className={styles.hint}>{t("node.unknown")}</p>}
      <NodeQuestion id={face.id} title={title} />
      {def?.module === "subgraph" ? <InnerOutputs id={face.id} title={title} /> : <NodeOutput id={face.id} title={title} />}
      <NodeError id={face.id} />
    </>
  );
}

function ResizeCorner({ id }: { readonly id: string }) {
  return (
    <NodeResizeControl
      position="bottom-right"
      minWidth={MIN_WIDTH - 70}
      minHeight={40}
      className={styles.resize ?? ""}
      onResizeStart={() => beginGesture("step.resize")}
      onResize={(_event, { x, y, width, height }) => {
        transact("step.resize", (doc) => resizeNode(doc, id, { width, height }, { x, y }));
      }}
      onResizeEnd={endGesture}
    >
      <span className={styles.grip} title={t("node.resize")} />
    </NodeResizeControl>
  );
}

/** React Flow passes positions too; they are not drawn here. */
export const NodeView = memo(NodeViewInner, (before, after) => before.id === after.id && before.selected === after.selected);
