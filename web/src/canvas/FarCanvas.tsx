/** The drawing that stands in for the nodes when they are too many and too small to be read. */
import { useStore } from "@xyflow/react";
import { useEffect, useRef } from "react";

import { documentStore } from "@/model/document";
import { runtimeStore } from "@/runtime/store";
import { useDefs } from "@/session/store";
import { settingsStore } from "@/settings/store";

import { farStore } from "./far";
import { hands } from "./hands";
import { paint } from "./paint";
import { useLinkStyle, wireStore } from "./preferences";

export function FarCanvas() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const { doc, selection } = documentStore();
  const runs = runtimeStore((state) => state.nodes);
  const defs = useDefs();
  // Colours may change with any of them.
  const theme = settingsStore();
  const box = farStore((state) => state.box);
  const links = useLinkStyle();
  const hidesWires = wireStore((state) => state.areHidden);
  const cut = hands((state) => (state.mark === "cut" ? state.marked : undefined));
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined) return;
    const ratio = window.devicePixelRatio;
    const style = getComputedStyle(document.documentElement);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (context.canvas.width !== w || context.canvas.height !== h) {
      context.canvas.width = w;
      context.canvas.height = h;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, w, h);
    context.setTransform(zoom * ratio, 0, 0, zoom * ratio, x * ratio, y * ratio);
    const view = { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
    paint(context, { doc, defs, runs, zoom, view, box, selected: new Set(selection.nodes), chosenLinks: new Set(selection.links), chosenBends: new Set(selection.bends), color: (name) => style.getPropertyValue(name), links, hidesWires, ...(cut === undefined ? {} : { cut }) });
  }, [x, y, zoom, width, height, doc, selection, runs, defs, theme, box, links, hidesWires, cut]);
  return <canvas ref={canvas} aria-hidden data-testid="far-canvas" style={{ position: "absolute", inset: 0, width: "100%", height: "100%", zIndex: 4, pointerEvents: "none" }} />;
}
