// @vitest-environment happy-dom
/** Whose undo it is in a field of a number. */
import { act } from "react";
import { createRoot } from "react-dom/client";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";

vi.hoisted(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});

import { listen } from "@/app/keyboard";
import { widgetsOf } from "@/formats/widgets";
import { addNode } from "@/model/actions";
import { currentDoc, replaceDocument, undo } from "@/model/document";
import { EMPTY_DOC } from "@/model/types";
import { installCommands } from "@/palette/registry";
import { sessionStore } from "@/session/store";
import { NumberField } from "@/widgets/NumberField";
import { PlaceContext } from "@/widgets/place";

import { defs } from "../definitions";

const ran: unknown[] = [];
const steps = (): unknown => currentDoc().nodes["1"]?.values["steps"];
const input = (): HTMLInputElement => {
  const found = document.querySelector("input");
  if (found === null) throw new Error("no field");
  return found;
};
const press = (key: string, ctrlKey = false): Promise<void> => act(async () => void input().dispatchEvent(new KeyboardEvent("keydown", { key, code: key === "z" ? "KeyZ" : key, ctrlKey, bubbles: true, cancelable: true })));

/** As a person types: the browser sets the value, and says so. */
const type = (text: string): Promise<void> =>
  act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input(), text);
    input().dispatchEvent(new Event("input", { bubbles: true }));
  });

beforeAll(listen);

beforeEach(async () => {
  sessionStore.setState({ defs });
  installCommands({
    undo: { title: "action.undo", group: "edit", chords: ["mod+z"], run: () => void undo() },
    run: { title: "action.run", group: "run", chords: ["mod+enter"], inText: true, run: () => void ran.push(steps()) },
  });
  ran.length = 0;
  replaceDocument(addNode(EMPTY_DOC, defs, "Sampler", { x: 0, y: 0 }).doc);
  const def = defs["Sampler"];
  const widget = def === undefined ? undefined : widgetsOf(def, {}).find(({ name }) => name === "steps");
  if (widget === undefined) throw new Error("no widget");
  document.body.innerHTML = "<div></div>";
  const root = createRoot(document.body.firstElementChild ?? document.body);
  await act(async () => root.render(<PlaceContext value="node"><NumberField node="1" widget={widget} label="steps" /></PlaceContext>));
  input().focus();
});

it("undoes what Enter took, without leaving the field", async () => {
  await type("33");
  await press("Enter");
  expect(steps()).toBe(33);
  await press("z", true);
  expect(steps()).toBe(20);
  expect(document.activeElement).toBe(input());
  expect(input().value).toBe("20");
});

it("leaves the undo to the field while something is typed in it", async () => {
  await type("33");
  await press("Enter");
  await type("4");
  await press("z", true);
  expect(steps()).toBe(33);
});

it("runs with what is typed, and stays in the field", async () => {
  await type("33");
  await press("Enter", true);
  expect(ran).toEqual([33]);
  expect(document.activeElement).toBe(input());
});
