/** The canvas: the document drawn by React Flow, its gestures turned into actions. */
import { Background, BackgroundVariant, ConnectionLineType, ReactFlow, SelectionMode, type ReactFlowInstance } from "@xyflow/react";
import { useCallback, useMemo, useState, type MouseEvent } from "react";

import { useDefs } from "@/app/session";
import { openPalette, uiStore } from "@/app/ui";
import { t } from "@/i18n";
import { isLegal } from "@/model/actions";
import { currentDoc, documentStore } from "@/model/document";

import { Breadcrumb } from "./Breadcrumb";
import { CanvasMenu } from "./CanvasMenu";
import { createDeriver, type CanvasEdge, type CanvasNode } from "./derive";
import { useDropTarget } from "./drop";
import { decideFar, farStore } from "./far";
import { FarCanvas } from "./FarCanvas";
import { dropWire, endWire, landWire, toWire, wireEnd } from "./gestures";
import { createChangeHandlers } from "./changes";
import { NodeView } from "./nodes/NodeView";
import { SideNode } from "./nodes/SideNode";
import { GroupFrame, NoteNode, RerouteNode } from "./nodes/SpecialNodes";
import { holdView, nodeAt, showNode, toCanvas } from "./viewport";
import { LooseWire, Wire } from "./Wire";
import { Overview } from "./Overview";
import { ZoomBar } from "./ZoomBar";
import { useSizes } from "./measured";
import { pressFar } from "./farGestures";

const NODE_TYPES = { node: NodeView, side: SideNode, reroute: RerouteNode, note: NoteNode, frame: GroupFrame };
const EDGE_TYPES = { wire: Wire };
const PRO = { hideAttribution: true };
const SNAP: [number, number] = [4, 4];
const MULTI_KEYS = ["Shift", "Meta", "Control"];
const PAN_BUTTONS = [1, 2];
const NO_NODES: CanvasNode[] = [];
const NO_EDGES: CanvasEdge[] = [];

export function FlowCanvas() {
  const { doc, selection } = documentStore();
  const defs = useDefs();
  const measured = useSizes();
  const [derive] = useState(createDeriver);
  const isFar = farStore((state) => state.isFar);
  const nodes = useMemo(() => (isFar ? NO_NODES : derive.nodes(doc, selection, measured, defs)), [derive, doc, selection, measured, defs, isFar]);
  const edges = useMemo(() => (isFar ? NO_EDGES : derive.edges(doc, selection)), [derive, doc, selection, isFar]);
  const [handlers] = useState(createChangeHandlers);
  const drop = useDropTarget();
  const onInit = useCallback((instance: ReactFlowInstance<CanvasNode, CanvasEdge>) => holdView(instance), []);
  const onDoubleClick = useCallback((event: MouseEvent) => {
    const isPane = (event.target as HTMLElement).classList.contains("react-flow__pane");
    if (!isPane) return;
    const far = farStore.getState().isFar ? nodeAt(toCanvas({ x: event.clientX, y: event.clientY })) : null;
    if (far !== null) showNode(far);
    else openPalette("nodes", toCanvas({ x: event.clientX, y: event.clientY }));
  }, []);
  return (
    <CanvasMenu>
      <ReactFlow<CanvasNode, CanvasEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onInit={onInit}
        {...handlers}
        {...drop}
        onConnectStart={(_event, params) => uiStore.setState({ wire: wireEnd(params) })}
        onConnect={(connection) => landWire(toWire(connection))}
        onConnectEnd={(event, state) => {
          const point = "changedTouches" in event ? event.changedTouches[0] : event;
          if (state.toNode === null && point !== undefined) dropWire({ x: point.clientX, y: point.clientY });
          endWire();
        }}
        isValidConnection={(connection) => isLegal(currentDoc(), toWire({ ...connection, sourceHandle: connection.sourceHandle ?? null, targetHandle: connection.targetHandle ?? null }))}
        onMove={(_event, { zoom }) => decideFar(zoom)}
        onPointerDownCapture={pressFar}
        onDoubleClick={onDoubleClick}
        connectionLineComponent={LooseWire}
        connectionLineType={ConnectionLineType.Bezier}
        connectionRadius={26}
        aria-label={t("app.canvas")}
        onlyRenderVisibleElements
        elevateNodesOnSelect
        snapToGrid
        snapGrid={SNAP}
        minZoom={0.08}
        maxZoom={3}
        zoomOnDoubleClick={false}
        panOnDrag={PAN_BUTTONS}
        panActivationKeyCode="Space"
        selectionOnDrag
        selectionMode={SelectionMode.Partial}
        multiSelectionKeyCode={MULTI_KEYS}
        deleteKeyCode={null}
        proOptions={PRO}
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.4} color="var(--dots)" />
        <Breadcrumb />
        <ZoomBar />
        {isFar ? <FarCanvas /> : <Overview />}
      </ReactFlow>
    </CanvasMenu>
  );
}
