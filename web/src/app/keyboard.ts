/** Keys and the clipboard -> commands. */
import { moveByKey } from "@/canvas/changes";
import { pasteText } from "@/canvas/editing";
import { toCanvas, viewCenter } from "@/canvas/viewport";
import { galleryView } from "@/gallery/view";
import { chordsOf } from "@/palette/bindings";
import { matches } from "@/palette/keymap";
import { commandTable, type Command } from "@/palette/registry";
import { uiStore } from "@/session/ui";
import { openDropped } from "@/tabs/files";

const isText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && !["checkbox", "button", "color"].includes(target.type)));

/** A field in which nothing was typed since it took its value has nothing of its own to undo. */
const isUntouched = (target: EventTarget | null): boolean => target instanceof HTMLElement && target.dataset["untouched"] !== undefined;

const OF_UNTOUCHED: ReadonlySet<string> = new Set(["undo", "redo"]);

/** While a dialog or a menu is open its own keys count. */
const isCovered = (): boolean => uiStore.getState().palette !== null || document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null;

const OF_THE_CANVAS: ReadonlySet<Command["group"]> = new Set(["edit", "nodes", "links", "arrange", "values", "subgraphs"]);

/** While the gallery stands in the canvas's place nothing is done to nodes out of sight. */
const isOutOfSight = ({ group }: Command): boolean => galleryView.getState().isOpen && OF_THE_CANVAS.has(group);

/** A field takes what is typed when it loses the focus; what is done from within the field is done with it. */
function takeTyped(target: EventTarget | null): void {
  if (!(target instanceof HTMLInputElement) || target !== document.activeElement) return;
  target.blur();
  target.focus({ preventScroll: true });
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || isCovered()) return;
  const inText = isText(event.target);
  const isFree = (id: string, command: Command): boolean => !inText || command.inText === true || (OF_UNTOUCHED.has(id) && isUntouched(event.target));
  const hasTextSelection = (window.getSelection()?.toString() ?? "") !== "";
  for (const [id, command] of Object.entries(commandTable())) {
    if (!isFree(id, command) || isOutOfSight(command)) continue;
    if ((id === "copy" || id === "cut") && hasTextSelection) continue;
    if (!chordsOf(id).some((chord) => matches(event, chord)) || command.isEnabled?.() === false) continue;
    event.preventDefault();
    if (command.inText === true) takeTyped(event.target);
    command.run(pointer());
    return;
  }
  // A focused node moves with what is selected; without the focus on anything the selection does.
  if (document.activeElement === document.body && !galleryView.getState().isOpen && moveByKey(event)) event.preventDefault();
}

function onPaste(event: ClipboardEvent): void {
  if (event.defaultPrevented || isText(event.target) || isCovered() || galleryView.getState().isOpen) return;
  const files = [...(event.clipboardData?.files ?? [])];
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (files.length > 0) void openDropped(files, viewCenter());
  else if (!pasteText(text, pointer())) return;
  event.preventDefault();
}

let last: { x: number; y: number } | null = null;

/** Pasted nodes come to where the pointer is. */
function pointer(): { x: number; y: number } {
  return last === null ? viewCenter() : toCanvas(last);
}

/** The Enter that accepts what an input method offers is no Enter of ours. */
function whileComposing(event: KeyboardEvent): void {
  if (event.isComposing) event.stopPropagation();
}

export function listen(): void {
  window.addEventListener("keydown", whileComposing, { capture: true });
  window.addEventListener("keydown", onKeyDown);
  window.addEventListener("paste", onPaste);
  window.addEventListener("pointermove", (event) => {
    const isOverCanvas = event.target instanceof Element && event.target.closest(".react-flow") !== null;
    last = isOverCanvas ? { x: event.clientX, y: event.clientY } : null;
  });
}
