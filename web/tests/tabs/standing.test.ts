import { expect, it } from "vitest";

import { IDLE, type NodePhase } from "@/runtime/store";
import { standingOf } from "@/tabs/standing";

const nodes = (...phases: readonly NodePhase[]): Record<string, typeof IDLE> => Object.fromEntries(phases.map((phase, i) => [`a/${i}`, { ...IDLE, phase }]));
const jobs = { run: { tab: "a", nodes: ["0"] } };

it("tells of each tab how its own run is doing", () => {
  expect(standingOf({ run: "run", jobs, nodes: nodes("running", "queued") }, "a")).toBe("running");
  expect(standingOf({ run: "run", jobs, nodes: nodes("running") }, "b")).toBeNull();
  expect(standingOf({ run: "run", jobs, nodes: nodes("done", "waiting") }, "a")).toBe("waiting");
  expect(standingOf({ run: null, jobs, nodes: nodes("done", "error") }, "a")).toBe("error");
  expect(standingOf({ run: "other", jobs, nodes: nodes("queued") }, "a")).toBe("queued");
  expect(standingOf({ run: null, jobs, nodes: nodes("done") }, "a")).toBeNull();
});
