/** Completion inside the editor: the options of the place, and the words of a LoRA that was just chosen. */
import { autocompletion, pickedCompletion, snippet, startCompletion, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { StateEffect, StateField, type Extension } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";

import { fetchTriggerWords } from "@/api/completion";
import { t } from "@/i18n";

import { loraName, optionsAt, type Option } from "./complete";
import { sourceStore, usesLora } from "./sources";

interface Offer {
  readonly at: number;
  readonly words: readonly string[];
}

const offer = StateEffect.define<Offer>();

/** Words on offer at a place; gone with the next letter. */
const offered = StateField.define<Offer | null>({
  create: () => null,
  update(value, transaction) {
    const made = transaction.effects.find((effect) => effect.is(offer));
    if (made !== undefined) return made.value as Offer;
    return transaction.docChanged || transaction.selection !== undefined ? null : value;
  },
});

function complete(context: CompletionContext): CompletionResult | null {
  const words = context.state.field(offered);
  if (words !== null && words.at === context.pos) return { from: context.pos, filter: false, options: wordOptions(words.words) };
  const text = context.state.doc.toString();
  const options = optionsAt(text.slice(0, context.pos), text.slice(context.pos), sourceStore.getState(), context.explicit);
  return options.length === 0 ? null : { from: Math.min(...options.map(({ from }) => from)), filter: false, options: options.map(completionOf) };
}

function completionOf(option: Option): Completion {
  return {
    label: option.label,
    type: option.kind,
    ...(option.detail === undefined ? {} : { detail: option.detail }),
    apply: (view, completion, _from, to) => apply(view, completion, option, to),
  };
}

function apply(view: EditorView, completion: Completion, option: Option, to: number): void {
  if (option.kind === "alternative") {
    snippet("{${first}|${second}}")(view, completion, option.from, to);
    return;
  }
  const isNew = option.file !== undefined && !usesLora(option.file, loraName(option.file));
  view.dispatch({
    changes: { from: option.from, to, insert: option.insert },
    selection: { anchor: option.from + option.insert.length },
    annotations: pickedCompletion.of(completion),
    userEvent: "input.complete",
  });
  if (isNew && option.file !== undefined) void offerWords(view, option.file);
}

/** Words come late and only where the cursor still waits for them. */
async function offerWords(view: EditorView, file: string): Promise<void> {
  const at = view.state.selection.main.head;
  const before = view.state.doc;
  const words = await fetchTriggerWords(file).catch(() => []);
  if (words.length === 0 || view.state.doc !== before || !view.hasFocus) return;
  view.dispatch({ effects: offer.of({ at, words: words.slice(0, 12) }) });
  startCompletion(view);
}

function wordOptions(words: readonly string[]): Completion[] {
  const all = words.length > 1 ? [{ label: t("promptEditor.allWords"), detail: words.join(", ").slice(0, 60), insert: words.join(", ") }] : [];
  const each = words.map((word) => ({ label: word, detail: t("promptEditor.triggerWord"), insert: word }));
  return [...all, ...each].map(({ label, detail, insert }) => ({
    label,
    detail,
    type: "word",
    apply: (view, completion, _from, to) =>
      view.dispatch({ changes: { from: to, insert: `, ${insert}` }, selection: { anchor: to + insert.length + 2 }, annotations: pickedCompletion.of(completion) }),
  }));
}

export const promptCompletion = (): Extension => [offered, autocompletion({ override: [complete], icons: true, maxRenderedOptions: 60, interactionDelay: 50 })];
