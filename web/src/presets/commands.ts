/** Commands about presets, value sets and switches. */
import { toast } from "sonner";

import { t } from "@/i18n";
import { currentSelection } from "@/model/document";
import type { CommandTable } from "@/palette/registry";

import { setupView, toggleSetups } from "./view";

const first = (): string | null => currentSelection().nodes[0] ?? null;

function showPresets(): void {
  if (first() === null) toast.info(t("presets.selectNode"));
  else setupView.setState({ node: first() });
}

export const PRESETS_COMMANDS = {
  setups: { title: "presets.command.panel", group: "values", chords: ["alt+p"], run: toggleSetups },
  nodePresets: { title: "presets.command.node", group: "nodes", chords: [], run: showPresets },
  captureSet: { title: "presets.command.capture", group: "values", chords: [], isEnabled: () => first() !== null, run: () => setupView.setState({ isOpen: true, isCapturing: true }) },
} satisfies CommandTable;
