/** A stage on which a picture, or two at once, is looked at closely: wheel, pinch, drag and keys. */
import { useEffect, useRef, type CSSProperties, type PointerEvent, type ReactNode } from "react";

import { moved, zoomed, type Look } from "./zoom";
import styles from "./ZoomStage.module.css";

interface Props {
  readonly look: Look;
  readonly onLook: (change: (look: Look, stage: DOMRect) => Look) => void;
  readonly label: string;
  readonly className?: string | undefined;
  /** Presses that are not for moving the picture: the handle of a slider. */
  readonly children: ReactNode;
  readonly onDouble?: () => void;
}

const WHEEL = 0.0016;

export function ZoomStage({ look, onLook, label, className = "", children, onDouble }: Props) {
  const stage = useRef<HTMLDivElement>(null);
  const change = useRef(onLook);
  useEffect(() => {
    change.current = onLook;
  });
  useEffect(() => {
    const element = stage.current;
    if (element === null) return;
    // React listens to the wheel passively: the page would scroll along.
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const factor = Math.exp(-event.deltaY * WHEEL * (event.deltaMode === 1 ? 20 : 1) * (event.ctrlKey ? 4 : 1));
      change.current((before) => zoomed(before, factor, fromMiddle(event, box), box));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, []);
  const gestures = usePointers(onLook);
  const style = { "--scale": look.scale, "--x": `${look.x}px`, "--y": `${look.y}px` } as CSSProperties;
  return (
    <div ref={stage} className={`${styles.stage} ${className}`} role="group" aria-label={label} data-close={look.scale > 1 || undefined} style={style} {...gestures} onDoubleClick={onDouble}>
      {children}
    </div>
  );
}

/** The part of the stage that is moved and scaled. */
export function Zoomed({ children, className = "" }: { readonly children: ReactNode; readonly className?: string | undefined }) {
  return <div className={`${styles.zoomed} ${className}`}>{children}</div>;
}

const fromMiddle = ({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }, box: DOMRect) => ({ x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 });

/** One finger or the mouse moves, two fingers pinch. */
function usePointers(onLook: Props["onLook"]) {
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const forget = (event: PointerEvent): void => void pointers.current.delete(event.pointerId);
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button > 1 || (event.target as Element).closest("button, input, a, video, audio, [data-still]") !== null) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const before = pointers.current.get(event.pointerId);
      if (before === undefined) return;
      const now = { x: event.clientX, y: event.clientY };
      pointers.current.set(event.pointerId, now);
      const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
      const box = event.currentTarget.getBoundingClientRect();
      if (other === undefined) return onLook((look) => moved(look, now.x - before.x, now.y - before.y, box));
      const apart = (at: typeof now): number => Math.hypot(at.x - other.x, at.y - other.y);
      const middle = fromMiddle({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 }, box);
      onLook((look) => moved(zoomed(look, apart(now) / Math.max(1, apart(before)), middle, box), (now.x - before.x) / 2, (now.y - before.y) / 2, box));
    },
    onPointerUp: forget,
    onPointerCancel: forget,
  };
}
