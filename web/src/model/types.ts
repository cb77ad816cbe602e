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

export interface Doc {
  readonly nodes: Readonly<Record<NodeId, DocNode>>;
  readonly links: Readonly<Record<number, DocLink>>;
  readonly groups: Readonly<Record<string, DocGroup>>;
  readonly lastNodeId: number;
  readonly lastLinkId: number;
  /** Everything else of the file: id, definitions, extra, models ... */
  readonly raw: JsonObject;
}

export const MODE = { always: 0, muted: 2, bypassed: 4 } as const;

export const EMPTY_DOC: Doc = { nodes: {}, links: {}, groups: {}, lastNodeId: 0, lastLinkId: 0, raw: {} };
