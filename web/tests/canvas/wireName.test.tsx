// @vitest-environment happy-dom
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it } from "vitest";

import { hands } from "@/canvas/hands";
import { NameEditor } from "@/canvas/WireName";
import { currentDoc, replaceDocument } from "@/model/document";
import { Dialog } from "@/ui/Dialog";

import { chain } from "../model/pages";

const page: { root: Root | null } = { root: null };
const pause = (): Promise<void> => act(async () => new Promise<void>((resolve) => setTimeout(resolve, 5)));
const wire = (): SVGElement | null => document.querySelector(".react-flow__edge");
const field = (): HTMLInputElement | null => document.querySelector("input");

function Room({ isOpen = false }: { readonly isOpen?: boolean }) {
  const naming = hands((state) => state.naming);
  return (
    <>
      <svg>
        <g className="react-flow__edge" data-id="1" tabIndex={0} />
      </svg>
      {naming !== null && <NameEditor link={naming} name="" />}
      <Dialog title="Commands" isOpen={isOpen} onClose={() => undefined}>
        <button type="button">Name the wire</button>
      </Dialog>
    </>
  );
}

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  replaceDocument(chain());
  page.root = createRoot(document.body.appendChild(document.createElement("div")));
  await act(async () => page.root?.render(<Room />));
  wire()?.focus();
});
afterEach(async () => {
  await act(async () => page.root?.unmount());
  document.body.replaceChildren();
  hands.setState({ naming: null });
});

it.each([["Enter", "latents"], ["Escape", null]])("goes back to the wire with %s", async (key, label) => {
  await act(async () => hands.setState({ naming: 1 }));
  expect(document.activeElement).toBe(field());
  Object.assign(field() ?? {}, { value: "latents" });
  await act(async () => field()?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })));
  await pause();
  expect(currentDoc().links[1]?.label).toBe(label);
  expect(document.activeElement).toBe(wire());
});

it("goes on being written when the dialog closes that asked for it", async () => {
  await act(async () => page.root?.render(<Room isOpen />));
  expect(document.activeElement?.closest("[role=dialog]")).not.toBeNull();
  act(() => page.root?.render(<Room />));
  act(() => hands.setState({ naming: 1 }));
  await pause();
  expect(document.activeElement).toBe(field());
});

it("has the focus back when a dialog closes", async () => {
  await act(async () => page.root?.render(<Room isOpen />));
  await act(async () => page.root?.render(<Room />));
  await pause();
  expect(document.activeElement).toBe(wire());
});
