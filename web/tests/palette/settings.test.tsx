// @vitest-environment happy-dom
import { Command } from "cmdk";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it } from "vitest";

import { findSettings, SettingEntries } from "@/palette/SettingEntries";
import { openSettings, settingsUi } from "@/settings/open";
import { SettingsDialog } from "@/settings/SettingsDialog";

const page: { root: Root | null } = { root: null };

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  page.root = createRoot(document.body.appendChild(document.createElement("div")));
});
afterEach(async () => {
  await act(async () => page.root?.unmount());
  document.body.replaceChildren();
  settingsUi.setState({ group: null, query: "" });
});

it("finds settings by their title, then by what is said of them", () => {
  expect(findSettings("snap")[0]).toBe("snapToGrid");
  expect(findSettings("neighbours")).toEqual(["guides"]);
  expect(findSettings("  ")).toEqual([]);
});

it("opens the settings at the one that is chosen", async () => {
  const done: string[] = [];
  await act(async () => page.root?.render(<Command shouldFilter={false}><Command.List><SettingEntries query="snap" onDone={() => done.push("closed")} /></Command.List></Command>));
  await act(async () => document.querySelector<HTMLElement>("[cmdk-item]")?.click());
  expect(done).toEqual(["closed"]);
  expect(settingsUi.getState()).toEqual({ group: "canvas", query: "Snap nodes to the grid" });
  await act(async () => page.root?.render(<SettingsDialog />));
  expect([...document.querySelectorAll("[role=tabpanel] label")].map((label) => label.textContent)).toEqual(["Snap nodes to the grid"]);
});

it("searches for nothing where the settings are opened by their own command", () => {
  openSettings("canvas", "Snap nodes to the grid");
  openSettings();
  expect(settingsUi.getState()).toEqual({ group: "appearance", query: "" });
});
