/** Commands about switches. */
import { currentSelection } from "@/model/document";
import { freshUuid } from "@/model/uuid";
import type { CommandTable } from "@/palette/registry";
import { setupView } from "@/presets/view";

const isSelected = (): boolean => currentSelection().nodes.length + currentSelection().groups.length > 0;

export const SWITCHES_COMMANDS = {
  makeSwitch: {
    title: "switches.command.make",
    group: "values",
    chords: [],
    isEnabled: isSelected,
    run: () => void import("./act").then(({ entriesHere }) => setupView.setState({ isOpen: true, switching: { id: freshUuid(), name: "", radio: null, entries: entriesHere() } })),
  },
} satisfies CommandTable;
