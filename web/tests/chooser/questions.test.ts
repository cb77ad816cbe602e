// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { askedIn, send, stop } from "@/chooser/questions";
import type { JsonObject } from "@/formats/json";
import { onMessage } from "@/runtime/events";
import { forgetNodes, rememberJob, runKey, runOf, runtimeStore, type Question } from "@/runtime/store";

const tell = (type: string, data: JsonObject): void => onMessage(type, { prompt_id: "p", ...data }, { onError: vi.fn() });
const ask = (): void => tell("node_waiting", { node: "20:5", display_node: "20:5", kind: "choose_images", images: [{ filename: "a.png" }], least: 1, most: 1, message: "Which?" });
const questionAt = (id: string): Question => {
  const { question } = runOf(runKey(id));
  if (question === null) throw new Error("nobody asks");
  return question;
};

const answers: { status: number; sent: { url: string; body: unknown }[] } = { status: 200, sent: [] };

beforeEach(() => {
  forgetNodes();
  answers.status = 200;
  answers.sent = [];
  rememberJob("p", { tab: "", nodes: ["20:5"] });
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    answers.sent.push({ url, body: JSON.parse(String(init?.body ?? "{}")) });
    return new Response("{}", { status: answers.status });
  });
});

afterEach(() => vi.unstubAllGlobals());

describe("a question of a node", () => {
  it("is asked once, by the node inside of the subgraph, and shown on the subgraph as well", () => {
    ask();
    expect(runOf(runKey("20")).phase).toBe("waiting");
    expect(askedIn(runtimeStore.getState()).map(({ key }) => key)).toEqual([runKey("20:5")]);
  });

  it("is gone everywhere once the answer was taken", async () => {
    ask();
    expect(await send(questionAt("20:5"), [0])).toBe(true);
    expect(answers.sent).toEqual([{ url: "./api/jobs/p/answer", body: { node: "20:5", choice: [0] } }]);
    expect(askedIn(runtimeStore.getState())).toEqual([]);
    expect(runOf(runKey("20")).phase).toBe("running");
  });

  it("is gone when nobody waits for it any more", async () => {
    ask();
    answers.status = 404;
    expect(await send(questionAt("20:5"), [0])).toBe(false);
    expect(askedIn(runtimeStore.getState())).toEqual([]);
  });

  it("stays when the choice was refused", async () => {
    ask();
    answers.status = 400;
    expect(await send(questionAt("20:5"), [7])).toBe(false);
    expect(askedIn(runtimeStore.getState())).toHaveLength(1);
  });

  it("is answered from another window, too", () => {
    ask();
    tell("node_answered", { node: "20:5", display_node: "20:5" });
    expect(askedIn(runtimeStore.getState())).toEqual([]);
  });

  it("ends with the run", async () => {
    ask();
    await stop(questionAt("20:5"));
    expect(answers.sent[0]?.url).toBe("./api/jobs/p/cancel");
    ask();
    tell("execution_interrupted", {});
    expect(askedIn(runtimeStore.getState())).toEqual([]);
  });
});
