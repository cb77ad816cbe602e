/** What a fresh profile does not have is asked for so that nothing fails: no red line in the browser's console. */
import { afterEach, expect, it, vi } from "vitest";

import { fetchTagList } from "@/api/completion";
import { listFiles } from "@/api/files";
import { readPresetFile } from "@/api/presets";
import { modelPreviewUrl } from "@/api/uploads";

const asked = vi.fn((address: string) => Promise.resolve(new Response(null, { status: address.includes("optional=true") ? 204 : 404 })));
afterEach(() => vi.unstubAllGlobals());

it("takes no presets and no saved workflows for what they are", async () => {
  vi.stubGlobal("fetch", asked);
  expect(await readPresetFile()).toEqual({ content: {}, etag: null });
  expect(await listFiles()).toEqual({ files: [], hasBookmarks: false });
});

it("takes no list of tags for an empty one", async () => {
  vi.stubGlobal("fetch", asked);
  expect(await fetchTagList()).toBe("");
  expect(asked).toHaveBeenLastCalledWith(expect.stringContaining("optional=true"), expect.anything());
});

it("asks for the picture of a model only where there may be one", () => {
  expect(modelPreviewUrl("loras", 0, "in/a.safetensors")).toMatch(/\/loras\/0\/in\/a\.safetensors\?optional=true$/);
});
