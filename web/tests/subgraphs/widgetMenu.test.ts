// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it } from "vitest";

import { widgetsIn } from "@/formats/widgets";
import { bringWithChanges, currentDoc, currentWhole, goTo, replaceDocument, undo } from "@/model/document";
import { promotedInputs } from "@/model/promote";
import { reconciled } from "@/model/reconcile";
import { sessionStore } from "@/session/store";
import { OUTSIDE } from "@/subgraphs/widgetMenu";
import { registerWidgetAction, widgetSections } from "@/widgets/menu";

import { defs } from "../definitions";
import { chain, wrapped } from "../model/pages";

let unregister = (): void => undefined;

beforeEach(() => {
  sessionStore.setState({ defs });
  bringWithChanges({ whole: (after, before) => reconciled(after, before, defs) });
  unregister = registerWidgetAction(OUTSIDE);
});
afterEach(() => {
  unregister();
  bringWithChanges({});
});

/** What the menu of the sampler's widget has about the outside. */
function entries(name: string) {
  const [node, def] = [currentDoc().nodes["2"], defs["Sampler"]];
  const widget = node === undefined || def === undefined ? undefined : widgetsIn(def, node).find((each) => each.name === name);
  return widget === undefined ? [] : widgetSections("2", widget).flat().filter(({ id }) => id === "outside");
}

it("shows one widget outside by its menu, and no longer by the same entry", () => {
  replaceDocument(wrapped(chain(), ["2"]).doc);
  goTo(["5"]);
  expect(entries("steps").map(({ label }) => label)).toEqual(["Show outside"]);
  entries("steps")[0]?.run?.();
  expect(promotedInputs(currentWhole(), "sub")).toEqual(["steps"]);
  expect(entries("steps").map(({ label }) => label)).toEqual(["Show outside no longer"]);
  entries("steps")[0]?.run?.();
  expect(promotedInputs(currentWhole(), "sub")).toEqual([]);
  undo();
  expect(promotedInputs(currentWhole(), "sub")).toEqual(["steps"]);
});

it("has no such entry where there is no outside", () => {
  replaceDocument(chain());
  expect(entries("steps")).toEqual([]);
});
