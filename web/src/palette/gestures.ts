/** What can be done with pointer and keys beside the commands: the manual and the list of keys show it. */

/** Each has its words in the catalogue: `gestures.<id>.how` and `gestures.<id>.what`. */
export const GESTURES = {
  nodes: ["search", "drawer", "drag", "copyDrag", "fold", "rename", "resize", "file", "paste", "focus", "arrows", "menu"],
  wires: ["connect", "dropWire", "dropOnNode", "cancel", "lift", "moveAll", "bend", "branch", "insert", "cut", "lazy", "keyboard", "searchWire", "follow"],
  view: ["pan", "zoom", "box", "add", "far", "bookmarks", "messages", "touch", "hold"],
  values: ["number", "steps", "fine", "seed", "text", "weights", "complete", "sweep", "color"],
  groups: ["frame", "title", "switch"],
  subgraphs: ["enter", "leave", "plus", "port"],
  pictures: ["open", "walk", "send", "choose", "mask"],
} as const;

export type GestureGroup = keyof typeof GESTURES;
