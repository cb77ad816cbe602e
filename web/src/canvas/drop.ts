/** Things dropped on the canvas: files, and node types from the drawer. */
import { useState, type DragEvent } from "react";

import type { Point } from "@/model/types";
import { uiStore } from "@/session/ui";
import { addNodeAt, openDropped } from "@/tabs/files";

import { toCanvas } from "./viewport";

/** Drag data of a node type. */
export const NODE_TYPE = "application/x-heddle-node";

type DropHandler = (text: string, at: Point) => void;

const shelf = new Map<string, DropHandler>();

/** Other rooms tell what becomes of things that are dragged out of them, by the type of their drag data. */
export const registerDrop = (type: string, handle: DropHandler): void => void shelf.set(type, handle);

interface DropTarget {
  readonly onDragOver: (event: DragEvent) => void;
  readonly onDragLeave: (event: DragEvent) => void;
  readonly onDrop: (event: DragEvent) => void;
  readonly "data-dropping"?: true | undefined;
}

export function useDropTarget(): DropTarget {
  const [isOver, setOver] = useState(false);
  return {
    "data-dropping": isOver || undefined,
    onDragOver: (event) => {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      if (event.dataTransfer.types.includes("Files")) setOver(true);
    },
    onDragLeave: (event) => {
      if (event.currentTarget === event.target) setOver(false);
    },
    onDrop: (event) => {
      event.preventDefault();
      setOver(false);
      const at = toCanvas({ x: event.clientX, y: event.clientY });
      const type = event.dataTransfer.getData(NODE_TYPE);
      const own = [...shelf].find(([name]) => event.dataTransfer.getData(name) !== "");
      if (own !== undefined) own[1](event.dataTransfer.getData(own[0]), at);
      else if (type !== "") {
        addNodeAt(type, at);
        if (window.innerWidth < 800) uiStore.setState({ drawer: null });
      } else void openDropped([...event.dataTransfer.files], at);
    },
  };
}
