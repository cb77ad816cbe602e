/** The menu under the right button: about the selection, or about the place. */
import { ContextMenu } from "radix-ui";
import { useState, type MouseEvent, type ReactNode } from "react";

import { COMMANDS, type CommandId } from "@/app/commands";
import { openPalette } from "@/app/ui";
import { t } from "@/i18n";
import { currentSelection, documentStore, select } from "@/model/document";
import { chordLabel } from "@/palette/keymap";
import type { Point } from "@/model/types";
import menu from "@/ui/Menu.module.css";

import { farStore } from "./far";
import { nodeAt, toCanvas } from "./viewport";

const ON_NODES: readonly (CommandId | null)[] = [
  ...(["runTo", null, "copy", "cut", "duplicate", null, "mute", "bypass", "collapse", "pin", "rename", "group", "arrange", null] as const),
  ...(["enterSubgraph", "makeSubgraph", "unpackSubgraph", "independentSubgraph", "publishSubgraph", "promoteWidgets", "promoteThrough", "promotePreview", null] as const),
  ...(["dissolve", "delete"] as const),
];
const ON_PANE: readonly (CommandId | null)[] = ["paste", "selectAll", null, "arrange", "fit"];

export function CanvasMenu({ children }: { readonly children: ReactNode }) {
  const [at, setAt] = useState<Point>({ x: 0, y: 0 });
  const hasNodes = documentStore(({ selection }) => selection.nodes.length > 0 || selection.groups.length > 0);
  const onContextMenu = (event: MouseEvent): void => {
    setAt(toCanvas({ x: event.clientX, y: event.clientY }));
    const far = farStore.getState().isFar ? nodeAt(toCanvas({ x: event.clientX, y: event.clientY })) : null;
    const node = far ?? (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node")?.dataset["id"];
    if (node === undefined) select({});
    else if (!node.startsWith("group:") && !currentSelection().nodes.includes(node)) select({ nodes: [node] });
  };
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild onContextMenu={onContextMenu}>
        <div style={{ width: "100%", height: "100%" }}>{children}</div>
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content className={menu.menu} collisionPadding={12}>
          {!hasNodes && (
            <>
              <ContextMenu.Item className={menu.item} onSelect={() => openPalette("nodes", at)}>
                {t("action.addNode")}
              </ContextMenu.Item>
              <ContextMenu.Separator className={menu.separator} />
            </>
          )}
          {(hasNodes ? ON_NODES : ON_PANE).map((id, i) => (id === null ? <ContextMenu.Separator key={i} className={menu.separator} /> : <Entry key={id} id={id} at={at} />))}
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

function Entry({ id, at }: { readonly id: CommandId; readonly at: Point }) {
  const command = COMMANDS[id];
  const chord = chordLabel(command.chords[0]);
  return (
    <ContextMenu.Item className={menu.item} data-danger={id === "delete" || undefined} onSelect={() => command.run(at)}>
      {t(command.title)}
      {chord !== "" && <kbd>{chord}</kbd>}
    </ContextMenu.Item>
  );
}
