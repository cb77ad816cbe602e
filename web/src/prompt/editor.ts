/** The editor of a prompt, put together from CodeMirror's parts. */
import { acceptCompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { EditorSelection, EditorState, Prec, type Extension } from "@codemirror/state";
import { EditorView, keymap, placeholder, tooltips, type KeyBinding } from "@codemirror/view";

import { promptCompletion } from "./completion";
import { promptMarks } from "./marks";
import { changeWeight } from "./weights";

export interface EditorOptions {
  readonly parent: HTMLElement;
  /** Where lists are drawn: outside of what is scaled or cut off. */
  readonly popups: HTMLElement;
  readonly text: string;
  readonly selection: { readonly anchor: number; readonly head: number };
  readonly label: string;
  readonly placeholder: string;
  readonly testId: string;
  readonly isDynamic: boolean;
  readonly onText: (text: string) => void;
  readonly onFocus: () => void;
  readonly onBlur: () => void;
  readonly onLeave: () => void;
  readonly onLarge: () => void;
}

const FINE = 0.05;
const COARSE = 0.1;

const weigh = (delta: number) => (view: EditorView): boolean => {
  const { main } = view.state.selection;
  const change = changeWeight(view.state.doc.toString(), main, delta);
  if (change !== null)
    view.dispatch({
      changes: { from: change.from, to: change.to, insert: change.insert },
      selection: EditorSelection.range(change.select.from, change.select.to),
      userEvent: "input.weight",
      scrollIntoView: true,
    });
  return true;
};

const weightKeys: readonly KeyBinding[] = [
  { key: "Mod-ArrowUp", run: weigh(FINE), shift: weigh(COARSE) },
  { key: "Mod-ArrowDown", run: weigh(-FINE), shift: weigh(-COARSE) },
];

/** Keys that the canvas has commands for are left to it. */
const CANVAS_KEYS = new Set(["Mod-Enter", "Shift-Mod-k", "Mod-/", "Alt-A", "Ctrl-m", "Mod-k"]);
const plainKeys = defaultKeymap.filter(({ key }) => key === undefined || !CANVAS_KEYS.has(key));

function keys({ onLeave, onLarge }: EditorOptions): Extension {
  const own: KeyBinding[] = [
    // Runs only while a list is open; otherwise Tab goes on to the next control.
    { key: "Tab", run: acceptCompletion },
    { key: "Mod-Shift-e", run: () => (onLarge(), true), preventDefault: true },
  ];
  const leave: KeyBinding = { key: "Escape", run: () => (onLeave(), true) };
  return [Prec.highest(keymap.of([...weightKeys, ...own])), keymap.of([...closeBracketsKeymap, ...completionKeymap, leave, ...historyKeymap, ...plainKeys])];
}

export function createEditor(options: EditorOptions): EditorView {
  const { text, selection } = options;
  const within = (at: number): number => Math.min(at, text.length);
  return new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc: text,
      selection: EditorSelection.single(within(selection.anchor), within(selection.head)),
      extensions: [
        history(),
        closeBrackets(),
        promptMarks(options.isDynamic),
        promptCompletion(),
        keys(options),
        EditorView.lineWrapping,
        placeholder(options.placeholder),
        tooltips({ parent: options.popups, position: "fixed" }),
        EditorView.contentAttributes.of({ "aria-label": options.label, "data-testid": options.testId, spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onText(update.state.doc.toString());
        }),
        EditorView.domEventHandlers({
          focus: () => (options.onFocus(), false),
          blur: () => (options.onBlur(), false),
        }),
      ],
    }),
  });
}

/** Another hand changed the text: undo of the document, the copy in the inspector. */
export function replaceText(view: EditorView, text: string): void {
  if (view.state.doc.toString() === text) return;
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}
