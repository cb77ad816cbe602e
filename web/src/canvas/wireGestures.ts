/** Gestures with wires that begin with keys held: cutting, joining node to node, moving all wires of an output. */
import type { PointerEvent as ReactPointerEvent } from "react";
import { toast } from "sonner";

import { currentDefs } from "@/session/store";
import { t } from "@/i18n";
import { removeLinks } from "@/model/actions";
import { currentDoc, select, transact } from "@/model/document";
import { bestWire, joinNodes, type Target } from "@/model/joining";
import { linkInto, linksOutOf } from "@/model/links";
import { mayConnect, outputType } from "@/model/matching";
import { linksThroughAll, moveOutput } from "@/model/reroutes";
import type { DocLink, NodeId, Point } from "@/model/types";
import { uiStore } from "@/session/ui";

import { bendOf } from "./derive";
import { farStore } from "./far";
import { wireIdsAcross } from "./farHere";
import { follow } from "./follow";
import { emptyHands, hands, say } from "./hands";
import { nodeIdAt, socketPoint, targetAt, targetOf } from "./sockets";
import { crossed, strokes } from "./strokes";
import { boxOf, nodeAt, toCanvas } from "./viewport";

/** True when the press began a gesture of its own. */
export function pressWithKeys(event: ReactPointerEvent): boolean {
  const isTaken = press(event);
  if (isTaken) {
    event.stopPropagation();
    event.preventDefault();
    swallow();
  }
  return isTaken;
}

function press(event: ReactPointerEvent): boolean {
  const from = { x: event.clientX, y: event.clientY };
  const isRight = event.button === 2;
  const isMod = event.ctrlKey || event.metaKey;
  if ((isRight && isMod && event.altKey) || (event.button === 0 && hands.getState().isCutting)) return cut(from);
  if (isRight && event.altKey && !isMod) return joinFrom(from);
  if (event.button === 0 && event.shiftKey && !isMod && !event.altKey) return moveAll(from, targetOf(event.target instanceof Element ? event.target : null));
  return false;
}

/** What the press would also set off: the drag of React Flow, the menu, the click at its end. */
function swallow(): void {
  const stop = (event: Event): void => {
    event.stopPropagation();
    event.preventDefault();
  };
  const kinds = ["mousedown", "contextmenu", "click"] as const;
  for (const kind of kinds) window.addEventListener(kind, stop, true);
  const release = (): void => {
    window.removeEventListener("pointerup", release);
    window.removeEventListener("pointercancel", release);
    // The menu and the click come after the pointer was let go.
    setTimeout(() => kinds.forEach((kind) => window.removeEventListener(kind, stop, true)), 50);
  };
  window.addEventListener("pointerup", release);
  window.addEventListener("pointercancel", release);
}

/** The next drag cuts. */
export function takeKnife(): void {
  hands.setState({ isCutting: true });
  window.addEventListener("keydown", putAway, true);
  toast(t("links.cutHint"), { id: "cut", duration: 4000 });
}

function putAway(event: KeyboardEvent): void {
  if (hands.getState().isCutting && event.key !== "Escape") return;
  window.removeEventListener("keydown", putAway, true);
  if (!hands.getState().isCutting) return;
  event.preventDefault();
  event.stopPropagation();
  emptyHands();
  toast.dismiss("cut");
}

function cut(from: Point): boolean {
  const all = farStore.getState().isFar ? null : strokes();
  const line: Point[] = [toCanvas(from)];
  const look = (to: Point): void => {
    const [before, now] = [line.at(-1) ?? toCanvas(from), toCanvas(to)];
    line.push(now);
    const marked = all === null ? new Set([...hands.getState().marked, ...wireIdsAcross(before, now)]) : crossed(all, line);
    hands.setState({ knife: [...line], marked, mark: "cut" });
  };
  follow(from, {
    move: look,
    end: (at, isMoved) => {
      if (isMoved) look(at);
      cutThrough(isMoved ? hands.getState().marked : new Set());
      emptyHands();
    },
    cancel: emptyHands,
  });
  return true;
}

