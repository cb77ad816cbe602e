/** The document: what the canvas edits, and what undo, autosave and files are made of. */
import type { Json, JsonObject } from "@/formats/json";

export type NodeId = string;

export interface InputSocket {
  readonly name: string;
  readonly type: string;
  readonly label: string | null;
  /** The socket stands at a widget of the same name. */
  readonly isWidget: boolean;
  readonly isOptional: boolean;
  /** The socket is linked, and so the node has the inputs that come with that. */
  readonly bringsParts?: true;
  readonly raw: JsonObject;
}

export interface OutputSocket {
  readonly name: string;
  readonly type: string;
  readonly label: string | null;
  readonly isList: boolean;
  readonly raw: JsonObject;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface DocNode {
  readonly id: NodeId;
  readonly type: string;
  readonly title: string | null;
  readonly position: Point;
  readonly size: Size;
  readonly mode: number;
  readonly collapsed: boolean;
  readonly pinned: boolean;
  readonly color: string | null;
  readonly inputs: readonly InputSocket[];
  readonly outputs: readonly OutputSocket[];
  /** Widget values by widget key; empty for types that the server does not know. */
  readonly values: Readonly<Record<string, Json>>;
  /** Entries of `widgets_values` that no widget claims. */
  readonly tail: readonly Json[];
  /** False: the server does not know the type, and the node is written back as it was read. */
  readonly known: boolean;
  readonly raw: JsonObject;
}

export interface DocLink {
  readonly id: number;
  readonly from: NodeId;
  readonly slot: number;
  readonly to: NodeId;
  readonly input: string;
  readonly type: string;
  /** The bend of the wire that is nearest to its end; the others follow by their parents. */
  readonly reroute: number | null;
  /** Not drawn, but for a stub at either end. */
  readonly hidden: boolean;
  /** Name shown at the stubs or along the wire. */
  readonly label: string | null;
  readonly raw: JsonObject;
}

/** A bend that wires are led through; wires of one output may share it. */
export interface Reroute {
  readonly id: number;
  /** The next bend towards the output. */
  readonly parent: number | null;
  readonly position: Point;
  readonly raw: JsonObject;
}

export interface DocGroup {
  readonly id: string;
  readonly title: string;
  readonly position: Point;
  readonly size: Size;
  readonly color: string | null;
  readonly raw: JsonObject;
}

/** One page of nodes: the document itself, or the inside of a subgraph. */
export interface Graph {
  readonly nodes: Readonly<Record<NodeId, DocNode>>;
  readonly links: Readonly<Record<number, DocLink>>;
  readonly reroutes: Readonly<Record<number, Reroute>>;
  readonly groups: Readonly<Record<string, DocGroup>>;
  readonly lastNodeId: number;
  readonly lastLinkId: number;
  /** Everything else of the file: id, extra, models ... */
  readonly raw: JsonObject;
}

/**
 * A subgraph's definition. Its inputs are the outputs of the node `INPUT_SIDE` that stands at the left of its page, its
 * outputs the inputs of the node `OUTPUT_SIDE` at the right: so a wire to the outside is a wire like any other.
 */
export interface Subgraph extends Graph {
  readonly id: string;
  readonly name: string;
}

export type Subgraphs = Readonly<Record<string, Subgraph>>;

/** A page with all subgraphs that its nodes may be instances of. The whole document is its outermost page. */
export interface Doc extends Graph {
  readonly subgraphs: Subgraphs;
}

/** The instances that were entered, outermost first. */
export type Path = readonly NodeId[];

export const MODE = { always: 0, muted: 2, bypassed: 4 } as const;

export const INPUT_SIDE = "-10";
export const OUTPUT_SIDE = "-20";
export const SIDE_TYPES = { [INPUT_SIDE]: "SubgraphInputs", [OUTPUT_SIDE]: "SubgraphOutputs" } as const;

/** Whether a node is an edge of a subgraph's page: it stays when others are deleted, copied, muted. */
export const isSide = (id: NodeId): boolean => id === INPUT_SIDE || id === OUTPUT_SIDE;

/** A wire without bends, drawn as it is. */
export const PLAIN_LINK = { reroute: null, hidden: false, label: null, raw: {} } as const;

export const EMPTY_GRAPH: Graph = { nodes: {}, links: {}, reroutes: {}, groups: {}, lastNodeId: 0, lastLinkId: 0, raw: {} };
export const EMPTY_DOC: Doc = { ...EMPTY_GRAPH, subgraphs: {} };
