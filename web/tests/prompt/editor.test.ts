// @vitest-environment happy-dom
import { completionStatus, startCompletion } from "@codemirror/autocomplete";
import { undo } from "@codemirror/commands";
import { runScopeHandlers, type EditorView } from "@codemirror/view";
import { afterEach, expect, it, vi } from "vitest";

import { createEditor, replaceText, type EditorOptions } from "@/prompt/editor";
import { sourceStore } from "@/prompt/sources";

const open: EditorView[] = [];

function editor(text: string, options: Partial<EditorOptions> = {}): { view: EditorView; onText: ReturnType<typeof vi.fn>; onLeave: ReturnType<typeof vi.fn>; onLarge: ReturnType<typeof vi.fn> } {
  const parent = document.createElement("div");
  document.body.append(parent);
  const [onText, onLeave, onLarge] = [vi.fn(), vi.fn(), vi.fn()];
  const nothing = (): void => undefined;
  const view = createEditor({
    ...{ parent, popups: document.body, text, selection: { anchor: text.length, head: text.length }, label: "text", placeholder: "", testId: "widget-6-text" },
    ...{ isDynamic: true, onText, onFocus: nothing, onBlur: nothing, onLeave, onLarge, ...options },
  });
  open.push(view);
  return { view, onText, onLeave, onLarge };
}

const press = (view: EditorView, key: string, held: KeyboardEventInit = {}): boolean => runScopeHandlers(view, new KeyboardEvent("keydown", { key, ...held }), "editor");

afterEach(() => {
  for (const view of open.splice(0)) view.destroy();
  document.body.replaceChildren();
});

it("carries the name by which the field was found before it was an editor", () => {
  const { view } = editor("a red tent");
  expect(document.querySelector("[data-testid=widget-6-text]")).toBe(view.contentDOM);
  expect(view.contentDOM.getAttribute("aria-label")).toBe("text");
});

it("weighs by Ctrl+Up, finely and coarsely, and undoes inside the text", () => {
  const { view, onText } = editor("a red tent");
  press(view, "ArrowUp", { ctrlKey: true });
  expect(onText).toHaveBeenLastCalledWith("a red (tent:1.05)");
  press(view, "ArrowUp", { ctrlKey: true, shiftKey: true });
  expect(view.state.doc.toString()).toBe("a red (tent:1.15)");
  undo(view);
  undo(view);
  expect(onText).toHaveBeenLastCalledWith("a red tent");
});

it("leaves Tab, Ctrl+Enter and Ctrl+K to the page", () => {
  const { view } = editor("a");
  expect([press(view, "Tab"), press(view, "Enter", { ctrlKey: true }), press(view, "k", { ctrlKey: true })]).toEqual([false, false, false]);
});

it("is left by Escape, and made large by Ctrl+Shift+E", () => {
  const { view, onLeave, onLarge } = editor("a");
  press(view, "E", { ctrlKey: true, shiftKey: true, keyCode: 69 });
  press(view, "Escape");
  expect([onLarge.mock.calls.length, onLeave.mock.calls.length]).toEqual([1, 1]);
});

it("offers completions, which Tab takes and Escape shuts before it leaves", async () => {
  sourceStore.setState({ embeddings: ["easynegative"], known: new Set(["easynegative"]) });
  const { view, onLeave } = editor("embedding:eas");
  startCompletion(view);
  await vi.waitFor(() => expect(completionStatus(view.state)).toBe("active"));
  press(view, "Escape");
  expect([completionStatus(view.state), onLeave.mock.calls.length]).toEqual([null, 0]);
  startCompletion(view);
  await vi.waitFor(() => expect(completionStatus(view.state)).toBe("active"));
  // What just opened does not take a key that was meant for the text.
  await new Promise((done) => setTimeout(done, 80));
  expect(press(view, "Tab")).toBe(true);
  expect(view.state.doc.toString()).toBe("embedding:easynegative");
});

it("draws what parts are, and again once the embeddings are known", () => {
  sourceStore.setState({ known: null });
  const { view } = editor("(red:1.2), embedding:nope // aside");
  const drawn = (kind: string): (string | null)[] => [...view.contentDOM.querySelectorAll(`.prompt-${kind}`)].map((part) => part.textContent);
  expect([drawn("weight"), drawn("comment"), drawn("unknown")]).toEqual([[":1.2"], ["// aside"], []]);
  sourceStore.setState({ known: new Set(["easynegative"]) });
  expect(drawn("unknown")).toEqual(["embedding:nope"]);
});

it("shows what another hand wrote, without telling it back as typing of its own", () => {
  const { view, onText } = editor("a");
  replaceText(view, "a");
  expect(onText).not.toHaveBeenCalled();
  replaceText(view, "b");
  expect(view.state.doc.toString()).toBe("b");
});
