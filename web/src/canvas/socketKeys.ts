/** Sockets by keyboard: arrows go from socket to socket, Enter takes a wire in hand, arrows choose where it lands. */
import type { KeyboardEvent as ReactKeyboardEvent } from "react";

import { currentDefs, titleOf } from "@/session/store";
import { t } from "@/i18n";
import { connect, removeLinks } from "@/model/actions";
import { currentDoc, transact } from "@/model/document";
import { legalTargets, type Target } from "@/model/joining";
import { linkInto, linksOutOf } from "@/model/links";
import { branch, wiresThrough } from "@/model/reroutes";
import type { Doc, Point } from "@/model/types";
import { openPalette, uiStore } from "@/session/ui";

import { moveByKey } from "./changes";
import { bendOf } from "./derive";
import { inputEnd, layWire, outputEnd } from "./gestures";
import { emptyHands, hands, say } from "./hands";
import { socketName, socketPoint, targetOf } from "./sockets";
import { reveal } from "./viewport";

interface Held {
  readonly end: Target;
  /** The bend that the wire leaves from. */
  readonly bend: number | null;
  readonly from: Point;
  readonly targets: readonly Target[];
  readonly at: number;
}

let held: Held | null = null;

/** Arrows with a key held are commands; React Flow would move the node. */
function handOn(event: ReactKeyboardEvent): boolean {
  const isCommand = event.key.startsWith("Arrow") && (event.ctrlKey || event.metaKey || event.altKey);
  const isOnNode = event.target instanceof HTMLElement && event.target.closest(".react-flow__node") === event.target;
  if (!isCommand || !isOnNode) return false;
  event.preventDefault();
  event.stopPropagation();
  window.dispatchEvent(new KeyboardEvent("keydown", event.nativeEvent));
  return true;
}

/** React Flow would go four steps. */
function moveFar(event: ReactKeyboardEvent): boolean {
  const node = event.target instanceof HTMLElement ? event.target : null;
  if (!event.shiftKey || node?.closest(".react-flow__node.selected") !== node || !moveByKey(event)) return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}

