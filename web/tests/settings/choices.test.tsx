// @vitest-environment happy-dom
import i18next from "i18next";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it } from "vitest";

import { SettingRow } from "@/settings/SettingRow";
import { settingsStore } from "@/settings/store";
import { INITIAL } from "@/settings/table";

const page: { root: Root | null } = { root: null };

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  page.root = createRoot(document.body.appendChild(document.createElement("div")));
});
afterEach(async () => {
  await act(async () => page.root?.unmount());
  document.body.replaceChildren();
  settingsStore.setState(INITIAL);
  await i18next.changeLanguage("en");
});

it("names the palettes that come along in the language that is set, and people's own as they called them", async () => {
  i18next.addResourceBundle("qq", "translation", { settings: { palette: { dusk: "Ksud" } } });
  await i18next.changeLanguage("qq");
  settingsStore.setState({ palettes: { mine: { name: "Dusk of mine", base: "dark", colors: {} } } });
  await act(async () => page.root?.render(<SettingRow id="palette" />));
  expect([...document.querySelectorAll("option")].map(({ textContent }) => textContent)).toEqual(["The theme's own", "High contrast, dark", "High contrast, light", "Ksud", "Moss", "Dusk of mine"]);
});
