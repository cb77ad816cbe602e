/** A document as a small drawing that is only looked at. */
import { useEffect, useRef, useState } from "react";

import { paint } from "@/canvas/paint";
import { t } from "@/i18n";
import { withSubgraphs } from "@/model/definitions";
import { estimatedSize } from "@/model/geometry";
import type { Doc } from "@/model/types";
import { serverDefs } from "@/session/store";
import { settingsStore } from "@/settings/store";

import styles from "./Versions.module.css";

const MARGIN = 24;
const CLOSEST = 0.8;
const NO_SIZES = new Map<string, never>();

interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function boundsOf(doc: Doc): Bounds | null {
  const defs = withSubgraphs(serverDefs(), doc.subgraphs);
  const boxes = [...Object.values(doc.nodes).map((node) => ({ ...node.position, ...estimatedSize(node, defs[node.type]) })), ...Object.values(doc.groups).map(({ position, size }) => ({ ...position, ...size }))];
  if (boxes.length === 0) return null;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return { x, y, width: Math.max(...boxes.map((box) => box.x + box.width)) - x, height: Math.max(...boxes.map((box) => box.y + box.height)) - y };
}

function draw(context: CanvasRenderingContext2D, doc: Doc, marked: ReadonlySet<string>): void {
  const { canvas } = context;
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const bounds = boundsOf(doc);
  if (bounds === null) return;
  const zoom = Math.min(CLOSEST, (width - 2 * MARGIN) / bounds.width, (height - 2 * MARGIN) / bounds.height);
  const left = (width - bounds.width * zoom) / 2 - bounds.x * zoom;
  const top = (height - bounds.height * zoom) / 2 - bounds.y * zoom;
  context.setTransform(zoom * ratio, 0, 0, zoom * ratio, left * ratio, top * ratio);
  const style = getComputedStyle(document.documentElement);
  const defs = withSubgraphs(serverDefs(), doc.subgraphs);
  paint(context, { doc, defs, runs: {}, selected: marked, zoom, view: bounds, box: null, sizes: NO_SIZES, color: (name) => style.getPropertyValue(name) });
}

export function Drawing({ doc, marked }: { readonly doc: Doc; readonly marked: ReadonlySet<string> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // Colours may change with any of them.
  const theme = settingsStore();
  const [size, setSize] = useState("");
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setSize(`${element.clientWidth}×${element.clientHeight}`));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context !== null && context !== undefined) draw(context, doc, marked);
  }, [doc, marked, theme, size]);
  return <canvas ref={canvas} className={styles.drawing} role="img" aria-label={t("versions.preview")} />;
}
