import { deflateSync } from "node:zlib";

import { expect, it } from "vitest";

import { openBytes } from "@/formats/open";
import { readPngText } from "@/formats/metadata/png";

import { defs } from "../definitions";

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

function chunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length, 0);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, data, Buffer.alloc(4)]);
}

function png(...chunks: Buffer[]): Uint8Array {
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return new Uint8Array(Buffer.concat([signature, chunk("IHDR", Buffer.alloc(13)), ...chunks, chunk("IDAT", Buffer.alloc(3)), chunk("IEND", Buffer.alloc(0))]));
}

const workflow = JSON.stringify({ nodes: [{ id: 1, type: "Loader", pos: [0, 0] }], links: [], version: 0.4 });
const prompt = JSON.stringify({ "3": { class_type: "Loader", inputs: {} } });

it("reads plain, international and compressed text", async () => {
  const texts = await readPngText(
    png(
      chunk("tEXt", latin1("workflow\0{}")),
      chunk("iTXt", Buffer.concat([latin1("plain\0\0\0en\0\0"), Buffer.from("größe")])),
      chunk("iTXt", Buffer.concat([latin1("packed\0\x01\0\0\0"), deflateSync(Buffer.from("日本"))])),
      chunk("zTXt", Buffer.concat([latin1("z\0\0"), deflateSync(Buffer.from("zip"))])),
    ),
  );
  expect(texts).toEqual({ workflow: "{}", plain: "größe", packed: "日本", z: "zip" });
});

it("opens the workflow before the prompt", async () => {
  const doc = await openBytes(png(chunk("tEXt", latin1(`prompt\0${prompt}`)), chunk("tEXt", latin1(`workflow\0${workflow}`))), defs);
  expect(Object.keys(doc.nodes)).toEqual(["1"]);
});

it("opens the prompt where there is no workflow", async () => {
  const doc = await openBytes(png(chunk("tEXt", latin1(`prompt\0${prompt}`))), defs);
  expect(Object.keys(doc.nodes)).toEqual(["3"]);
});

it("survives a picture that ends too early", async () => {
  expect(await readPngText(png(chunk("tEXt", latin1("workflow\0{}"))).subarray(0, 40))).toEqual({});
});
