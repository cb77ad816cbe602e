// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";

import { parseDefinitions } from "@/formats/definitions";
import { addNode } from "@/model/actions";
import { currentDoc, replaceDocument } from "@/model/document";
import { EMPTY_DOC } from "@/model/types";
import { sessionStore } from "@/session/store";
import { loadersOf, resultSections } from "@/widgets/send";
import { uploadInto } from "@/widgets/upload";

const defs = parseDefinitions({
  LoadImage: { input: { required: { image: [["x.png"], { image_upload: true, socketless: true }] } }, output: ["IMAGE"], display_name: "Load" },
  LoadAudio: { input: { required: { audio: [["x.wav"], { audio_upload: true }] } }, output: ["AUDIO"] },
  Show: { input: { required: {} }, output: [], output_node: true },
});

function open(): void {
  sessionStore.setState({ defs });
  replaceDocument(["Show", "LoadImage", "LoadAudio"].reduce((doc, type) => addNode(doc, defs, type, { x: 0, y: 0 }).doc, EMPTY_DOC));
}

const file = { filename: "a.png", subfolder: "day", type: "output" };

it("sends a picture to a loader of pictures, by the name that loaders know it by", () => {
  open();
  expect(loadersOf(currentDoc(), defs, "image").map(({ id, input }) => [id, input])).toEqual([["2", "image"]]);
  const [, send] = resultSections({ node: "1", file, kind: "image", among: [file] });
  expect(send?.[0]?.items?.map(({ id }) => id)).toEqual(["new", "2"]);
  send?.[0]?.items?.[1]?.run?.();
  expect(currentDoc().nodes["2"]?.values["image"]).toBe("day/a.png [output]");
  send?.[0]?.items?.[0]?.run?.();
  expect(currentDoc().nodes["4"]).toMatchObject({ type: "LoadImage", values: { image: "day/a.png [output]" } });
});

it("offers no large view of a sound, and no loader where there is none", () => {
  open();
  const sections = resultSections({ node: "1", file: { ...file, filename: "a.bin" }, kind: "file", among: [] });
  expect(sections.map((items) => items.map(({ id }) => id))).toEqual([["tab", "save"]]);
  expect(loadersOf(currentDoc(), defs, "audio").map(({ id }) => id)).toEqual(["3"]);
});

it("uploads what the input takes, and nothing else", async () => {
  open();
  const asked: string[] = [];
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return Promise.resolve(new Response(url.includes("upload") ? '{"name": "b.png", "subfolder": "", "type": "input"}' : "{}"));
  });
  const input = defs["LoadImage"]?.inputs[0];
  if (input === undefined) throw new Error("no input");
  await uploadInto("2", input, [new File(["x"], "b.mp3", { type: "audio/mpeg" })]);
  expect(asked).toEqual([]);
  await uploadInto("2", input, [new File(["x"], "b.png", { type: "image/png" })]);
  expect([asked[0], currentDoc().nodes["2"]?.values["image"]]).toEqual(["./api/upload/image", "b.png"]);
  vi.unstubAllGlobals();
});
