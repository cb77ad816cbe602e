/** Commands about subgraphs. */
import { beginGesture, currentDoc, currentPath, currentSelection, currentWhole, endGesture } from "@/model/document";
import { promotable } from "@/model/promote";
import { instanceCount } from "@/model/subgraphs";
import { isSide } from "@/model/types";
import type { CommandTable } from "@/palette/registry";
import { serverDefs } from "@/session/store";

import { publish } from "./blueprints";
import { canWrap, deleteUnused, makeIndependent, makeSubgraph, promoteWidget, togglePreviewOutside, unpackChosen } from "./edit";
import { canGo, chosenInstance, enter, goBack, goForward, leave, stepOut } from "./places";

const isInside = (): boolean => currentPath().length > 0;
const hasInstance = (): boolean => chosenInstance() !== undefined;
const onInstance = (act: (id: string) => void) => (): void => {
  const id = chosenInstance();
  if (id !== undefined) act(id);
};

/** Enter presses the button that has the focus; on the canvas it opens the subgraph that is selected. */
const isOnCanvas = (): boolean => {
  const focused = document.activeElement;
  return focused === null || focused === document.body || focused.matches(".react-flow, .react-flow__node, .react-flow__pane, [role='application']");
};

function promoteChosen(levels: number): void {
  const path = currentPath();
  beginGesture("subgraphs.step.promote");
  for (const node of currentSelection().nodes) for (const widget of promotable(currentDoc(), serverDefs(), node)) promoteWidget(path, node, widget.name, levels);
  endGesture();
}

const canPromote = (): boolean => isInside() && currentSelection().nodes.some((id) => !isSide(id));

export const SUBGRAPHS_COMMANDS = {
  makeSubgraph: { title: "subgraphs.command.make", group: "subgraphs", chords: ["mod+shift+g"], isEnabled: canWrap, run: makeSubgraph },
  unpackSubgraph: { title: "subgraphs.command.unpack", group: "subgraphs", chords: ["mod+alt+g"], isEnabled: hasInstance, run: unpackChosen },
  enterSubgraph: { title: "subgraphs.command.enter", group: "subgraphs", chords: ["enter"], isEnabled: () => hasInstance() && isOnCanvas(), run: onInstance(enter) },
  stepOut: { title: "subgraphs.command.leave", group: "subgraphs", chords: ["escape"], isEnabled: isInside, run: stepOut },
  leaveSubgraph: { title: "subgraphs.command.leave", group: "subgraphs", chords: ["alt+arrowup"], isEnabled: isInside, run: () => leave() },
  pageBack: { title: "subgraphs.command.back", group: "subgraphs", chords: ["alt+arrowleft"], isEnabled: () => canGo("back"), run: goBack },
  pageForward: { title: "subgraphs.command.forward", group: "subgraphs", chords: ["alt+arrowright"], isEnabled: () => canGo("forward"), run: goForward },
  independentSubgraph: { title: "subgraphs.command.independent", group: "subgraphs", chords: [], isEnabled: () => hasInstance() && instanceCount(currentWhole(), currentDoc().nodes[chosenInstance() ?? ""]?.type ?? "") > 1, run: onInstance(makeIndependent) },
  promoteWidgets: { title: "subgraphs.command.promote", group: "subgraphs", chords: [], isEnabled: canPromote, run: () => promoteChosen(1) },
  promoteThrough: { title: "subgraphs.command.promoteAll", group: "subgraphs", chords: [], isEnabled: () => canPromote() && currentPath().length > 1, run: () => promoteChosen(Infinity) },
  promotePreview: { title: "subgraphs.command.preview", group: "subgraphs", chords: [], isEnabled: canPromote, run: togglePreviewOutside },
  publishSubgraph: { title: "subgraphs.command.publish", group: "subgraphs", chords: [], isEnabled: hasInstance, run: onInstance((id) => void publish(id)) },
  deleteUnusedSubgraphs: { title: "subgraphs.command.deleteUnused", group: "subgraphs", chords: [], isEnabled: () => Object.keys(currentWhole().subgraphs).length > 0, run: deleteUnused },
} satisfies CommandTable;
