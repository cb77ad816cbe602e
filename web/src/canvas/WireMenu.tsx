/** The context menu's part about what was pressed: entries by the names of commands. */
import { ContextMenu } from "radix-ui";
import { ChevronRight } from "lucide-react";

import { t, type MessageKey } from "@/i18n";
import { chordsOf } from "@/palette/bindings";
import { chordLabel } from "@/palette/keymap";
import { commandTable } from "@/palette/registry";
import type { Point } from "@/model/types";
import menu from "@/ui/Menu.module.css";

/** What is pressed: a wire, a bend, a frame, nodes, or nothing. */
export type Pressed = "wire" | "bend" | "group" | "nodes" | "pane";

export const ON_WIRE = ["bend", "insertNode", null, "hideLink", "broadcast", "nameLink", null, "linkSource", "linkTarget", null, "swapLink", "straighten", null, "removeLink"] as const;
export const ON_BEND = ["straighten", null, "delete"] as const;
export const ON_GROUP = ["groupRun", "groupBypass", "groupMute", null, "rename", "groupFit", "groupSelect", "groupLock", null, "copy", "duplicate", null, "delete", "deleteContents"] as const;
const ALIGN = ["alignLeft", "alignCenterX", "alignRight", null, "alignTop", "alignCenterY", "alignBottom", null, "distributeX", "distributeY", "sameWidth"] as const;

const DANGER = new Set(["delete", "deleteContents", "removeLink"]);

/** Commands that cannot be done now are left out, and so are separators around nothing. */
export function Entries({ ids, at }: { readonly ids: readonly (string | null)[]; readonly at: Point }) {
  const table = commandTable();
  const possible = ids.filter((id) => id === null || (table[id] !== undefined && table[id].isEnabled?.() !== false));
  const shown = possible.filter((id, i) => id !== null || (i > 0 && i < possible.length - 1 && possible[i - 1] !== null));
  return shown.map((id, i) => (id === null ? <ContextMenu.Separator key={i} className={menu.separator} /> : <Entry key={id} id={id} at={at} />));
}

function Entry({ id, at }: { readonly id: string; readonly at: Point }) {
  const command = commandTable()[id];
  if (command === undefined) return null;
  const chord = chordLabel(chordsOf(id)[0]);
  return (
    <ContextMenu.Item className={menu.item} data-danger={DANGER.has(id) || undefined} data-testid={`menu-${id}`} onSelect={() => command.run(at)}>
      {t(command.title)}
      {chord !== "" && <kbd>{chord}</kbd>}
    </ContextMenu.Item>
  );
}

export function AlignMenu({ at }: { readonly at: Point }) {
  return <SubMenu title="arranging.align" ids={ALIGN} at={at} />;
}

function SubMenu({ title, ids, at }: { readonly title: MessageKey; readonly ids: readonly (string | null)[]; readonly at: Point }) {
  return (
    <ContextMenu.Sub>
      <ContextMenu.SubTrigger className={menu.item}>
        {t(title)}
        <ChevronRight size={14} style={{ marginLeft: "auto" }} />
      </ContextMenu.SubTrigger>
      <ContextMenu.Portal>
        <ContextMenu.SubContent className={menu.menu} collisionPadding={12}>
          <Entries ids={ids} at={at} />
        </ContextMenu.SubContent>
      </ContextMenu.Portal>
    </ContextMenu.Sub>
  );
}
