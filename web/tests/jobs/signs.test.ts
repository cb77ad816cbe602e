// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import { newsOf, signsOf, titleFor } from "@/jobs/signs";
import { bytes, took, when } from "@/ui/units";
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

describe("times and sizes", () => {
  it("have the unit that keeps them short", () => {
    expect([took(40), took(2340), took(61_000), took(3_700_000)]).toEqual(["40 ms", "2.3 s", "1 min 1 s", "1 h 1 min"]);
    expect([bytes(900), bytes(1500), bytes(15_211_406), bytes(2.5e11)]).toEqual(["900 B", "1.5 kB", "15.2 MB", "250 GB"]);
  });

  it("name the day only when it is another one", () => {
    const now = new Date(2026, 4, 5, 12).getTime();
    expect(when(new Date(2026, 4, 5, 9, 30).getTime(), now)).not.toMatch(/May/);
    expect(when(new Date(2026, 4, 4, 9, 30).getTime(), now)).toMatch(/May/);
    expect(when(null)).toBe("");
  });
});
