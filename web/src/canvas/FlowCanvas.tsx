/** The canvas: the document drawn by React Flow, its gestures turned into actions. */
import { Background, BackgroundVariant, ConnectionLineType, ReactFlow, SelectionMode, type ReactFlowInstance } from "@xyflow/react";
import { useCallback, useMemo, useState, type MouseEvent, type PointerEvent } from "react";

import { useDefs } from "@/session/store";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { openPalette } from "@/session/ui";

import { Breadcrumb } from "./Breadcrumb";
import { CanvasMenu } from "./CanvasMenu";
import { createDeriver, type CanvasEdge, type CanvasNode } from "./derive";
import { useDropTarget } from "./drop";
import { decideFar, farStore } from "./far";
import { FarCanvas } from "./FarCanvas";
import { dropWire, endWire, isAllowed, landWire, startWire } from "./gestures";
import { createChangeHandlers } from "./changes";
import { NodeView } from "./nodes/NodeView";
import { SideNode } from "./nodes/SideNode";
import { NoteNode } from "./nodes/SpecialNodes";
import { BendNode } from "./nodes/BendNode";
import { GroupFrame } from "./nodes/GroupFrame";
import { RerouteNode } from "./nodes/RerouteNode";
import { Hands } from "./Hands";
import { hands } from "./hands";
import { HiddenWire } from "./HiddenWire";
import { bendAt } from "./linkActions";
import { useGrid, usePanMode, wireStore } from "./preferences";
import { pressSocketKey } from "./socketKeys";
import { askForMenu, watchLongPress } from "./touch";
import { pressWithKeys } from "./wireGestures";
import { holdView, MAX_ZOOM, MIN_ZOOM, toCanvas } from "./viewport";
import { LooseWire, Wire } from "./Wire";
import { Overview } from "./Overview";
import { ZoomBar } from "./ZoomBar";
import { useSizes } from "./measured";
import { doubleClickFar, pressFar } from "./farGestures";

const NODE_TYPES = { node: NodeView, side: SideNode, reroute: RerouteNode, note: NoteNode, frame: GroupFrame, bend: BendNode };
const EDGE_TYPES = { wire: Wire, hidden: HiddenWire };
const PRO = { hideAttribution: true };
const MULTI_KEYS = ["Shift", "Meta", "Control"];
const PAN_BUTTONS = [1, 2];
/** Of a press with the right button that moved nothing. */
const paneMenu = (event: { readonly clientX: number; readonly clientY: number }): void => askForMenu(document.querySelector(".react-flow__pane"), event);
const NO_NODES: CanvasNode[] = [];
const NO_EDGES: CanvasEdge[] = [];

function press(event: PointerEvent): void {
  if (pressWithKeys(event)) return;
  watchLongPress(event);
  pressFar(event);
}

function bendByClick(event: MouseEvent, edge: CanvasEdge): void {
  if (edge.type === "wire" && (event.altKey || event.type === "dblclick")) bendAt(edge.id, toCanvas({ x: event.clientX, y: event.clientY }));
}

const enterNode = (_event: MouseEvent, node: CanvasNode): void => hands.setState({ hovered: node.id });
const leaveNode = (): void => hands.setState({ hovered: null });

export function FlowCanvas() {
  const { doc, selection } = documentStore();
  const defs = useDefs();
  const measured = useSizes();
  const [derive] = useState(createDeriver);
  const isFar = farStore((state) => state.isFar);
  const hidesWires = wireStore((state) => state.areHidden);
  const pan = usePanMode();
  const grid = useGrid();
  const hovered = hands((state) => state.hovered);
  const isCutting = hands((state) => state.isCutting);
  const snap = useMemo((): [number, number] => [grid, grid], [grid]);
  const nodes = useMemo(() => (isFar ? NO_NODES : derive.nodes(doc, selection, measured, defs)), [derive, doc, selection, measured, defs, isFar]);
  const edges = useMemo(() => (isFar ? NO_EDGES : derive.edges(doc, selection, { hidesWires, hovered })), [derive, doc, selection, hidesWires, hovered, isFar]);
  const [handlers] = useState(createChangeHandlers);
  const drop = useDropTarget();
  const onInit = useCallback((instance: ReactFlowInstance<CanvasNode, CanvasEdge>) => holdView(instance), []);
  const onDoubleClick = useCallback((event: MouseEvent) => {
    const isPane = (event.target as HTMLElement).classList.contains("react-flow__pane");
    if (!isPane) return;
    const at = toCanvas({ x: event.clientX, y: event.clientY });
    if (!farStore.getState().isFar || !doubleClickFar(at)) openPalette("nodes", at);
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
        onConnectStart={(_event, params) => startWire(params)}
        onConnect={landWire}
        onConnectEnd={(event, state) => {
          const point = "changedTouches" in event ? event.changedTouches[0] : event;
          if (state.toNode === null && point !== undefined) dropWire({ x: point.clientX, y: point.clientY });
          endWire();
        }}
        isValidConnection={isAllowed}
        onMove={(_event, { zoom }) => decideFar(zoom)}
        onPointerDownCapture={press}
        onKeyDownCapture={pressSocketKey}
        onEdgeClick={bendByClick}
        onEdgeDoubleClick={bendByClick}
        {...(hidesWires ? { onNodeMouseEnter: enterNode, onNodeMouseLeave: leaveNode } : {})}
        data-cutting={isCutting || undefined}
        onDoubleClick={onDoubleClick}
        onPaneContextMenu={paneMenu}
        connectionLineComponent={LooseWire}
        connectionLineType={ConnectionLineType.Bezier}
        connectionRadius={26}
        aria-label={t("app.canvas")}
        onlyRenderVisibleElements
        elevateNodesOnSelect
        snapToGrid={grid > 1}
        snapGrid={snap}
        minZoom={MIN_ZOOM}
        maxZoom={MAX_ZOOM}
        panOnScroll={pan === "trackpad"}
        zoomOnScroll={pan === "mouse"}
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
        <Hands />
        <ZoomBar />
        {isFar && <FarCanvas />}
        <Overview />
      </ReactFlow>
    </CanvasMenu>
  );
}
