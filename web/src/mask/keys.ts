/** The editor's own keys: they count only while it is open. */
import type { MessageKey } from "@/i18n";
import { chordLabel, matches } from "@/palette/keymap";

import { chooseBrush, chooseEraser, chooseTool, clearLayer, closeHoles, featherLayer, growLayer, invert, setErases, shrinkLayer, turnDisplay, turnHardness, turnOpacity, turnSize, turnTip } from "./adjust";
import { moveCrosshair, pressCrosshair, type Pace } from "./crosshair";
import { addLayer, changeLayer, redo, stepLayer, undo } from "./edit";
import { closeOutline, dropCorner } from "./outline";
import { fit, focusStage, fullSize, nextBackdrop, zoomStep } from "./sight";
import { activeLayer, maskStore } from "./state";

export type KeyGroup = "tools" | "brush" | "mask" | "layers" | "view" | "picture" | "file";

export interface MaskKey {
  readonly group: KeyGroup;
  readonly title: MessageKey;
  /** Chords as in the table of commands; characters by what they type, or by their place on the keyboard. */
  readonly chords: readonly string[];
  readonly codes?: readonly string[];
  readonly run: () => void;
}

const get = maskStore.getState;

function toggleVisible(): void {
  const layer = activeLayer(get());
  if (layer !== undefined) changeLayer(layer.id, { isVisible: !layer.isVisible });
}

const LABELS: Readonly<Record<string, string>> = { "+": "+", "-": "−", pageup: "Page ↑", pagedown: "Page ↓" };

export const keyLabel = (chord: string | undefined): string => LABELS[chord ?? ""] ?? chordLabel(chord);

export const MASK_KEYS: readonly MaskKey[] = [
  { group: "tools", title: "mask.tool.brush", chords: ["b"], run: chooseBrush },
  { group: "tools", title: "mask.tool.eraser", chords: ["e"], run: chooseEraser },
  { group: "tools", title: "mask.tool.rectangle", chords: ["r"], run: () => chooseTool("rectangle") },
  { group: "tools", title: "mask.tool.ellipse", chords: ["o"], run: () => chooseTool("ellipse") },
  { group: "tools", title: "mask.tool.lasso", chords: ["l"], run: () => chooseTool("lasso") },
  { group: "tools", title: "mask.tool.fill", chords: ["g"], run: () => chooseTool("fill") },
  { group: "tools", title: "mask.tool.color", chords: ["w"], run: () => chooseTool("color") },
  { group: "tools", title: "mask.key.swap", chords: ["x"], run: () => setErases(!get().erases) },
  { group: "brush", title: "mask.key.smaller", chords: ["["], codes: ["BracketLeft"], run: () => turnSize(-1) },
  { group: "brush", title: "mask.key.larger", chords: ["]"], codes: ["BracketRight"], run: () => turnSize(1) },
  { group: "brush", title: "mask.key.softer", chords: ["shift+["], codes: ["shift+BracketLeft"], run: () => turnHardness(-1) },
  { group: "brush", title: "mask.key.harder", chords: ["shift+]"], codes: ["shift+BracketRight"], run: () => turnHardness(1) },
  { group: "brush", title: "mask.key.lessOpacity", chords: [","], run: () => turnOpacity(-1) },
  { group: "brush", title: "mask.key.moreOpacity", chords: ["."], run: () => turnOpacity(1) },
  { group: "brush", title: "mask.key.tip", chords: ["t"], run: turnTip },
  { group: "mask", title: "mask.step.invert", chords: ["i"], run: invert },
  { group: "mask", title: "mask.step.clear", chords: ["delete", "backspace"], run: clearLayer },
  { group: "mask", title: "mask.step.grow", chords: ["d"], run: growLayer },
  { group: "mask", title: "mask.step.shrink", chords: ["shift+d"], run: shrinkLayer },
  { group: "mask", title: "mask.step.feather", chords: ["s"], run: featherLayer },
  { group: "mask", title: "mask.step.holes", chords: ["j"], run: closeHoles },
  { group: "mask", title: "action.undo", chords: ["mod+z"], run: undo },
  { group: "mask", title: "action.redo", chords: ["mod+shift+z", "mod+y"], run: redo },
  { group: "layers", title: "mask.layer.add", chords: ["n"], run: addLayer },
  { group: "layers", title: "mask.key.layerAbove", chords: ["pageup"], run: () => stepLayer(1) },
  { group: "layers", title: "mask.key.layerBelow", chords: ["pagedown"], run: () => stepLayer(-1) },
  { group: "layers", title: "mask.key.layerHide", chords: ["shift+h"], run: toggleVisible },
  { group: "view", title: "action.zoomIn", chords: ["+"], codes: ["Equal", "NumpadAdd"], run: () => zoomStep(1) },
  { group: "view", title: "action.zoomOut", chords: ["-"], codes: ["Minus", "NumpadSubtract"], run: () => zoomStep(-1) },
  { group: "view", title: "mask.view.fit", chords: ["0"], run: fit },
  { group: "view", title: "mask.view.full", chords: ["1"], run: fullSize },
  { group: "view", title: "mask.key.backdrop", chords: ["v"], run: nextBackdrop },
  { group: "view", title: "mask.key.lessDisplay", chords: ["k"], run: () => turnDisplay(-1) },
  { group: "view", title: "mask.key.moreDisplay", chords: ["shift+k"], run: () => turnDisplay(1) },
  { group: "view", title: "mask.key.toPicture", chords: ["c"], run: () => focusStage() },
  { group: "file", title: "mask.key.keys", chords: ["?"], run: () => maskStore.setState(({ hasKeys }) => ({ hasKeys: !hasKeys })) },
];

