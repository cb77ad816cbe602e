/** The drawing that stands in for the nodes when they are too many and too small to be read. */
import { useStore } from "@xyflow/react";
import { useEffect, useRef } from "react";

import { useDefs } from "@/app/session";
import { uiStore } from "@/app/ui";
import { documentStore } from "@/model/document";
import { runtimeStore } from "@/runtime/store";

import { paint } from "./paint";

export function FarCanvas() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const { doc, selection } = documentStore();
  const runs = runtimeStore((state) => state.nodes);
  const defs = useDefs();
  const theme = uiStore((state) => state.theme);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined) return;
    const ratio = window.devicePixelRatio;
    const style = getComputedStyle(document.documentElement);
    context.canvas.width = width * ratio;
    context.canvas.height = height * ratio;
    context.setTransform(zoom * ratio, 0, 0, zoom * ratio, x * ratio, y * ratio);
    paint(context, { doc, defs, runs, zoom, selected: new Set(selection.nodes), color: (name) => style.getPropertyValue(name) });
  }, [x, y, zoom, width, height, doc, selection, runs, defs, theme]);
  return <canvas ref={canvas} aria-hidden data-testid="far-canvas" style={{ position: "absolute", inset: 0, width: "100%", height: "100%", zIndex: 4, pointerEvents: "none" }} />;
}
