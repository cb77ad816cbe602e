// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";

import { client } from "@/runtime/client";
import { claimOwner } from "@/tabs/owners";

afterEach(() => vi.unstubAllGlobals());

describe("windows", () => {
  it("are alive as long as they hold their lock", async () => {
    const held = [{ name: `heddle.client.${client.id}` }, { name: "heddle.client.other" }, { name: "of somebody else" }];
    vi.stubGlobal("navigator", { locks: { query: () => Promise.resolve({ held }) } });
    expect(await claimOwner()).toEqual({ own: client.id, living: new Set([client.id, "other"]) });
  });
  it("ask each other where there are no locks, and a twin takes another name", async () => {
    vi.stubGlobal("navigator", {});
    const channels: { onmessage: ((event: { data: unknown }) => void) | null }[] = [];
    vi.stubGlobal("BroadcastChannel", function (this: { onmessage: null; postMessage: (data: unknown) => void }) {
      this.onmessage = null;
      this.postMessage = (data: unknown) => channels.filter((other) => other !== this).forEach((other) => other.onmessage?.({ data }));
      channels.push(this);
    });
    const first = await claimOwner();
    expect([first.own, first.living.size]).toEqual([client.id, 0]);
    const twin = await claimOwner();
    expect(twin.living).toEqual(new Set([client.id]));
    expect(twin.own).not.toBe(client.id);
  });
});
