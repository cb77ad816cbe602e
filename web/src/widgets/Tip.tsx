/** What a node says of an input, shown when one lingers on it or comes to it by the keyboard. */
import { useEffect, useLayoutEffect, useRef, useState, type FocusEvent, type RefObject } from "react";
import { createPortal } from "react-dom";

import styles from "./WidgetRow.module.css";

const LINGER = 600;
const AWAY = 6;

interface Hot {
  /** The pointer or the focus is here. */
  readonly isHot: boolean;
  /** And has been for a while. */
  readonly isLingering: boolean;
  readonly handlers: {
    readonly onPointerEnter: () => void;
    readonly onPointerLeave: () => void;
    readonly onPointerDown: () => void;
    readonly onFocus: (event: FocusEvent<HTMLElement>) => void;
    readonly onBlur: (event: FocusEvent<HTMLElement>) => void;
    readonly onInput: () => void;
  };
}

export function useHot(): Hot {
  const [isOver, setOver] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const [isLingering, setLingering] = useState(false);
  const timer = useRef<number | undefined>(undefined);
  const linger = (): void => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setLingering(true), LINGER);
  };
  const stop = (): void => {
    window.clearTimeout(timer.current);
    setLingering(false);
  };
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return {
    isHot: isOver || isFocused,
    isLingering,
    handlers: {
      onPointerEnter: () => {
        setOver(true);
        linger();
      },
      onPointerLeave: () => {
        setOver(false);
        stop();
      },
      onPointerDown: stop,
      onFocus: (event) => {
        setFocused(true);
        if (event.target.matches(":focus-visible")) linger();
      },
      onBlur: (event) => {
        if (event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)) return;
        setFocused(false);
        stop();
      },
      onInput: stop,
    },
  };
}

interface TipProps {
  readonly anchor: RefObject<HTMLElement | null>;
  readonly label: string;
  readonly text: string;
}

/** For the eye: the control itself is described by the same words. Above the row, or below where there is no room. */
export function Tip({ anchor, label, text }: TipProps) {
  const tip = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = anchor.current?.getBoundingClientRect();
    const own = tip.current;
    if (box === undefined || own === null) return;
    const above = box.top - own.offsetHeight - AWAY;
    own.style.top = `${above < AWAY ? box.bottom + AWAY : above}px`;
    own.style.left = `${Math.max(AWAY, Math.min(box.left, window.innerWidth - own.offsetWidth - AWAY))}px`;
  }, [anchor, text]);
  return createPortal(
    <div ref={tip} className={styles.tip} aria-hidden>
      <strong>{label}</strong>
      {text}
    </div>,
    document.body,
  );
}
