/** Commands about runs that wait for a person. */
import type { CommandTable } from "@/palette/registry";

import { askedNodes, goToQuestion, openChooser } from "./questions";

const isAsked = (): boolean => askedNodes().length > 0;

export const CHOOSER_COMMANDS = {
  question: { title: "chooser.command.go", group: "run", chords: ["shift+w"], isEnabled: isAsked, run: () => { const [first] = askedNodes(); if (first !== undefined) goToQuestion(first); } },
  questionLarge: { title: "chooser.command.large", group: "run", chords: [], isEnabled: isAsked, run: () => { const [first] = askedNodes(); if (first !== undefined) openChooser(first.key); } },
} satisfies CommandTable;
