/** A plain text area turns into the prompt editor once it has the focus: a thousand of them cost a thousand text areas. */
import { useCallback, useEffect, useRef, useState, type RefObject } from "react";
import { flushSync } from "react-dom";

const loadEditor = () => import("@/prompt/PromptEditor");
type Editor = Awaited<ReturnType<typeof loadEditor>>["PromptEditor"];

/** Where the writing was when the text area gave way. */
export interface Entered {
  readonly anchor: number;
  readonly head: number;
  readonly scroll: number;
}

interface Promotion {
  readonly area: RefObject<HTMLTextAreaElement | null>;
  readonly entered: Entered | null;
  readonly Editor: Editor | null;
  readonly onPress: () => void;
  readonly onFocus: () => void;
  readonly leave: () => void;
}

/** What the pointer and the input method are at; the same for all fields, as there is one focus. */
const hands = { isPressed: false, isComposing: false, isWatched: false };
const waiting = new Set<() => Promise<void>>();
/** Loaded once; later fields turn at once. */
const loaded: { editor: Editor | null } = { editor: null };

const isBusy = (): boolean => hands.isPressed || hands.isComposing;

function settle(): void {
  if (isBusy()) return;
  for (const promote of waiting) void promote();
  waiting.clear();
}

function watchHands(): void {
  if (hands.isWatched) return;
  hands.isWatched = true;
  const on = (type: string, change: Partial<typeof hands>): void =>
    window.addEventListener(
      type,
      () => {
        Object.assign(hands, change);
        setTimeout(settle, 0);
      },
      true,
    );
  on("pointerup", { isPressed: false });
  on("pointercancel", { isPressed: false });
  on("compositionstart", { isComposing: true });
  on("compositionend", { isComposing: false });
}

export function usePromotion(): Promotion {
  const area = useRef<HTMLTextAreaElement>(null);
  const [entered, setEntered] = useState<Entered | null>(null);
  const promote = useCallback(async (): Promise<void> => {
    loaded.editor ??= (await loadEditor()).PromptEditor;
    const field = area.current;
    if (field === null || document.activeElement !== field || isBusy()) return;
    const { selectionStart, selectionEnd, selectionDirection, scrollTop } = field;
    const isBackward = selectionDirection === "backward";
    // At once: by a later frame the hands may be at another field, and the editor would take the focus from it.
    flushSync(() => setEntered({ anchor: isBackward ? selectionEnd : selectionStart, head: isBackward ? selectionStart : selectionEnd, scroll: scrollTop }));
  }, []);
  useEffect(() => () => void waiting.delete(promote), [promote]);
  return {
    area,
    entered,
    Editor: loaded.editor,
    // A press sets the cursor, or drags a selection, before the editor takes over.
    onPress: () => {
      watchHands();
      hands.isPressed = true;
    },
    onFocus: () => {
      watchHands();
      waiting.add(promote);
      setTimeout(settle, 0);
    },
    leave: () => setEntered(null),
  };
}
