// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import { newsOf, signsOf, titleFor } from "@/jobs/signs";
import { IDLE, runtimeStore, type RuntimeState } from "@/runtime/store";

const state = (change: Partial<RuntimeState>): RuntimeState => ({ ...runtimeStore.getState(), ...change });
const asking = { "t/1": { ...IDLE, question: { job: "p", node: "1", kind: "choose_images", images: [], least: 1, most: 1, message: "" } } };

describe("the browser's tab", () => {
  it("tells first that somebody is asked, then how far the run is, then that the queue stands still", () => {
    const idle = signsOf(state({}));
    expect(titleFor("Barn", { ...idle, isAsked: true }, 40)).toBe("Your choice · Barn · Heddle");
    expect(titleFor("Barn", { ...idle, isPaused: true }, 40)).toBe("40 % · Barn · Heddle");
    expect(titleFor("", { ...idle, isPaused: true }, null)).toBe("Paused · Heddle");
  });

  it("has an icon that changes in twentieths, so that it is seldom drawn", () => {
    expect(signsOf(state({ run: "p", progress: 0.513 })).share).toBe(0.5);
    expect(signsOf(state({ run: null })).share).toBeNull();
  });
});

describe("news for somebody who looks elsewhere", () => {
  const before = state({ queueRemaining: 1 });

  it("are the end of the queue, not of every run in it", () => {
    const ended = { id: "p", outcome: "success" } as const;
    expect(newsOf(state({ queueRemaining: 0, ended }), before)).toBe("done");
    expect(newsOf(state({ queueRemaining: 1, ended }), state({ queueRemaining: 2 }))).toBeNull();
  });

  it("are a failure at once, and a question", () => {
    expect(newsOf(state({ queueRemaining: 3, ended: { id: "p", outcome: "error" } }), before)).toBe("failed");
    expect(newsOf(state({ nodes: asking }), before)).toBe("waiting");
  });

  it("are none when the queue was emptied by hand", () => {
    expect(newsOf(state({ queueRemaining: 0, ended: { id: "p", outcome: "interrupted" } }), before)).toBeNull();
  });
});
