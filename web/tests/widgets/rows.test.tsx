// @vitest-environment happy-dom
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

vi.hoisted(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});

import { parseDefinitions } from "@/formats/definitions";
import type { Json, JsonObject } from "@/formats/json";
import { widgetsOf, type Widget } from "@/formats/widgets";
import { addNode, setValue } from "@/model/actions";
import { currentDoc, currentWhole, replaceDocument, transact, undo } from "@/model/document";
import { EMPTY_DOC } from "@/model/types";
import { sessionStore } from "@/session/store";
import { Markdown } from "@/widgets/Markdown";
import { PlaceContext } from "@/widgets/place";
import { WidgetRow } from "@/widgets/WidgetRow";

const free = (options: JsonObject = {}): JsonObject => ({ socketless: true, ...options });
const defs = parseDefinitions({
  Fields: {
    input: {
      required: {
        steps: ["INT", free({ default: 20, min: 1, max: 100, tooltip: "How many." })],
        amount: ["FLOAT", free({ default: 0.5, min: 0, max: 1, step: 0.25, display: "slider" })],
        dial: ["INT", free({ default: 10, min: 0, max: 20, display: "knob" })],
        shade: ["COLOR", free({ default: "#10203080" })],
        curve: ["CURVE", free()],
        flag: ["BOOLEAN", free({ label_on: "tiled", label_off: "whole" })],
        mode: ["COMBO", free({ options: ["a", "b"] })],
        several: ["COMBO", free({ options: ["red", "blue"], multi_select: true, default: ["red"] })],
        text: ["STRING", free({ multiline: true, default: "words" })],
        fine: ["INT", free({ default: 1, advanced: true })],
        finer: ["INT", free({ default: 2, advanced: true })],
      },
    },
    output: [],
  },
});

let root: Root;

function widget(name: string): Widget {
  const def = defs["Fields"];
  const found = def === undefined ? undefined : widgetsOf(def, {}).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

async function draw(content: ReactNode): Promise<void> {
  await act(() => root.render(content));
}

const rows = (...names: string[]): ReactNode => names.map((name) => <WidgetRow key={name} node="1" widget={widget(name)} />);
const value = (name: string): Json | undefined => currentDoc().nodes["1"]?.values[name];
const find = (selector: string): HTMLElement => {
  const found = document.querySelector<HTMLElement>(selector);
  if (found === null) throw new Error(`no ${selector} in ${document.body.innerHTML}`);
  return found;
};
async function press(selector: string, key: string): Promise<void> {
  await act(() => void find(selector).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));
}

beforeEach(() => {
  // There is no server here: lists of names cannot be had, and nothing else may need it.
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("", { status: 404 })));
  sessionStore.setState({ defs });
  replaceDocument(addNode(EMPTY_DOC, defs, "Fields", { x: 0, y: 0 }).doc);
  const host = document.createElement("div");
  document.body.append(host);
  root = createRoot(host);
});

