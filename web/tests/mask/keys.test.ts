// @vitest-environment happy-dom
import { beforeEach, expect, it } from "vitest";

import { t } from "@/i18n";
import { isPressed, keyLabel, MASK_KEYS, onKeyDown, onKeyUp } from "@/mask/keys";
import { maskStore } from "@/mask/state";

import { mass } from "./pictures";
import { activePlane, openedPicture } from "./opened";

const get = maskStore.getState;
const press = (key: string, more: KeyboardEventInit = {}): KeyboardEvent => new KeyboardEvent("keydown", { key, ...more });
const found = (event: KeyboardEvent): readonly string[] => MASK_KEYS.filter((entry) => isPressed(event, entry)).map(({ title }) => title);

beforeEach(() => openedPicture());

it("every key has one meaning and a name", () => {
  const chords = MASK_KEYS.flatMap((entry) => entry.chords);
  expect(new Set(chords).size).toBe(chords.length);
  for (const entry of MASK_KEYS) {
    expect(t(entry.title)).not.toBe(entry.title);
    expect(keyLabel(entry.chords[0])).not.toBe("");
  }
});

it("brackets change the size, with Shift the hardness", () => {
  expect(found(press("[", { code: "BracketLeft" }))).toEqual(["mask.key.smaller"]);
  expect(found(press("{", { code: "BracketLeft", shiftKey: true }))).toEqual(["mask.key.softer"]);
  expect(found(press("}", { code: "BracketRight", shiftKey: true }))).toEqual(["mask.key.harder"]);
});

it("brackets that need AltGr count by what they type", () => {
  expect(found(press("[", { code: "Digit8", ctrlKey: true, altKey: true }))).toEqual(["mask.key.smaller"]);
  expect(found(press("ü", { code: "BracketLeft" }))).toEqual(["mask.key.smaller"]);
});

it("plus and question mark count with and without Shift", () => {
  expect(found(press("+", { code: "Equal", shiftKey: true }))).toEqual(["action.zoomIn"]);
  expect(found(press("=", { code: "Equal" }))).toEqual(["action.zoomIn"]);
  expect(found(press("?", { code: "Slash", shiftKey: true }))).toEqual(["mask.key.keys"]);
});

it("chords of the browser are left alone", () => {
  expect(found(press("+", { code: "Equal", ctrlKey: true }))).toEqual([]);
  expect(onKeyDown(press("r", { ctrlKey: true, code: "KeyR" }))).toBe(false);
});

it("steps back wait until a stroke has ended", () => {
  maskStore.setState({ isDrawing: true });
  expect(onKeyDown(press("z", { ctrlKey: true, code: "KeyZ" }))).toBe(true);
  expect(get().said).toBe("");
});

it("H hides the mask while it is held", () => {
  onKeyDown(press("h", { code: "KeyH" }));
  expect(get().isCompared).toBe(true);
  onKeyUp(press("h"));
  expect(get().isCompared).toBe(false);
});

it("a tap of Space paints at the crosshair, a Space that moved the picture does not", () => {
  onKeyDown(press("ArrowRight"));
  onKeyDown(press(" "));
  maskStore.setState({ hasPanned: true });
  onKeyUp(press(" "));
  expect(mass(activePlane())).toBe(0);
  onKeyDown(press(" "));
  onKeyUp(press(" "));
  expect(mass(activePlane())).toBeGreaterThan(0);
});

it("typing a name draws nothing", () => {
  const field = document.createElement("input");
  document.body.append(field);
  let taken = true;
  field.addEventListener("keydown", (event) => { taken = onKeyDown(event); });
  field.dispatchEvent(press("i", { code: "KeyI", bubbles: true }));
  expect(taken).toBe(false);
  expect(mass(activePlane())).toBe(0);
});
