import { describe, expect, it } from "vitest";

import { OfflineError, ServerError } from "@/api/client";
import type { Json, JsonObject } from "@/formats/json";
import { choicesIn, fetchChoices, pathOf, remoteOf, type RemoteSpec } from "@/widgets/remote";

function spec(remote: JsonObject): RemoteSpec {
  const found = remoteOf({ input: { name: "file", type: "COMBO", choices: [], options: { remote }, required: true } });
  if (found === null) throw new Error("no remote list");
  return found;
}
const calm = (): Promise<void> => Promise.resolve();

describe("lists that a route tells", () => {
  it("are asked for below the server's own address, with their query", () => {
    expect(pathOf(spec({ route: "/internal/files/output" }))).toBe("/../internal/files/output");
    expect(pathOf(spec({ route: "/api/things?x=1", query_params: { kind: "a b", n: 2 } }))).toBe("/things?x=1&kind=a+b&n=2");
  });
  it.each(["https://elsewhere.org/x", "//elsewhere.org/x", "/../../x", "files"])("are never asked of %s", async (route) => {
    expect(pathOf(spec({ route }))).toBeNull();
    await expect(fetchChoices(spec({ route }), () => Promise.resolve(["a"]), calm)).rejects.toThrow(route);
  });
  it("are the answer itself, or a part of it", () => {
    expect(choicesIn(["a", 2, { no: 1 }], null)).toEqual(["a", 2]);
    expect(choicesIn({ data: { names: ["a"] } }, "data.names")).toEqual(["a"]);
    expect(choicesIn({ data: 1 }, "names")).toEqual([]);
  });
  it("are asked for again while the server does not answer, waiting longer each time", async () => {
    const waits: number[] = [];
    let tries = 0;
    const ask = (): Promise<Json> => (++tries < 3 ? Promise.reject(new OfflineError("down")) : Promise.resolve({ names: ["a"] }));
    const found = await fetchChoices(spec({ route: "/x", response_key: "names", max_retries: 5 }), ask, (ms) => Promise.resolve(waits.push(ms)));
    expect([found, waits]).toEqual([["a"], [500, 1000]]);
  });
  it("give up after so many tries, and at once when the server refuses", async () => {
    let tries = 0;
    const failing = (error: Error) => (): Promise<Json> => {
      tries += 1;
      return Promise.reject(error);
    };
    await expect(fetchChoices(spec({ route: "/x", max_retries: 2 }), failing(new ServerError(503, "busy")), calm)).rejects.toThrow("busy");
    expect(tries).toBe(3);
    await expect(fetchChoices(spec({ route: "/x" }), failing(new ServerError(404, "no such list")), calm)).rejects.toThrow("no such list");
    expect(tries).toBe(4);
  });
  it("do not wait longer than they should", async () => {
    await expect(fetchChoices(spec({ route: "/x", timeout: 5, max_retries: 0 }), () => new Promise(() => undefined), calm)).rejects.toThrow("timeout");
  });
  it("say when they are asked for again, and what is taken then", () => {
    expect(spec({ route: "/x", refresh: 1000, refresh_button: true, control_after_refresh: "first" })).toMatchObject({ refresh: 1000, hasButton: true, take: "first" });
    expect(spec({ route: "/x" })).toMatchObject({ refresh: null, hasButton: false, take: null, retries: 3 });
    expect(remoteOf({ input: { name: "x", type: "COMBO", choices: [], options: {}, required: true } })).toBeNull();
  });
});
