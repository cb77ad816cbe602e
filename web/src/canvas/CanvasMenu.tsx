/** The menu under the right button: about what was pressed, the selection, or the place. */
import { ContextMenu } from "radix-ui";
import { useState, type MouseEvent, type ReactNode } from "react";

import { t } from "@/i18n";
import { currentSelection, select } from "@/model/document";
import type { Point } from "@/model/types";
import { openPalette } from "@/session/ui";
import menu from "@/ui/Menu.module.css";

import { bendNodeId, bendOf, groupOf } from "./derive";
import { farStore } from "./far";
import { bendIdAt, wireIdAt } from "./farHere";
import { linksOfStretch } from "./linkActions";
import { nodeAt, toCanvas } from "./viewport";
import { AlignMenu, Entries, ON_BEND, ON_GROUP, ON_WIRE, type Pressed } from "./WireMenu";

const ON_NODES = [
  ...["runTo", null, "copy", "cut", "duplicate", null, "mute", "bypass", "collapse", "pin", "rename", "group", "connectNodes", "disconnect", "hideLink", "arrange", null, "nodePresets", "captureSet", "makeSwitch", null],
  ...["enterSubgraph", "makeSubgraph", "unpackSubgraph", "independentSubgraph", "publishSubgraph", "promoteWidgets", "promoteThrough", "promotePreview", null],
  ...["dissolve", "delete"],
] as const;
const ON_PANE = ["paste", "pasteJoined", "selectAll", null, "arrange", "fit", "hideLinks", "cutLinks"] as const;
const MENUS: Readonly<Record<Pressed, readonly (string | null)[]>> = { wire: ON_WIRE, bend: ON_BEND, group: ON_GROUP, nodes: ON_NODES, pane: ON_PANE };

/** With larger text, or on a phone, there may be more entries than there is room. */
const TALL = { maxHeight: "var(--radix-context-menu-content-available-height)", overflow: "auto" };

/** What is pressed becomes the selection, unless it is part of it already. */
function pressed(target: Element, at: Point): Pressed {
  if (farStore.getState().isFar) return pressedFar(at);
  const node = target.closest<HTMLElement>(".react-flow__node")?.dataset["id"];
  return node === undefined ? pressedWire(stretchOf(target)) : pressedNode(node);
}

function pressedNode(node: string): Pressed {
  const { nodes, groups, bends } = currentSelection();
  const [group, bend] = [groupOf(node), bendOf(node)];
  if (bend !== null) {
    if (!bends.includes(bend)) select({ bends: [bend] });
    return nodes.length > 0 && bends.includes(bend) ? "nodes" : "bend";
  }
  if (group !== null) {
    if (!groups.includes(group)) select({ groups: [group] });
    return nodes.length > 0 && groups.includes(group) ? "nodes" : "group";
  }
  if (!nodes.includes(node)) select({ nodes: [node] });
  return "nodes";
}

/** The drawing has no elements: bends lie on nodes, and these on wires. */
function pressedFar(at: Point): Pressed {
  const bend = bendIdAt(at);
  const node = bend === null ? nodeAt(at) : bendNodeId(bend);
  return node === null ? pressedWire(wireIdAt(at)) : pressedNode(node);
}

const stretchOf = (target: Element): string | null =>
  target.closest<HTMLElement>("[data-link]")?.dataset["link"] ?? target.closest<SVGElement>(".react-flow__edge")?.dataset["id"] ?? null;

function pressedWire(stretch: string | null): Pressed {
  if (stretch === null) {
    select({});
    return "pane";
  }
  const links = linksOfStretch(stretch);
  if (!links.every((link) => currentSelection().links.includes(link)) || currentSelection().nodes.length > 0) select({ links });
  return "wire";
}

export function CanvasMenu({ children }: { readonly children: ReactNode }) {
  const [{ at, kind }, setPlace] = useState<{ readonly at: Point; readonly kind: Pressed }>({ at: { x: 0, y: 0 }, kind: "pane" });
  const onContextMenu = (event: MouseEvent): void => {
    const place = toCanvas({ x: event.clientX, y: event.clientY });
    setPlace({ at: place, kind: event.target instanceof Element ? pressed(event.target, place) : "pane" });
  };
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild onContextMenu={onContextMenu}>
        <div style={{ width: "100%", height: "100%" }}>{children}</div>
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content className={menu.menu} style={TALL} collisionPadding={12}>
          {kind === "pane" && (
            <>
              <ContextMenu.Item className={menu.item} onSelect={() => openPalette("nodes", at)}>
                {t("action.addNode")}
              </ContextMenu.Item>
              <ContextMenu.Separator className={menu.separator} />
            </>
          )}
          {kind === "nodes" && currentSelection().nodes.length > 1 && <AlignMenu at={at} />}
          <Entries ids={MENUS[kind]} at={at} />
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}
