import { describe, expect, it } from "vitest";

import type { Job } from "@/api/jobs";
import { factsOf, isFound } from "@/jobs/facts";
import { chosenRange, groups, moveOf, ordered, passes, rowsOf } from "@/jobs/listing";

const job = (id: string, change: Partial<Job> = {}): Job => ({
  ...{ id, status: "completed", create_time: Number(id) * 100_000, priority: Number(id), outputs_count: 0, workflow_id: null, sweep: null },
  ...{ preview_output: null, execution_error: null },
  ...change,
});

const ids = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id);

describe("the list of runs", () => {
  it("shows what runs first, then what waits in the order in which it will run, then the newest of what is done", () => {
    const jobs = [job("1"), job("2", { status: "failed" }), job("3", { status: "pending" }), job("4", { status: "pending", priority: -1 }), job("5", { status: "in_progress" })];
    expect(ids(ordered(jobs))).toEqual(["5", "4", "3", "2", "1"]);
  });

  it("has a headline with the number of runs for each section that is not empty", () => {
    const rows = rowsOf([job("1"), job("2"), job("3", { status: "pending" })], new Set());
    expect(rows.flatMap((row) => (row.kind === "head" ? [`${row.key} ${row.count}`] : []))).toEqual(["waiting 1", "done 2"]);
  });

  it("joins neighbours of one sweep, however long they took", () => {
    const sweep = { id: "s", title: "cfg", row: 0, column: 0 };
    expect(groups([job("3", { sweep }), job("2", { sweep }), job("1")]).map(ids)).toEqual([["3", "2"], ["1"]]);
  });

  it("joins runs of one workflow that were asked for at once, and no others", () => {
    const own = { workflow_id: "w" };
    const jobs = [job("4", { ...own, create_time: 900_000 }), job("3", { ...own, create_time: 1200 }), job("2", { ...own, create_time: 1100 }), job("1", { workflow_id: "other", create_time: 1000 })];
    expect(groups(jobs).map(ids)).toEqual([["4"], ["3", "2"], ["1"]]);
  });

  it("shows the runs of a group only when it is unfolded", () => {
    const own = { workflow_id: "w", create_time: 5 };
    const jobs = [job("2", own), job("1", own)];
    const [, group] = rowsOf(jobs, new Set());
    expect(group?.kind).toBe("group");
    expect(rowsOf(jobs, new Set([group?.key ?? ""])).map((row) => row.kind)).toEqual(["head", "group", "job", "job"]);
  });

  it("keeps an unfolded group unfolded when a newer run joins it", () => {
    const at = (id: string, create_time: number): Job => job(id, { workflow_id: "w", create_time });
    const before = rowsOf([at("2", 5), at("1", 4)], new Set())[1]?.key;
    expect(rowsOf([at("3", 6), at("2", 5), at("1", 4)], new Set())[1]?.key).toBe(before);
  });

  it("never folds what runs", () => {
    const at = (id: string): Job => job(id, { workflow_id: "w", create_time: 5, status: "in_progress" });
    expect(rowsOf([at("1"), at("2")], new Set()).map((row) => row.kind)).toEqual(["head", "job", "job"]);
  });

  it("counts running and waiting runs as open", () => {
    expect([job("1"), job("2", { status: "pending" }), job("3", { status: "in_progress" })].filter((item) => passes(item, "open")).map(({ id }) => id)).toEqual(["2", "3"]);
  });
});

describe("moving a waiting run", () => {
  const waiting = [job("1"), job("2"), job("3")];

  it("goes before the run that stands at the place", () => {
    expect(moveOf(waiting, "3", 0)).toEqual({ before: "1" });
    expect(moveOf(waiting, "1", 1)).toEqual({ before: "3" });
  });

  it("goes behind all others at the end", () => {
    expect(moveOf(waiting, "1", 2)).toEqual({ number: 4 });
  });

  it("is nothing where the run already stands, and for a run that waits no more", () => {
    expect(moveOf(waiting, "2", 1)).toBeNull();
    expect(moveOf(waiting, "9", 0)).toBeNull();
  });
});

describe("choosing", () => {
  it("takes all rows between the first click and the one with Shift, whichever comes first", () => {
    const rows = rowsOf([job("1"), job("2"), job("3")], new Set());
    expect([...chosenRange(rows, "1", "3")]).toEqual(["3", "2", "1"]);
    expect([...chosenRange(rows, "3", "2")]).toEqual(["3", "2"]);
  });
});

describe("what a run is known by", () => {
  const prompt = {
    "1": { class_type: "KSampler", inputs: { positive: ["2", 0], negative: ["3", 0], seed: 5 } },
    "2": { class_type: "ControlNetApply", inputs: { conditioning: ["4", 0] } },
    "3": { class_type: "CLIPTextEncode", inputs: { text: "a very long list of things that nobody wants to see" } },
    "4": { class_type: "CLIPTextEncode", inputs: { text: " a red barn " }, _meta: { title: "What I want" } },
  };

  it("is the text that leads to the positive side, not the longest one", () => {
    expect(factsOf(prompt, {}).prompt).toBe("a red barn");
  });

  it("is the workflow's name, or that of its sweep", () => {
    expect(factsOf(prompt, { title: "Barns", sweep: { title: "cfg" } }).title).toBe("Barns");
    expect(factsOf(prompt, { sweep: { title: "cfg" } }).title).toBe("cfg");
  });

  it("is found by its words in any order, by titles of nodes and by the beginning of its id", () => {
    const facts = factsOf(prompt, { title: "Barns" });
    expect(isFound(facts, "abc", "RED what")).toBe(true);
    expect(isFound(facts, "abc", "ab")).toBe(true);
    expect(isFound(facts, "abc", "blue")).toBe(false);
    expect(isFound(undefined, "abc", "red")).toBe(false);
  });
});
