// @vitest-environment happy-dom
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

vi.hoisted(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});

import { NameInput } from "@/ui/NameInput";
import { SearchField } from "@/ui/SearchField";

let root: Root;
const said: string[] = [];

beforeEach(() => {
  document.body.innerHTML = "<main></main>";
  root = createRoot(document.querySelector("main") ?? document.body);
  said.length = 0;
});
afterEach(() => act(() => root.unmount()));

function field(part: ReactNode): HTMLInputElement {
  act(() => root.render(part));
  const found = document.querySelector("input");
  if (found === null) throw new Error("no field");
  return found;
}

const name = <NameInput label="Name" name="old" className="own" onKeep={(text) => said.push(text)} onLeave={() => said.push("left")} />;
const press = (input: HTMLInputElement, key: string): void => act(() => void input.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })));

it("keeps a name with Enter and when one goes elsewhere", () => {
  const input = field(name);
  expect([document.activeElement === input, input.value]).toEqual([true, "old"]);
  input.value = "new";
  press(input, "Enter");
  act(() => input.blur());
  expect(said).toEqual(["new", "new"]);
});

it("leaves a name as it was with Escape, and tells the canvas of no key", () => {
  const heard: string[] = [];
  window.addEventListener("keydown", ({ key }) => heard.push(key), { once: true });
  press(field(name), "Escape");
  press(field(name), "Delete");
  expect([said, heard]).toEqual([["left"], []]);
});

it("says what is searched", () => {
  const input = field(<SearchField label="Search nodes" query="noi" onQuery={(query) => said.push(query)} />);
  expect([input.value, input.getAttribute("aria-label")]).toEqual(["noi", "Search nodes"]);
  act(() => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, "noise");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  expect(said).toEqual(["noise"]);
});