function cutThrough(stretches: ReadonlySet<string>): void {
  const doc = currentDoc();
  const links = new Set([...stretches].flatMap((id) => linksThroughAll(doc, bendOf(id), Number(id))));
  if (links.size > 0) transact("links.step.cut", (before) => removeLinks(before, [...links]));
  const message = links.size === 0 ? t("links.cutNothing") : t("links.cutDone", { count: links.size });
  toast(message, { id: "cut", duration: 1500 });
}

/** From node to node: the first sockets that fit are joined. */
function joinFrom(point: Point): boolean {
  const source = nodeUnder(point);
  const box = source === null ? null : boxOf(source);
  if (source === null || box === null) return false;
  const goal = (to: Point): NodeId | null => {
    const found = nodeUnder(to);
    return found === source ? null : found;
  };
  follow(point, {
    move: (to) => hands.setState({ loose: [looseTo(source, goal(to), toCanvas(to))] }),
    end: (to, isMoved) => {
      emptyHands();
      const target = isMoved ? goal(to) : null;
      if (target !== null) join(source, target);
    },
    cancel: emptyHands,
  });
  return true;
}

const nodeUnder = (point: Point): NodeId | null => (farStore.getState().isFar ? nodeAt(toCanvas(point)) : nodeIdAt(point));

function looseTo(source: NodeId, target: NodeId | null, pointer: Point) {
  const doc = currentDoc();
  const wire = target === null ? null : bestWire(doc, currentDefs(), source, target);
  const box = boxOf(source);
  if (wire === null) return { from: { x: (box?.x ?? 0) + (box?.width ?? 0), y: (box?.y ?? 0) + 16 }, to: pointer, type: "*" };
  return { from: socketPoint(doc, { node: wire.from, slot: wire.slot }), to: socketPoint(doc, { node: wire.to, input: wire.input }), type: outputType(doc, currentDefs(), wire.from, wire.slot) };
}

function join(from: NodeId, to: NodeId): void {
  const before = currentDoc();
  transact("step.connect", (doc) => joinNodes(doc, currentDefs(), from, to));
  if (currentDoc() === before) toast(t("links.connectNothing"), { id: "join", duration: 2500 });
  else select({ nodes: [to] });
}

/** All wires of an output in hand at once; begun at the output itself or at an input that one of them feeds. */
function moveAll(from: Point, target: Target | null): boolean {
  if (target === null) return false;
  const doc = currentDoc();
  const fed = "slot" in target ? undefined : linkInto(doc, target.node, target.input);
  const output = "slot" in target ? target : fed === undefined ? null : { node: fed.from, slot: fed.slot };
  const wires = output === null ? [] : linksOutOf(doc, output.node, output.slot);
  if (output === null || wires.length === 0) return false;
  const type = outputType(doc, currentDefs(), output.node, output.slot);
  const ends = wires.map((link) => socketPoint(doc, { node: link.to, input: link.input }));
  uiStore.setState({ wire: { side: "input", node: wires[0]?.to ?? "", input: wires[0]?.input ?? "", type } });
  const drop = (): void => {
    emptyHands();
    uiStore.setState({ wire: null });
  };
  follow(from, {
    move: (to) => hands.setState({ loose: ends.map((end) => ({ from: toCanvas(to), to: end, type })) }),
    end: (to, isMoved) => {
      drop();
      const found = isMoved ? targetAt(to) : null;
      if (found !== null && "slot" in found) land(wires, found);
      else if (!isMoved && "slot" in target) uiStore.setState({ wire: null, hoveredLink: null });
    },
    cancel: drop,
  });
  return true;
}

function land(wires: readonly DocLink[], to: { readonly node: NodeId; readonly slot: number }): void {
  const doc = currentDoc();
  const fitting = wires.filter((link) => mayConnect(doc, currentDefs(), { from: to.node, slot: to.slot, to: link.to, input: link.input }));
  if (fitting.length === 0) say(t("links.connectNothing"));
  else transact("links.step.move", (before) => moveOutput(before, fitting, to.node, to.slot));
}

