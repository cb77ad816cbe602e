// @vitest-environment happy-dom
/** The text area that gives way to the prompt editor. */
import { act } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, expect, it, vi } from "vitest";

vi.hoisted(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});

import { usePromotion } from "@/widgets/promotion";

afterEach(() => void vi.useRealTimers());

function Field() {
  const { area, entered, onFocus } = usePromotion();
  return entered === null ? <textarea ref={area} onFocus={onFocus} defaultValue="a red tent" /> : <output>{entered.head}</output>;
}

it("gives way in the moment in which it has the focus, not in a later frame", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  document.body.innerHTML = "<div></div>";
  const root = createRoot(document.body.firstElementChild ?? document.body);
  await act(async () => root.render(<Field />));
  const area = document.querySelector("textarea");
  await act(async () => {
    area?.focus();
    area?.setSelectionRange(5, 5);
    vi.runAllTimers();
    await import("@/prompt/PromptEditor");
  });
  expect(document.querySelector("output")?.textContent).toBe("5");

  await act(async () => root.render(<Field key="another" />));
  const another = document.querySelector("textarea");
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false });
  another?.focus();
  vi.runAllTimers();
  expect(document.querySelector("output"), "the editor is loaded: nothing is waited for").not.toBeNull();
});
