// @vitest-environment happy-dom
/** What is refused as a whole stays among the errors until the next run. */
import { Tooltip } from "radix-ui";
import { act, createElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { OfflineError, ServerError } from "@/api/client";
import { newNode } from "@/formats/ui04";
import { currentTab, replaceDocument } from "@/model/document";
import { EMPTY_DOC } from "@/model/types";
import { installCommands } from "@/palette/registry";
import { consoleStore } from "@/panels/console";
import { ErrorList } from "@/panels/ErrorList";
import { explain, run } from "@/runtime/queue";
import { forgetNodes, runtimeStore } from "@/runtime/store";
import { sessionStore } from "@/session/store";

import { defs } from "../definitions";

const shown = vi.hoisted(() => vi.fn());
vi.mock("sonner", () => ({ toast: Object.assign(shown, { error: shown, info: shown }) }));

const answers = (status: number, error: object): void => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify({ error, node_errors: {} }), { status })));
};
let drawn: Root | null = null;
const listed = (): string => {
  const place = document.createElement("div");
  document.body.replaceChildren(place);
  drawn = createRoot(place);
  act(() => drawn?.render(createElement(Tooltip.Provider, null, createElement(ErrorList))));
  return place.textContent;
};
const refusal = () => runtimeStore.getState().refusals[currentTab()];

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  sessionStore.setState({ defs, ready: true });
  forgetNodes();
  shown.mockClear();
  consoleStore.setState({ tab: null });
  replaceDocument({ ...EMPTY_DOC, nodes: { "3": newNode("3", "Loader", defs["Loader"], { x: 0, y: 0 }) } });
});
afterEach(() => {
  act(() => drawn?.unmount());
  drawn = null;
  vi.unstubAllGlobals();
});

it("lists a workflow without outputs, with what would be right and a button that leads there", async () => {
  const add = vi.fn();
  installCommands({ addNode: { title: "action.addNode", group: "nodes", chords: [], run: add } });
  answers(400, { type: "prompt_no_outputs", message: "Prompt has no outputs", details: "", extra_info: {} });
  await run();
  expect(listed()).toContain("add an output node");
  document.querySelectorAll<HTMLButtonElement>("li button").forEach((button) => button.textContent === "Add a node" && button.click());
  expect(add).toHaveBeenCalledOnce();
});

it("leads from the message that goes away to the list in which it stays", async () => {
  answers(429, { type: "queue_full", message: "9 jobs are waiting already", details: "", extra_info: {} });
  await run();
  const [, options] = shown.mock.calls[0] as [string, { action: { onClick: () => void } }];
  options.action.onClick();
  expect(consoleStore.getState().tab).toBe("errors");
  expect(listed()).toContain("The queue is full");
});

it("keeps that the server cannot be reached, and forgets it once a run is taken", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no connection")));
  await run();
  expect(refusal()).toMatchObject({ command: "run", isAnswer: false });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify({ prompt_id: "p", number: 1, node_errors: {} }))));
  await run();
  expect(refusal()).toBeUndefined();
});

it("says in the server's words what nobody foresaw", () => {
  explain(new ServerError(400, "bad", { error: { type: "invalid_prompt", message: "A node's inputs are no object", details: "Node ID '#4'", extra_info: {} } }), currentTab());
  expect(listed()).toContain("A node's inputs are no object · Node ID '#4'");
});

it("keeps nothing of what was no submission", () => {
  explain(new OfflineError("no connection"));
  expect(refusal()).toBeUndefined();
});
