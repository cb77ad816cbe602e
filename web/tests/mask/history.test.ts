import { expect, it } from "vitest";

import { EMPTY_HISTORY, pushed, topOf, type History, type Step } from "@/mask/history";

const step = (weight: number, id = weight, mark: string | null = null): Step => ({ id, label: "action.undo", layers: [], active: "", pixels: null, weight, mark });

it("forgets the oldest steps beyond its budget, never the newest", () => {
  let history = EMPTY_HISTORY;
  for (let count = 0; count < 10; count++) history = pushed(history, step(10), 35);
  expect(history.past).toHaveLength(3);
  expect(pushed(history, step(1000), 35).past).toHaveLength(1);
});

it("a new step ends the undone ones", () => {
  expect(pushed({ past: [], future: [step(1)], floor: 0 }, step(1)).future).toEqual([]);
});

it("remembers the state that was forgotten last, so that an old state is not taken for the first", () => {
  let history: History = EMPTY_HISTORY;
  for (let id = 1; id <= 5; id++) history = pushed(history, step(10, id), 25);
  expect(history.past.map(({ id }) => id)).toEqual([4, 5]);
  expect(topOf({ ...history, past: [] })).toBe(3);
  expect(topOf(EMPTY_HISTORY)).toBe(0);
});

it("what is drawn along a slider is one step", () => {
  const once = pushed(EMPTY_HISTORY, step(1, 1, "opacity 1"));
  const again = pushed(once, step(1, 2, "opacity 1"));
  expect(again.past.map(({ id }) => id)).toEqual([2]);
  expect(pushed(again, step(1, 3, "opacity 2")).past).toHaveLength(2);
});
