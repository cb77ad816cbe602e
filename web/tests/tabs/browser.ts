/** A server that keeps files in memory, as far as tabs ask it, and a shelf for drafts. */
import { vi } from "vitest";

import type { Records } from "@/tabs/records";

export interface Stub {
  readonly files: Map<string, { text: string; etag: string }>;
  /** Held open while a test looks at what happens meanwhile. */
  gate: Promise<unknown>;
  readonly asked: string[];
}

let count = 0;
const answer = (body: string, status = 200, etag?: string): Response => new Response(status === 304 ? null : body, { status, headers: etag === undefined ? {} : { ETag: `"${etag}"` } });

export function serve(): Stub {
  const stub: Stub = { files: new Map(), gate: Promise.resolve(), asked: [] };
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const { method = "GET" } = init;
    stub.asked.push(`${method} ${url}`);
    await stub.gate;
    const [, address = "", query = ""] = /\/api\/([^?]*)\??(.*)$/.exec(url) ?? [];
    const parts = address.split("/").map(decodeURIComponent);
    if (parts[0] !== "userdata") return answer("{}", 404);
    const name = parts[1] ?? "";
    const file = stub.files.get(name);
    const header = (key: string): string | undefined => (init.headers as Record<string, string> | undefined)?.[key];
    if (method === "POST" && parts[2] === "move") {
      const target = parts[3] ?? "";
      if (stub.files.has(target)) return answer("File already exists", 409);
      if (file === undefined) return answer("", 404);
      stub.files.delete(name);
      stub.files.set(target, file);
      return answer(JSON.stringify(target), 200, file.etag);
    }
    if (method === "DELETE") return stub.files.delete(name) ? answer("", 200) : answer("", 404);
    if (method === "POST") {
      if (query.includes("overwrite=false") && file !== undefined) return answer("File already exists", 409);
      const wanted = header("If-Match");
      if (wanted !== undefined && wanted !== `"${file?.etag}"`) return answer(JSON.stringify({ error: { type: "conflict", message: "changed" }, etag: file?.etag ?? null }), 409);
      count += 1;
      stub.files.set(name, { text: String(init.body), etag: `e${count}` });
      return answer(JSON.stringify(name), 200, `e${count}`);
    }
    if (file === undefined) return answer("", 404);
    if (header("If-None-Match") === `"${file.etag}"`) return answer("", 304, file.etag);
    return answer(file.text, 200, file.etag);
  });
  return stub;
}

export interface Shelf extends Records {
  readonly kept: Map<string, unknown>;
  isFull: boolean;
}

export function shelf(): Shelf {
  const kept = new Map<string, unknown>();
  const made: Shelf = {
    kept,
    isFull: false,
    all: () => Promise.resolve([...kept]),
    change: ({ put = [], drop = [] }) => {
      if (made.isFull) return Promise.reject(new DOMException("full", "QuotaExceededError"));
      for (const [key, value] of put) kept.set(key, structuredClone(value));
      for (const key of drop) kept.delete(key);
      return Promise.resolve();
    },
  };
  return made;
}
