/** The minimap: there only when part of the workflow is out of sight, so that it covers nothing unasked. */
import { Panel, useStore } from "@xyflow/react";
import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";

import { currentDefs } from "@/session/store";
import { t } from "@/i18n";
import type { Box } from "@/model/grouping";
import { documentStore } from "@/model/document";
import { runtimeStore } from "@/runtime/store";
import { uiStore } from "@/session/ui";
import { settingsStore } from "@/settings/store";

import { measuredStore } from "./measured";
import { paint } from "./paint";
import { centerOn, contentArea, fitView, panBy, visibleArea, zoomBy } from "./viewport";
import styles from "./Overview.module.css";

const WIDTH = 176;
const HEIGHT = 116;
const MARGIN = 6;
/** Part of a node may stick out before it counts as out of sight, in pixels. */
const SLACK = 24;
/** Drawn at most this often, in milliseconds. */
const PAUSE = 80;

/** How the whole workflow lies in the map. */
interface Fit {
  readonly area: Box;
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

function fitOf(area: Box): Fit {
  const scale = Math.min((WIDTH - 2 * MARGIN) / Math.max(1, area.width), (HEIGHT - 2 * MARGIN) / Math.max(1, area.height));
  return { area, scale, left: (WIDTH - area.width * scale) / 2, top: (HEIGHT - area.height * scale) / 2 };
}

function isOverflowing(area: Box, [x, y, zoom]: readonly [number, number, number], width: number, height: number): boolean {
  const [left, top] = [area.x * zoom + x, area.y * zoom + y];
  return left < -SLACK || top < -SLACK || left + area.width * zoom > width + SLACK || top + area.height * zoom > height + SLACK;
}

export function Overview() {
  const isWanted = uiStore((state) => state.minimap);
  return isWanted ? <Map /> : null;
}

function Map() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [fit, setFit] = useState<Fit | null>(null);
  const isUseful = useStore((state) => fit !== null && isOverflowing(fit.area, state.transform, state.width, state.height));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const draw = (): void => {
      timer = null;
      const area = contentArea();
      const next = area === null ? null : fitOf(area);
      setFit((before) => (sameArea(before?.area, next?.area) ? before : next));
      if (next !== null && canvas.current !== null) drawMap(canvas.current, next);
    };
    const soon = (): void => {
      timer ??= setTimeout(draw, PAUSE);
    };
    soon();
    const stops = [documentStore.subscribe(soon), runtimeStore.subscribe(soon), settingsStore.subscribe(soon), measuredStore.subscribe(soon)];
    return () => {
      if (timer !== null) clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [isUseful]);
  const onKeyDown = useCallback((event: KeyboardEvent) => {
    const act = KEYS[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, []);
  if (fit === null || !isUseful) return null;
  return (
    <Panel position="bottom-left" className={styles.map ?? ""}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- it is one: dragged, and moved by keys */}
      <div
        className={styles.face}
        role="application"
        aria-label={t("arranging.minimapHint")}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the map takes keys
        tabIndex={0}
        data-testid="minimap"
        onPointerDown={(event) => drag(event, fit)}
        onWheel={(event) => zoomBy(event.deltaY < 0 ? 1.15 : 1 / 1.15)}
        onKeyDown={onKeyDown}
      >
        <canvas ref={canvas} className={styles.drawing} aria-hidden />
        <Sight fit={fit} />
      </div>
    </Panel>
  );
}

const sameArea = (a: Box | undefined, b: Box | undefined): boolean => a?.x === b?.x && a?.y === b?.y && a?.width === b?.width && a?.height === b?.height;

/** Pixels of the screen. */
const STEP = 120;
const KEYS: Readonly<Record<string, () => void>> = {
  ArrowLeft: () => panBy(-STEP, 0),
  ArrowRight: () => panBy(STEP, 0),
  ArrowUp: () => panBy(0, -STEP),
  ArrowDown: () => panBy(0, STEP),
  "+": () => zoomBy(1.25),
  "=": () => zoomBy(1.25),
  "-": () => zoomBy(1 / 1.25),
  Home: () => fitView(),
};

function drawMap(canvas: HTMLCanvasElement, { area, scale, left, top }: Fit): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const ratio = window.devicePixelRatio;
  if (canvas.width !== Math.round(WIDTH * ratio)) {
    canvas.width = Math.round(WIDTH * ratio);
    canvas.height = Math.round(HEIGHT * ratio);
  }
  const style = getComputedStyle(document.documentElement);
  const { doc, selection } = documentStore.getState();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale * ratio, 0, 0, scale * ratio, (left - area.x * scale) * ratio, (top - area.y * scale) * ratio);
  const runs = runtimeStore.getState().nodes;
  paint(context, { doc, defs: currentDefs(), runs, zoom: scale, view: area, box: null, selected: new Set(selection.nodes), color: (name) => style.getPropertyValue(name), isMap: true });
}

/** What can be seen of the canvas just now. */
function Sight({ fit: { area, scale, left, top } }: { readonly fit: Fit }) {
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const place = { left: (-x / zoom - area.x) * scale + left, top: (-y / zoom - area.y) * scale + top, width: (width / zoom) * scale, height: (height / zoom) * scale };
  return <div className={styles.sight} style={place} />;
}

function drag(event: PointerEvent<HTMLDivElement>, fit: Fit): void {
  if (event.button !== 0) return;
  event.stopPropagation();
  const face = event.currentTarget;
  face.setPointerCapture(event.pointerId);
  const bounds = face.getBoundingClientRect();
  const at = ({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }) => ({
    x: (clientX - bounds.left - fit.left) / fit.scale + fit.area.x,
    y: (clientY - bounds.top - fit.top) / fit.scale + fit.area.y,
  });
  const start = at(event);
  const seen = visibleArea();
  const isInside = start.x >= seen.x && start.x <= seen.x + seen.width && start.y >= seen.y && start.y <= seen.y + seen.height;
  // The view is dragged by where it was taken hold of, or else comes to the pointer.
  const hold = isInside ? { x: seen.x + seen.width / 2 - start.x, y: seen.y + seen.height / 2 - start.y } : { x: 0, y: 0 };
  const move = (moved: { readonly clientX: number; readonly clientY: number }): void => {
    const to = at(moved);
    centerOn({ x: to.x + hold.x, y: to.y + hold.y });
  };
  move(event);
  const onMove = (moved: globalThis.PointerEvent): void => move(moved);
  const onEnd = (): void => {
    face.removeEventListener("pointermove", onMove);
    face.removeEventListener("pointerup", onEnd);
    face.removeEventListener("pointercancel", onEnd);
  };
  face.addEventListener("pointermove", onMove);
  face.addEventListener("pointerup", onEnd);
  face.addEventListener("pointercancel", onEnd);
}
