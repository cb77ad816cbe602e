// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { stringifyJson } from "@/formats/json";
import { writeDocument } from "@/formats/ui04";
import { addNode, setValue } from "@/model/actions";
import { transact } from "@/model/document";
import { EMPTY_DOC } from "@/model/types";
import { NO_FILE, sessionStore } from "@/session/store";
import { settingsStore } from "@/settings/store";
import { nextAutosave, watchAutosave } from "@/tabs/autosave";
import { dialogStore } from "@/tabs/dialogs";
import { addDoc, fileOf, goToTab, isTabDirty, tabStore } from "@/tabs/store";

import { defs } from "../definitions";
import { serve, type Stub } from "./browser";

const doc = addNode(EMPTY_DOC, defs, "Sampler", { x: 0, y: 0 }).doc;
const type = (steps: number): void => transact("step.value", (now) => setValue(now, "1", "steps", steps));
const NAME = "workflows/one.json";

let server: Stub;
let id: string;

watchAutosave();

beforeEach(() => {
  vi.useFakeTimers();
  server = serve();
  server.files.set(NAME, { text: stringifyJson(writeDocument(doc, defs)), etag: "first" });
  tabStore.setState({ tabs: [], front: "", closed: [] });
  sessionStore.setState({ ...NO_FILE, defs });
  dialogStore.setState({ conflict: null });
  id = addDoc(doc, { name: "one", path: "one", etag: "first" });
});

afterEach(() => {
  settingsStore.setState({ autosave: "off" });
  vi.useRealTimers();
});

describe("autosave", () => {
  it("is off unless it is wanted", async () => {
    type(3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(isTabDirty(id)).toBe(true);
  });
  it("saves so many seconds after the last change", async () => {
    settingsStore.setState({ autosave: "delay", autosaveDelay: 5 });
    type(3);
    await vi.advanceTimersByTimeAsync(4000);
    type(4);
    await vi.advanceTimersByTimeAsync(4000);
    expect(server.files.get(NAME)?.etag).toBe("first");
    await vi.advanceTimersByTimeAsync(1500);
    expect([isTabDirty(id), fileOf(id).etag === server.files.get(NAME)?.etag]).toEqual([false, true]);
  });
  it("saves on leaving the window or the tab", async () => {
    settingsStore.setState({ autosave: "blur" });
    type(3);
    window.dispatchEvent(new Event("blur"));
    await vi.advanceTimersByTimeAsync(10);
    expect(isTabDirty(id)).toBe(false);
    type(4);
    goToTab(addDoc(EMPTY_DOC, {}));
    await vi.advanceTimersByTimeAsync(10);
    expect(isTabDirty(id)).toBe(false);
  });
  it("leaves alone what has no file, and what is saved", async () => {
    settingsStore.setState({ autosave: "blur" });
    addDoc(doc, { name: "draft" });
    type(3);
    server.asked.length = 0;
    window.dispatchEvent(new Event("blur"));
    await vi.advanceTimersByTimeAsync(10);
    expect(server.asked).toEqual([]);
  });
  it("stops at a conflict without a dialog, until a person has decided", async () => {
    settingsStore.setState({ autosave: "blur" });
    type(3);
    server.files.set(NAME, { text: "{}", etag: "theirs" });
    window.dispatchEvent(new Event("blur"));
    await vi.advanceTimersByTimeAsync(10);
    expect([server.files.get(NAME)?.etag, dialogStore.getState().conflict]).toEqual(["theirs", null]);
    server.asked.length = 0;
    type(4);
    window.dispatchEvent(new Event("blur"));
    await vi.advanceTimersByTimeAsync(10);
    expect(server.asked).toEqual([]);
  });
  it("goes from off to a pause to leaving, and off again", () => {
    const modes = [0, 1, 2].map(() => {
      nextAutosave();
      return settingsStore.getState().autosave;
    });
    expect(modes).toEqual(["delay", "blur", "off"]);
  });
});
