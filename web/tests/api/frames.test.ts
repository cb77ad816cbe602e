import { expect, it } from "vitest";

import { readFrame } from "@/api/frames";
import { backoff, parseMessage } from "@/api/socket";

function frame(words: number[], ...parts: Uint8Array[]): ArrayBuffer {
  const size = words.length * 4 + parts.reduce((sum, part) => sum + part.length, 0);
  const buffer = new ArrayBuffer(size);
  words.forEach((word, i) => new DataView(buffer).setUint32(i * 4, word));
  let at = words.length * 4;
  for (const part of parts) {
    new Uint8Array(buffer).set(part, at);
    at += part.length;
  }
  return buffer;
}

const picture = new Uint8Array([1, 2, 3]);

it("reads a preview of the old kind", async () => {
  const read = readFrame(frame([1, 2], picture));
  expect(read).toMatchObject({ node: null, run: null });
  expect(read?.image.type).toBe("image/png");
  expect(new Uint8Array(await (read?.image ?? new Blob()).arrayBuffer())).toEqual(picture);
});

it("reads a preview that says whose it is", async () => {
  const metadata = new TextEncoder().encode(JSON.stringify({ node_id: "20:3", display_node_id: "20", prompt_id: "p", image_type: "image/jpeg" }));
  const read = readFrame(frame([4, metadata.length], metadata, picture));
  expect(read).toMatchObject({ node: "20", run: "p" });
  expect(read?.image.type).toBe("image/jpeg");
  expect(read?.image.size).toBe(3);
});

it("ignores what it does not know or cannot read", () => {
  expect(readFrame(new ArrayBuffer(4))).toBeNull();
  expect(readFrame(frame([3, 1], picture))).toBeNull();
  expect(readFrame(frame([4, 9999], picture))).toBeNull();
  expect(readFrame(frame([4, 3], new TextEncoder().encode("{{{")))).toBeNull();
  expect(parseMessage("[1]")).toBeNull();
  expect(parseMessage("nonsense")).toBeNull();
});

it("waits longer after each failure, up to a bound", () => {
  expect([0, 1, 2, 20].map(backoff)).toEqual([500, 1000, 2000, 15000]);
});
