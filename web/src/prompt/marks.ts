/** Colours for the parts of a prompt, and the partner of the bracket at the cursor. */
import { RangeSetBuilder, type Extension } from "@codemirror/state";
import { Decoration, ViewPlugin, type DecorationSet, type EditorView, type ViewUpdate } from "@codemirror/view";

import { sourceStore } from "./sources";
import { partsOfPrompt, type PartKind } from "./syntax";
import { groupsOf } from "./weights";

const KINDS: readonly PartKind[] = ["bracket", "weight", "unclosed", "embedding", "unknown", "lora", "alternative", "comment", "escape"];
const MARKS = Object.fromEntries(KINDS.map((kind) => [kind, Decoration.mark({ class: `prompt-${kind}` })])) as Record<PartKind, Decoration>;
const PARTNER = Decoration.mark({ class: "prompt-partner" });

function decorate(view: EditorView, isDynamic: boolean): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  let last = 0;
  for (const { from, to, kind } of partsOfPrompt(view.state.doc.toString(), { isDynamic, embeddings: sourceStore.getState().known })) {
    if (from < last) continue;
    builder.add(from, to, MARKS[kind]);
    last = to;
  }
  return builder.finish();
}

function partners(view: EditorView): DecorationSet {
  const { main } = view.state.selection;
  const at = main.head;
  const group = main.empty ? groupsOf(view.state.doc.toString()).findLast(({ from, to }) => [from, from + 1, to - 1, to].includes(at)) : undefined;
  return group === undefined ? Decoration.none : Decoration.set([PARTNER.range(group.from, group.from + 1), PARTNER.range(group.to - 1, group.to)]);
}

/** Which embeddings the server has is known later than the first letter. */
const colours = (isDynamic: boolean): Extension =>
  ViewPlugin.define(
    (view) => {
      const drawn = { marks: decorate(view, isDynamic), known: sourceStore.getState().known };
      const stop = sourceStore.subscribe(({ known }) => {
        if (known !== drawn.known) view.dispatch({});
      });
      return {
        drawn,
        update: ({ docChanged }: ViewUpdate) => {
          const { known } = sourceStore.getState();
          if (!docChanged && known === drawn.known) return;
          Object.assign(drawn, { marks: decorate(view, isDynamic), known });
        },
        destroy: stop,
      };
    },
    { decorations: ({ drawn }) => drawn.marks },
  );

const pairs: Extension = ViewPlugin.define(
  (view) => {
    const drawn = { marks: partners(view) };
    return {
      drawn,
      update: ({ docChanged, selectionSet }: ViewUpdate) => {
        if (docChanged || selectionSet) drawn.marks = partners(view);
      },
    };
  },
  { decorations: ({ drawn }) => drawn.marks },
);

export const promptMarks = (isDynamic: boolean): Extension => [colours(isDynamic), pairs];
