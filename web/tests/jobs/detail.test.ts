import { afterEach, expect, it, vi } from "vitest";

import { fetchJob } from "@/api/jobs";

afterEach(() => vi.unstubAllGlobals());

it("tells what a run asks, so that it can be answered where its workflow is not open", async () => {
  const waiting = [{ node: "5", kind: "choose_images", images: [{ filename: "a.png", type: "temp" }], least: 1, most: 2, message: "Which?" }];
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ id: "p", status: "in_progress", waiting, nodes: [{ node: "1", seconds: 2, peak_bytes: null }, "broken"], workflow: {} })));
  const detail = await fetchJob("p");
  expect(detail.waiting).toMatchObject([{ node: "5", least: 1, most: 2, images: [{ filename: "a.png", subfolder: "", type: "temp" }] }]);
  expect(detail.nodes).toMatchObject([{ node: "1", seconds: 2, cached: false }]);
});
