// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { editingStore, editWaiting, look, updateWaiting } from "@/jobs/editing";
import { cancel, moveWaiting } from "@/jobs/actions";
import { jobsStore, refreshJobs, waitingJobs } from "@/jobs/store";
import { setValue } from "@/model/actions";
import { transact } from "@/model/document";
import { runtimeStore } from "@/runtime/store";
import { sessionStore } from "@/session/store";
import { fileOf, frontId, isTabDirty, newTab } from "@/tabs/store";

import { defs } from "../definitions";

const workflow = { nodes: [{ id: 1, type: "Save", pos: [0, 0], size: [200, 100], flags: {}, order: 0, mode: 0, inputs: [{ name: "samples", type: "LATENT", link: null }], outputs: [], properties: {}, widgets_values: ["x"] }], links: [], groups: [], version: 0.4, last_node_id: 1, last_link_id: 0 };
const job = (id: string, status = "pending", priority = 1) => ({ id, status, priority, create_time: priority });
const detail = { ...job("j"), workflow: { prompt: { "1": { class_type: "Save", inputs: { prefix: "x" } } }, extra_data: { title: "Barns", extra_pnginfo: { workflow } } } };

const server: { status: string; put: number; calls: string[]; bodies: unknown[]; jobs: unknown[] } = { status: "pending", put: 200, calls: [], bodies: [], jobs: [] };

beforeEach(() => {
  Object.assign(server, { status: "pending", put: 200, calls: [], bodies: [], jobs: [job("a", "pending", 1), job("b", "pending", 2), job("c", "completed", 0)] });
  sessionStore.setState({ defs });
  editingStore.setState({ tabs: {} });
  newTab();
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const method = init.method ?? "GET";
    server.calls.push(`${method} ${url.replace("./api", "")}`);
    if (typeof init.body === "string") server.bodies.push(JSON.parse(init.body));
    if (method === "PUT") return new Response(JSON.stringify(server.put === 200 ? { prompt_id: "j", number: 1, node_errors: {} } : { error: { type: "job_begun", message: "begun" } }), { status: server.put });
    if (url.includes("/jobs/j")) return new Response(JSON.stringify({ ...detail, status: server.status }));
    const asked = /status=([^&]*)/.exec(decodeURIComponent(url))?.[1]?.split(",") ?? [];
    const jobs = server.jobs.filter((item) => asked.includes((item as { status: string }).status));
    return new Response(JSON.stringify({ jobs, pagination: { total: jobs.length } }));
  });
});

afterEach(() => vi.unstubAllGlobals());

describe("editing a waiting run", () => {
  it("opens its workflow in a tab that says so, and no second tab for the same run", async () => {
    await editWaiting("j");
    const tab = frontId();
    expect(fileOf(tab).name).toBe("Barns (waiting run)");
    expect(editingStore.getState().tabs[tab]).toMatchObject({ job: "j", title: "Barns", status: "pending" });
    newTab();
    await editWaiting("j");
    expect(frontId()).toBe(tab);
  });

  it("sends the changed workflow in the place of the run, under its own name", async () => {
    await editWaiting("j");
    transact("step.value", (doc) => setValue(doc, "1", "prefix", "other"));
    expect(isTabDirty(frontId())).toBe(true);
    await updateWaiting(frontId());
    expect(server.calls).toContain("PUT /jobs/j");
    expect(server.bodies.at(-1)).toMatchObject({ prompt: { "1": { inputs: { prefix: "other" } } }, extra_data: { title: "Barns" } });
    expect(isTabDirty(frontId())).toBe(false);
    expect(runtimeStore.getState().jobs["j"]?.tab).toBe(frontId());
  });

  it("says that the run has begun, and keeps the change in the tab", async () => {
    await editWaiting("j");
    transact("step.value", (doc) => setValue(doc, "1", "prefix", "late"));
    server.put = 409;
    server.status = "in_progress";
    await updateWaiting(frontId());
    await vi.waitFor(() => expect(editingStore.getState().tabs[frontId()]?.status).toBe("in_progress"));
    expect(isTabDirty(frontId())).toBe(true);
  });

  it("notices that the run is not there any more", async () => {
    await editWaiting("j");
    vi.stubGlobal("fetch", async () => new Response("{}", { status: 404 }));
    await look(frontId());
    expect(editingStore.getState().tabs[frontId()]?.status).toBe("gone");
  });
});

describe("the list", () => {
  it("is read in two parts and keeps the waiting runs in their order", async () => {
    await refreshJobs();
    expect(jobsStore.getState()).toMatchObject({ ended: 1, isLoaded: true });
    expect(waitingJobs().map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("asks the server for a new place, and says which it is", async () => {
    await refreshJobs();
    await moveWaiting("b", 0);
    expect(server.bodies).toContainEqual({ move: [{ prompt_id: "b", before: "a" }] });
    expect(jobsStore.getState().said).toBe("Moved to place 1 of 2");
    await moveWaiting("a", 1);
    expect(server.bodies).toContainEqual({ move: [{ prompt_id: "a", number: 3 }] });
  });

  it("cancels several runs with one question to the server", async () => {
    await cancel(["a", "b"]);
    expect(server.calls[0]).toBe("POST /jobs/cancel");
    expect(server.bodies[0]).toEqual({ job_ids: ["a", "b"] });
  });
});