afterEach(async () => {
  await act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

it("draws the buttons of a number only while the pointer or the focus is there", async () => {
  await draw(rows("steps"));
  expect(document.querySelectorAll("button")).toHaveLength(0);
  await act(() => find("input").focus());
  expect(document.querySelectorAll("button")).toHaveLength(2);
  await act(() => find("input").blur());
  expect(document.querySelectorAll("button")).toHaveLength(0);
});

it("gives a dragged number its value back on Escape, and makes no step of undo of it", async () => {
  await draw(rows("steps"));
  const before = currentWhole();
  const drag = (type: string, clientX: number): void => act(() => void find("input").parentElement?.dispatchEvent(new PointerEvent(type, { clientX, button: 0, pointerId: 1, bubbles: true, cancelable: true })));
  drag("pointerdown", 0);
  drag("pointermove", 60);
  expect(value("steps")).toBe(30);
  await press("body", "Escape");
  expect(value("steps")).toBe(20);
  drag("pointermove", 90);
  drag("pointerup", 90);
  expect(currentWhole()).toBe(before);
  expect(undo()).toBeNull();
  drag("pointerdown", 0);
  drag("pointermove", 60);
  drag("pointerup", 60);
  expect(value("steps")).toBe(30);
  await press("body", "Escape");
  expect(value("steps")).toBe(30);
});

it("describes a control by the words of its tooltip", async () => {
  await draw(rows("steps"));
  await act(() => find("input").focus());
  expect(document.getElementById(find("input").getAttribute("aria-describedby") ?? "")?.textContent).toBe("How many.");
});

it("folds advanced inputs behind one button, and the file remembers", async () => {
  await draw(rows("steps", "fine", "finer"));
  expect(document.querySelectorAll("[data-testid^=advanced]")).toHaveLength(1);
  expect(document.querySelector("[data-testid=widget-1-fine]")).toBeNull();
  await act(() => find("[data-testid=advanced-1]").click());
  expect(find("[data-testid=widget-1-finer]")).toBeTruthy();
  expect(currentDoc().nodes["1"]?.raw["showAdvanced"]).toBe(true);
});

it("folds nothing in the panel", async () => {
  await draw(<PlaceContext value="panel">{rows("fine", "finer")}</PlaceContext>);
  expect(find("[data-testid=inspector-widget-1-finer]")).toBeTruthy();
});

it("slides in the steps of the number", async () => {
  await draw(rows("amount"));
  const slider = find("input[type=range]") as HTMLInputElement;
  expect([slider.max, slider.value]).toEqual(["4", "2"]);
  expect(find("[data-testid=widget-1-amount]").getAttribute("role")).toBe("spinbutton");
});

it("turns a knob by keys", async () => {
  await draw(rows("dial"));
  await press("[role=slider]", "ArrowUp");
  expect(value("dial")).toBe(11);
  await press("[role=slider]", "PageDown");
  expect(value("dial")).toBe(1);
  await press("[role=slider]", "End");
  expect(value("dial")).toBe(20);
});

it("moves, adds and takes away points of a curve by keys, one step of undo each", async () => {
  await draw(rows("curve"));
  await press("[data-point='0']", "ArrowUp");
  await act(() => find("[data-point='0']").focus());
  await press("[data-point='0']", "Insert");
  expect(value("curve")).toEqual([[0, 0.01], [0.5, 0.01], [1, 1]]);
  await press("[data-point='1']", "Delete");
  expect(value("curve")).toEqual([[0, 0.01], [1, 1]]);
  await act(() => void undo());
  expect(value("curve")).toEqual([[0, 0.01], [0.5, 0.01], [1, 1]]);
});

it("shows how much is seen through, and words for yes and no", async () => {
  await draw(rows("shade", "flag"));
  expect((find("input[type=range]") as HTMLInputElement).value).toBe("50");
  expect(find("[role=switch]").textContent).toContain("whole");
  await act(() => find("[role=switch]").click());
  expect(find("[role=switch]").textContent).toContain("tiled");
});

it("says what is chosen, and does not blame what is not chosen yet", async () => {
  await draw(rows("several", "mode"));
  expect(find("[data-testid=widget-1-several]").dataset["value"]).toBe("red");
  await act(() => transact("step.value", (doc) => setValue(setValue(doc, "1", "several", ["red", "blue"]), "1", "mode", "")));
  expect(find("[data-testid=widget-1-several]").dataset["value"]).toBe("red, blue");
  expect(document.querySelector("[data-missing]")).toBeNull();
  await act(() => transact("step.value", (doc) => setValue(doc, "1", "mode", "gone")));
  expect(find("[data-missing]").textContent).toBe("gone");
});

it("keeps a text plain until it has the focus, and turns it into an editor of the same name then", async () => {
  await draw(rows("text"));
  const area = find("[data-testid=widget-1-text]") as HTMLTextAreaElement;
  expect(area.tagName).toBe("TEXTAREA");
  await act(() => {
    area.focus();
    area.select();
  });
  // The editor comes with a file of its own.
  for (let times = 0; times < 100 && document.querySelector(".cm-content") === null; times += 1) await act(() => new Promise((done) => setTimeout(done, 20)));
  expect(find(".cm-content").dataset["testid"]).toBe("widget-1-text");
  expect(document.querySelectorAll("[data-testid=widget-1-text]")).toHaveLength(1);
});

it("opens the menu of a widget where it is asked for", async () => {
  await draw(rows("mode"));
  await act(() => void find("[data-testid=widget-1-mode]").dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true, button: 2, clientX: 5, clientY: 5 })));
  expect([...document.querySelectorAll("[role=menuitem]")].map((item) => item.textContent)).toEqual(["Copy value", "Paste value", "Back to the default"]);
});

it("draws markup, runs nothing, and fetches no picture from elsewhere", async () => {
  await draw(<Markdown text={"# Title\n<script>alert(1)</script>\n\n**bold** [on](javascript:alert(1)) ![far](https://example.org/x.png) ![near](./api/view?filename=a.png)"} />);
  expect(find("h1").textContent).toBe("Title");
  expect(document.querySelectorAll("script, [href^=javascript]")).toHaveLength(0);
  expect([...document.querySelectorAll("img")].map((image) => image.getAttribute("src"))).toEqual(["./api/view?filename=a.png"]);
  expect(find("a[href='https://example.org/x.png']").textContent).toBe("far");
});
