import { beforeEach, expect, it } from "vitest";

import { chordOf, chordsOf, isChanged, normalized, resetAllChords, setChords, usersOf } from "@/palette/bindings";
import { installCommands } from "@/palette/registry";
import { setSetting, settingsStore } from "@/settings/store";
import { INITIAL } from "@/settings/table";

const nothing = (): void => undefined;
const press = (key: string, code: string, held: Partial<Record<"ctrlKey" | "metaKey" | "shiftKey" | "altKey", boolean>> = {}): string | null =>
  chordOf({ key, code, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });

beforeEach(() => {
  settingsStore.setState(INITIAL);
  installCommands({
    fit: { title: "action.fit", group: "view", chords: ["f", "."], run: nothing },
    save: { title: "action.save", group: "file", chords: ["mod+s"], run: nothing },
    zoomIn: { title: "action.zoomIn", group: "view", chords: ["mod+="], run: nothing },
  });
});

it("is what the command came with until somebody chooses", () => {
  expect(chordsOf("fit")).toEqual(["f", "."]);
  setChords("fit", ["mod+j"]);
  expect([chordsOf("fit"), isChanged("fit")]).toEqual([["mod+j"], true]);
  setChords("fit", null);
  expect([chordsOf("fit"), isChanged("fit")]).toEqual([["f", "."], false]);
});

it("of a preset stands until somebody chooses, and no choice is kept that changes nothing", () => {
  setSetting("keyPreset", "comfy");
  expect(chordsOf("zoomIn")).toEqual(["alt+=", "mod+="]);
  expect(chordsOf("save")).toEqual(["mod+s"]);
  setChords("zoomIn", ["alt+=", "mod+="]);
  expect(isChanged("zoomIn")).toBe(false);
});

it("may be taken away from a command, and all of them come back at once", () => {
  setChords("save", []);
  expect(chordsOf("save")).toEqual([]);
  resetAllChords();
  expect(chordsOf("save")).toEqual(["mod+s"]);
});

it("knows who else has a key, however it is written", () => {
  setChords("fit", ["Shift+Mod+S"]);
  setChords("save", ["mod+shift+s"]);
  expect(usersOf("mod+shift+s", "save")).toEqual(["fit"]);
  expect(normalized("SHIFT+mod+Enter")).toBe("mod+shift+enter");
});

it("is read from the keys that are down", () => {
  expect(press("Control", "ControlLeft", { ctrlKey: true })).toBeNull();
  expect(press("S", "KeyS", { ctrlKey: true, shiftKey: true })).toBe("mod+shift+s");
  expect(press("?", "Slash", { shiftKey: true })).toBe("?");
  expect(press("ç", "KeyC", { altKey: true })).toBe("alt+c");
  expect(press("Enter", "Enter", { metaKey: true })).toBe("mod+enter");
});
