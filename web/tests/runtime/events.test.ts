import { beforeEach, expect, it, vi } from "vitest";

import type { JsonObject } from "@/formats/json";
import { newNode } from "@/formats/ui04";
import { replaceDocument } from "@/model/document";
import { EMPTY_DOC } from "@/model/types";
import { onMessage } from "@/runtime/events";
import { failures, showFailures } from "@/runtime/failures";
import { forgetNodes, rememberJob, runKey, runOf, runtimeStore } from "@/runtime/store";

import { defs } from "../definitions";

const onError = vi.fn();
const tell = (type: string, data: JsonObject): void => onMessage(type, { prompt_id: "p", ...data }, { onError });

beforeEach(() => {
  forgetNodes();
  for (const id of ["p", "q"]) rememberJob(id, { tab: "", nodes: ["3", "4", "7", "9", "20:5"] });
  runtimeStore.setState({ gallery: [], run: null, node: null });
  onError.mockClear();
});

it("follows a run from its start to its picture", () => {
  tell("execution_start", {});
  tell("execution_cached", { nodes: ["4"] });
  tell("executing", { node: "3", display_node: "3" });
  tell("progress", { node: "3", value: 5, max: 20 });
  expect(runtimeStore.getState()).toMatchObject({ run: "p", node: "3" });
  expect(runOf(runKey("3"))).toMatchObject({ phase: "running", value: 5, max: 20 });
  tell("executing", { node: "9", display_node: "9" });
  tell("executed", { node: "9", display_node: "9", seconds: 0.5, output: { images: [{ filename: "a.png", subfolder: "", type: "output" }] } });
  tell("executing", { node: null });
  expect(runOf(runKey("4")).phase).toBe("cached");
  expect(runOf(runKey("3")).phase).toBe("done");
  expect(runOf(runKey("9"))).toMatchObject({ phase: "done", seconds: 0.5, images: [{ filename: "a.png" }] });
  expect(runtimeStore.getState()).toMatchObject({ run: null, gallery: [{ filename: "a.png", node_id: "9" }] });
});

it("shows what happens inside a subgraph on its instance", () => {
  tell("executing", { node: "20:5" });
  expect(runOf(runKey("20")).phase).toBe("running");
});

it("goes on with a run while the one before it still writes its pictures", () => {
  tell("execution_start", {});
  tell("executing", { node: "9" });
  tell("execution_start", { prompt_id: "q" });
  tell("executing", { node: "3", prompt_id: "q" });
  tell("executed", { node: "9", output: { images: [{ filename: "a.png", subfolder: "", type: "output" }] } });
  tell("executing", { node: null });
  expect(runtimeStore.getState()).toMatchObject({ run: "q", node: "3", gallery: [{ filename: "a.png" }] });
  expect(runOf(runKey("3")).phase).toBe("running");
  expect(runOf(runKey("9"))).toMatchObject({ phase: "queued", images: [{ filename: "a.png" }] });
});

it("shows what a node makes on the node itself, which is done when it says so", () => {
  tell("execution_start", {});
  tell("executing", { node: "7.sampler", display_node: "7" });
  tell("progress", { node: "7.sampler", display_node: "7", value: 2, max: 4 });
  tell("node_timing", { node: "7.sampler", display_node: "7", seconds: 1, cached: false });
  tell("executed", { node: "7.show", display_node: "7", output: { text: ["inside"] } });
  expect(runOf(runKey("7"))).toMatchObject({ phase: "running", value: 2, max: 4, texts: ["inside"] });
  tell("node_timing", { node: "7", seconds: 2, cached: false });
  expect(runOf(runKey("7"))).toMatchObject({ phase: "done", seconds: 2 });
});

it("keeps temporary pictures out of the gallery", () => {
  tell("executed", { node: "9", output: { images: [{ filename: "t.png", subfolder: "", type: "temp" }] } });
  expect(runOf(runKey("9")).images).toHaveLength(1);
  expect(runtimeStore.getState().gallery).toHaveLength(0);
});

it("puts an error on the node that raised it, and clears it with the next run", () => {
  tell("execution_error", { node_id: "3", node_type: "Sampler", exception_message: "boom\n", traceback: ["line\n"] });
  expect(runOf(runKey("3"))).toMatchObject({ phase: "error", error: "boom", traceback: ["line\n"] });
  expect(onError).toHaveBeenCalledWith("", "3", "Sampler", "boom");
  tell("execution_start", {});
  expect(runOf(runKey("3")).error).toBeNull();
});

it("knows the state of the worker and the length of the queue", () => {
  tell("worker", { state: "starting" });
  tell("status", { status: { exec_info: { queue_remaining: 3 } } });
  expect(runtimeStore.getState()).toMatchObject({ worker: "starting", queueRemaining: 3 });
  tell("worker", { state: "ready" });
  tell("something_of_a_pack", { any: 1 });
  expect(runtimeStore.getState().worker).toBe("ready");
});

it("turns the server's answers into sentences for the very input", () => {
  replaceDocument({ ...EMPTY_DOC, nodes: { "3": newNode("3", "Sampler", defs["Sampler"], { x: 0, y: 0 }) } });
  const found = failures({
    "3": {
      class_type: "Sampler",
      errors: [
        { type: "required_input_missing", message: "Required input is missing", details: "model", extra_info: { input_name: "model" } },
        { type: "value_bigger_than_max", message: "Value too big", details: "", extra_info: { input_name: "steps", received_value: 500, input_config: ["INT", { max: 100 }] } },
        { type: "never_heard_of", message: "Odd", details: "thing", extra_info: {} },
      ],
    },
  });
  showFailures(found);
  expect(runOf(runKey("3")).inputErrors).toEqual({ model: "Nothing is connected · connect MODEL here", steps: "500 is too large · at most 100" });
  expect(runOf(runKey("3")).error).toBe("Odd · thing");
});
