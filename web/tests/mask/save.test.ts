import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { OfflineError } from "@/api/client";
import { maskRequestStore, openMaskEditor, type MaskRequest } from "@/mask/open";
import { close, reason, upload } from "@/mask/save";
import { maskStore } from "@/mask/state";

import { openedPicture } from "./opened";

const image = { filename: "cat.png", subfolder: "pets", type: "output" };

beforeEach(() => openedPicture());
afterEach(() => vi.unstubAllGlobals());

it("hands in the mask with its original and gives back the drop-down's value", async () => {
  const sent: { url: string; form: FormData }[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    sent.push({ url, form: init.body as FormData });
    return Promise.resolve(new Response(JSON.stringify({ name: "clipspace-mask-1 (1).png", subfolder: "clipspace", type: "input" })));
  });
  expect(await upload(new Blob(["x"]), image)).toBe("clipspace/clipspace-mask-1 (1).png [input]");
  const [{ url, form } = { url: "", form: new FormData() }] = sent;
  expect(url).toMatch(/\/upload\/mask$/);
  expect(JSON.parse(String(form.get("original_ref")))).toEqual(image);
  expect([form.get("subfolder"), form.get("type")]).toEqual(["clipspace", "input"]);
  expect((form.get("image") as File).name).toMatch(/^clipspace-mask-\d+\.png$/);
});

it("an answer that names no file is an error", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}")));
  await expect(upload(new Blob(["x"]), image)).rejects.toThrow();
});

it("reasons are sentences", () => {
  expect(reason(new OfflineError("no connection"))).toBe("The server cannot be reached.");
  expect(reason(new Error("the disk is full"))).toBe("the disk is full.");
});

it("opens by a request and lets go of everything when closed", () => {
  const request: MaskRequest = { image, onSave: () => undefined };
  openMaskEditor(request);
  expect(maskRequestStore.getState().request).toBe(request);
  maskStore.setState({ size: 99 });
  close();
  expect(maskRequestStore.getState().request).toBeNull();
  expect(maskStore.getState()).toMatchObject({ picture: null, layers: [], scratch: null, size: 99 });
});
