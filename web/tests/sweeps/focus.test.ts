// @vitest-environment happy-dom
/** Which widget a sweep is about. */
import { beforeEach, expect, it } from "vitest";

import { addNode } from "@/model/actions";
import { replaceDocument } from "@/model/document";
import { EMPTY_DOC } from "@/model/types";
import { sessionStore } from "@/session/store";
import { focusedSpot, watchFocus } from "@/sweeps/focus";

import { defs } from "../definitions";

function field(key: string): HTMLInputElement {
  const row = document.createElement("div");
  Object.assign(row.dataset, { widgetOf: "1", widget: key });
  const input = document.createElement("input");
  row.append(input);
  document.body.append(row);
  return input;
}

beforeEach(() => {
  document.body.replaceChildren();
  sessionStore.setState({ defs });
  replaceDocument(addNode(EMPTY_DOC, defs, "Sampler", { x: 0, y: 0 }).doc);
});

it("is the one that has the focus, though it took it before anybody watched", () => {
  field("steps").focus();
  expect(focusedSpot()).toEqual({ page: null, node: "1", key: "steps" });
});

it("is the one that had the focus last, once the palette has taken it", () => {
  const stop = watchFocus();
  field("cfg").focus();
  const palette = document.createElement("input");
  document.body.append(palette);
  palette.focus();
  expect(focusedSpot()).toMatchObject({ key: "cfg" });
  stop();
});