/** Keys on a socket, before React Flow takes them for its node. */
export function pressSocketKey(event: ReactKeyboardEvent): void {
  if (handOn(event) || moveFar(event)) return;
  const socket = event.target instanceof HTMLElement && event.target.classList.contains("react-flow__handle") ? event.target : null;
  if (socket === null || held !== null || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = actionFor(event.key, socket);
  if (act === null) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

function actionFor(key: string, socket: HTMLElement): (() => void) | null {
  if (key === "Enter" || key === " ") return () => takeWire(socket);
  if (key === "Delete" || key === "Backspace") return () => unplug(targetOf(socket));
  if (key === "Escape") return () => socket.closest<HTMLElement>(".react-flow__node")?.focus();
  if (key === "ArrowDown" || key === "ArrowUp") return () => focusNext(socket, key === "ArrowDown" ? 1 : -1);
  return key === "ArrowLeft" || key === "ArrowRight" ? () => focusAcross(socket, key === "ArrowLeft" ? "target" : "source") : null;
}

const socketsOf = (socket: HTMLElement, side: "source" | "target"): readonly HTMLElement[] => [...(socket.closest(".react-flow__node")?.querySelectorAll<HTMLElement>(`.react-flow__handle.${side}[tabindex]`) ?? [])];

/** Within inputs or outputs. */
function focusNext(socket: HTMLElement, step: number): void {
  const all = socketsOf(socket, socket.classList.contains("source") ? "source" : "target");
  all[(all.indexOf(socket) + step + all.length) % all.length]?.focus();
}

/** To the inputs or the outputs, at about the same height. */
function focusAcross(socket: HTMLElement, side: "source" | "target"): void {
  const y = socket.getBoundingClientRect().y;
  const away = (other: HTMLElement): number => Math.abs(other.getBoundingClientRect().y - y);
  if (!socket.classList.contains(side)) [...socketsOf(socket, side)].sort((a, b) => away(a) - away(b))[0]?.focus();
}

function unplug(target: Target | null): void {
  if (target === null) return;
  const doc = currentDoc();
  const into = "slot" in target ? undefined : linkInto(doc, target.node, target.input);
  const links = "slot" in target ? linksOutOf(doc, target.node, target.slot) : into === undefined ? [] : [into];
  if (links.length === 0) return;
  transact("step.disconnect", (before) => removeLinks(before, links.map((link) => link.id)));
  say(t("links.unplugged", { socket: socketName(doc, target) }));
}

function takeWire(socket: HTMLElement): void {
  const doc = currentDoc();
  const bend = bendOf(socket.dataset["nodeid"] ?? "");
  const trunk = bend === null ? undefined : wiresThrough(doc, bend)[0];
  const end = trunk === undefined ? targetOf(socket) : { node: trunk.from, slot: trunk.slot };
  if (end === null) return;
  const from = (bend === null ? undefined : doc.reroutes[bend]?.position) ?? socketPoint(doc, end);
  const away = (target: Target): number => {
    const to = socketPoint(doc, target);
    return Math.hypot(to.x - from.x, to.y - from.y);
  };
  const sorted = legalTargets(doc, currentDefs(), end).map((target) => ({ target, distance: away(target) })).toSorted((a, b) => a.distance - b.distance);
  const name = socketName(doc, end);
  if (sorted.length === 0) {
    say(t("links.noTarget", { socket: name }));
    return searchFor(end, from);
  }
  held = { end, bend, from, targets: sorted.map(({ target }) => target), at: 0 };
  uiStore.setState({ wire: "slot" in end ? outputEnd(end.node, end.slot) : inputEnd(end.node, end.input) });
  window.addEventListener("keydown", onHeldKey, true);
  window.addEventListener("pointerdown", drop, true);
  aim(0);
  say(`${t("links.inHand", { socket: name, count: sorted.length })} ${aimed(doc, held)}`);
}

function aimed(doc: Doc, { targets, at }: Held): string {
  const target = targets[at];
  return target === undefined ? "" : t("links.aim", { socket: socketName(doc, target), title: titleOf(doc, currentDefs(), target.node), index: at + 1, count: targets.length });
}

function aim(index: number): void {
  if (held === null) return;
  const at = (index + held.targets.length) % held.targets.length;
  held = { ...held, at };
  const [doc, target] = [currentDoc(), held.targets[at]];
  if (target === undefined) return;
  const to = socketPoint(doc, target);
  // A wire is drawn from its output to its input, and the ring is at the end that is chosen.
  hands.setState({ loose: [{ from: held.from, to, type: uiStore.getState().wire?.type ?? "*" }] });
  reveal(to);
  say(aimed(doc, held));
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowRight: 1, Tab: 1, ArrowUp: -1, ArrowLeft: -1 };

/** While a wire is in hand its keys come first, wherever the focus is. */
function onHeldKey(event: KeyboardEvent): void {
  if (held === null || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  const step = STEPS[event.key];
  if (step !== undefined) aim(held.at + (event.key === "Tab" && event.shiftKey ? -1 : step));
  else if (event.key === "Home") aim(0);
  else if (event.key === "End") aim(-1);
  else if (event.key === "Enter" || event.key === " ") land();
  else if (event.shiftKey && event.code === "KeyA") searchOn();
  else if (event.key === "Escape") {
    drop();
    say(t("links.dropped"));
  }
}

function drop(): void {
  held = null;
  window.removeEventListener("keydown", onHeldKey, true);
  window.removeEventListener("pointerdown", drop, true);
  emptyHands();
  uiStore.setState({ wire: null });
}

const BESIDE = { left: 400, right: 80, up: 16 };

/** The search among the nodes that fit, as after a wire was dropped beside its node. */
function searchFor(end: Target, { x, y }: Point): void {
  const isOutput = "slot" in end;
  openPalette("nodes", { x: isOutput ? x + BESIDE.right : x - BESIDE.left, y: y - BESIDE.up }, isOutput ? outputEnd(end.node, end.slot) : inputEnd(end.node, end.input));
}

function searchOn(): void {
  if (held === null) return;
  const { end, from } = held;
  drop();
  searchFor(end, from);
}

function land(): void {
  if (held === null) return;
  const { end, bend, targets, at } = held;
  const target = targets[at];
  const doc = currentDoc();
  drop();
  if (target === undefined) return;
  if ("slot" in end && "input" in target) {
    const wire = { from: end.node, slot: end.slot, to: target.node, input: target.input };
    if (bend === null) layWire(wire, (before) => connect(before, wire));
    else layWire(wire, (before) => branch(before, bend, target.node, target.input), "links.step.branch");
  } else if ("input" in end && "slot" in target) {
    const wire = { from: target.node, slot: target.slot, to: end.node, input: end.input };
    layWire(wire, (before) => connect(before, wire));
  }
  say(t("links.landed", { socket: socketName(doc, target), title: titleOf(doc, currentDefs(), target.node) }));
}
