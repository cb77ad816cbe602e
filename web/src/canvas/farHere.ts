/** What lies where on the drawing of the page that is shown. */
import { currentDoc, currentSelection } from "@/model/document";
import type { Point } from "@/model/types";
import { currentDefs } from "@/session/store";

import { bendAtPoint, isWireShown, middleOfWire, planOf, wireAt, wiresAcross, type FarWire, type Plan } from "./farWires";
import { sizesHere } from "./measured";
import { linkStyle, wireStore } from "./preferences";
import { currentZoom } from "./viewport";

/** Pixels of the screen, as near. */
const WIRE_REACH = 7;
const BEND_REACH = 9;

const planHere = (): Plan => planOf({ doc: currentDoc(), defs: currentDefs(), sizes: sizesHere(), style: linkStyle() });

function isShownHere(): (wire: FarWire) => boolean {
  const { nodes, links } = currentSelection();
  return isWireShown({ nodes: new Set(nodes), links: new Set(links), hidesWires: wireStore.getState().areHidden });
}

/** Id of the stretch of wire at a point of the canvas. */
export const wireIdAt = (at: Point): string | null => wireAt(planHere(), at, WIRE_REACH / currentZoom(), isShownHere())?.id ?? null;
export const bendIdAt = (at: Point): number | null => bendAtPoint(currentDoc(), at, BEND_REACH / currentZoom());
export const wireIdsAcross = (a: Point, b: Point): readonly string[] => wiresAcross(planHere(), a, b, isShownHere());
export const middleFar = (id: string): Point | null => middleOfWire(planHere(), id);
