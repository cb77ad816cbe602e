/** The picture with its mask, and the marks of the tool over both. */
import { useEffect, useRef } from "react";

import { t } from "@/i18n";

import { listenToPointers } from "./gestures";
import { Marks } from "./Marks";
import styles from "./Stage.module.css";
import { startScreen } from "./screen";
import { resizeStage } from "./sight";
import { maskStore } from "./state";

export function Stage({ onFocusByKey }: { readonly onFocusByKey: () => void }) {
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = maskStore((state) => state.picture);
  const isPanning = maskStore((state) => state.isPanning);
  const isByKeys = maskStore((state) => state.isByKeys);
  const isBusy = maskStore((state) => state.busy !== null);
  useEffect(() => {
    const [frame, surface] = [stage.current, canvas.current];
    if (frame === null || surface === null || picture === null) return;
    const measure = (): void => {
      const [width, height] = [frame.clientWidth, frame.clientHeight];
      fitSurface(surface, Math.round(width * window.devicePixelRatio), Math.round(height * window.devicePixelRatio));
      resizeStage(width, height);
    };
    const watch = new ResizeObserver(measure);
    const stopScreen = startScreen(surface, picture);
    measure();
    watch.observe(frame);
    const stopPointers = listenToPointers(frame);
    frame.focus({ preventScroll: true });
    return () => {
      watch.disconnect();
      stopPointers();
      stopScreen();
    };
  }, [picture]);
  if (picture === null) return null;
  return (
    <div
      ref={stage}
      className={styles.stage}
      data-mask-stage
      data-panning={isPanning || undefined}
      data-busy={isBusy || undefined}
      aria-busy={isBusy}
      data-keys={isByKeys || undefined}
      role="application"
      // It is a drawing surface: keys move a crosshair on it.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label={t("mask.stage", { width: picture.width, height: picture.height })}
      aria-describedby="mask-stage-hint"
      onFocus={(event) => { if (event.target.matches(":focus-visible")) onFocusByKey(); }}
    >
      <p id="mask-stage-hint" className="visually-hidden">{t("mask.stageHint")}</p>
      <canvas ref={canvas} className={styles.canvas} />
      <Marks />
    </div>
  );
}

/** Even setting the same size would wipe the canvas. */
function fitSurface(surface: HTMLCanvasElement, width: number, height: number): void {
  if (surface.width !== width) surface.width = width;
  if (surface.height !== height) surface.height = height;
}