/** Keys whose work is done elsewhere, for the list. */
export const OTHER_KEYS: readonly { readonly group: KeyGroup; readonly title: MessageKey; readonly label: string }[] = [
  { group: "view", title: "mask.key.compare", label: "H" },
  { group: "view", title: "mask.key.pan", label: "Space" },
  { group: "picture", title: "mask.key.move", label: "← ↑ → ↓" },
  { group: "picture", title: "mask.key.movePixel", label: "Shift+←" },
  { group: "picture", title: "mask.key.moveFar", label: "Ctrl+←" },
  { group: "picture", title: "mask.key.press", label: "↵ · Space" },
  { group: "picture", title: "mask.key.line", label: "Shift+↵" },
  { group: "picture", title: "mask.key.dropCorner", label: "⌫" },
  { group: "file", title: "mask.save", label: chordLabel("mod+s") },
  { group: "file", title: "mask.key.leave", label: "Esc" },
];

const isPlain = (event: KeyboardEvent): boolean => !event.ctrlKey && !event.metaKey && !event.altKey;

/** On some keyboards [ and ] need AltGr, which comes as Ctrl and Alt: there the character alone counts. */
export function isPressed(event: KeyboardEvent, { chords, codes = [] }: Pick<MaskKey, "chords" | "codes">): boolean {
  const character = chords.find((chord) => /^(shift\+)?[^a-z0-9]$/.test(chord));
  if (character === undefined) return chords.some((chord) => matches(event, chord));
  const isMod = (event.ctrlKey || event.metaKey) && !(event.ctrlKey && event.altKey);
  if (isMod) return false;
  if (codes.length > 0 && isPlain(event) && codes.some((code) => code === `${event.shiftKey ? "shift+" : ""}${event.code}`)) return true;
  return !character.startsWith("shift+") && event.key === character && !(codes.length > 0 && event.shiftKey && event.code.startsWith("Bracket"));
}

/** A list is searched by typing. */
const isText = (target: EventTarget | null): boolean => target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && ["text", "number"].includes(target.type));

/** Keys by which a slider is drawn. */
const isSliding = (event: KeyboardEvent): boolean => event.target instanceof HTMLInputElement && event.target.type === "range" && event.key.startsWith("Page");

/** Enter, Space and arrows belong to the control that has the focus. */
const isControl = (target: EventTarget | null): boolean => target instanceof Element && target.closest("button, input, select, a, [role=radio]") !== null;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Returns whether the key was taken. */
export function onKeyDown(event: KeyboardEvent): boolean {
  if (isText(event.target) || isSliding(event)) return false;
  if (event.key.toLowerCase() === "h" && isPlain(event) && !event.shiftKey) {
    maskStore.setState({ isCompared: true });
    return true;
  }
  // A step back in the middle of a stroke would pull the mask from under it.
  if (get().isDrawing) return true;
  if (!isControl(event.target) && onPictureKey(event)) return true;
  const found = MASK_KEYS.find((key) => isPressed(event, key));
  found?.run();
  return found !== undefined;
}

function onPictureKey(event: KeyboardEvent): boolean {
  const arrow = ARROWS[event.key];
  const pace: Pace = event.shiftKey ? "pixel" : event.ctrlKey || event.metaKey ? "leap" : "step";
  if (arrow !== undefined && !event.altKey) moveCrosshair(arrow[0], arrow[1], pace);
  else if (event.key === " ") maskStore.setState(event.repeat ? {} : { isPanning: true, hasPanned: false });
  else if (event.key === "Enter" && isPlain(event)) pressEnter(event.shiftKey);
  else if (event.key === "Backspace" && get().outline !== null) dropCorner();
  else return false;
  return true;
}

/** While a polygon is drawn with the pointer, Enter closes it. */
function pressEnter(joins: boolean): void {
  const { outline, isByKeys, erases, tool } = get();
  if (tool === "lasso" && outline !== null && !isByKeys) return closeOutline(erases);
  pressCrosshair(joins);
}

export function onKeyUp(event: KeyboardEvent): void {
  if (event.key.toLowerCase() === "h") maskStore.setState({ isCompared: false });
  if (event.key !== " " || !get().isPanning) return;
  const { hasPanned, isByKeys, isDrawing } = get();
  maskStore.setState({ isPanning: false });
  // A tap of Space without moving the picture is a press at the crosshair.
  if (isByKeys && !hasPanned && !isDrawing) pressCrosshair(event.shiftKey);
}
