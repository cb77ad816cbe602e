/** The manual of the canvas: every command with its keys, every gesture, as one page of Markdown. */
import { hasMessage, t } from "@/i18n";

import { GESTURES, type GestureGroup } from "./gestures";
import { chordLabel } from "./keymap";
import { commandTable, type Command, type CommandGroup } from "./registry";

const GROUPS: readonly CommandGroup[] = ["run", "file", "edit", "nodes", "links", "arrange", "values", "subgraphs", "view", "panels", "help"];

const cell = (text: string): string => text.replaceAll("|", "\\|");
const key = (chord: string): string => `\`${chordLabel(chord)}\``;

function commands(group: CommandGroup): string {
  const rows = Object.entries(commandTable()).filter(([, command]) => command.group === group);
  if (rows.length === 0) return "";
  const line = ([, { title, chords, inText }]: [string, Command]): string => `| ${cell(t(title))} | ${chords.map(key).join(", ")} | ${inText === true ? "yes" : ""} |`;
  return [`### ${t(`manual.group.${group}`)}`, "", `| ${t("manual.command")} | ${t("manual.keys")} | ${t("manual.inText")} |`, "|---|---|---|", ...rows.map(line), ""].join("\n");
}

function gestures(group: GestureGroup): string {
  const rows = GESTURES[group].map((id) => {
    const [how, what] = [`gestures.${group}.${id}.how`, `gestures.${group}.${id}.what`];
    return hasMessage(how) && hasMessage(what) ? `| ${cell(t(how))} | ${cell(t(what))} |` : "";
  });
  return [`### ${t(`gestures.group.${group}`)}`, "", `| ${t("gestures.how")} | ${t("gestures.what")} |`, "|---|---|", ...rows, ""].join("\n");
}

/** In English with the keys of Windows and Linux, whatever is set here. */
export function manual(): string {
  const head = [`# ${t("manual.title")}`, "", t("manual.intro"), ""];
  const page = [...head, `## ${t("manual.gestures")}`, "", ...(Object.keys(GESTURES) as GestureGroup[]).map(gestures), `## ${t("manual.commands")}`, "", t("manual.commandsIntro"), "", ...GROUPS.map(commands)];
  return `${page.filter((part, i) => part !== "" || page[i - 1] !== "").join("\n").trimEnd()}\n`;
}
