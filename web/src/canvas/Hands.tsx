/** Draws what gestures hold: loose wires, the knife, the lines that a dragged node has caught on; and says what happens. */
import { useStore, ViewportPortal } from "@xyflow/react";

import { typeColor } from "./colors";
import { hands } from "./hands";
import styles from "./Hands.module.css";
import { useLinkStyle } from "./preferences";
import { wirePath } from "./wirePath";

export function Hands() {
  const message = hands((state) => state.message);
  return (
    <>
      <ViewportPortal>
        <svg className={styles.layer} style={{ zIndex: 1001 }} aria-hidden>
          <LooseWires />
          <Knife />
          <Guides />
        </svg>
      </ViewportPortal>
      <div className="visually-hidden" role="status" aria-live="assertive" data-testid="canvas-says">
        {message}
      </div>
    </>
  );
}

function LooseWires() {
  const loose = hands((state) => state.loose);
  const style = useLinkStyle();
  return loose.map(({ from, to, type }, i) => (
    <g key={i} data-testid="loose-wire">
      <path d={wirePath(style, [from, to])} className={styles.loose} style={{ stroke: typeColor(type) }} />
      <circle cx={to.x} cy={to.y} r={10} className={styles.ring} />
    </g>
  ));
}

function Knife() {
  const line = hands((state) => state.knife);
  return line.length < 2 ? null : <path d={wirePath("straight", line)} className={styles.knife} />;
}

function Guides() {
  const guides = hands((state) => state.guides);
  const zoom = useStore((state) => (guides.length === 0 ? 1 : state.transform[2]));
  return guides.map(({ axis, at, from, to }) => (
    <line
      key={`${axis}${at}`}
      {...(axis === "x" ? { x1: at, x2: at, y1: from, y2: to } : { x1: from, x2: to, y1: at, y2: at })}
      className={styles.guide}
      strokeWidth={1 / zoom}
      data-testid="guide"
    />
  ));
}
