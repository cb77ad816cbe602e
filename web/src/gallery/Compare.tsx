/** Two pictures: under one edge that moves, or side by side; both are looked at in the same place as closely. */
import { ArrowLeftRight, Columns2, SplitSquareHorizontal, X } from "lucide-react";
import { useEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent } from "react";

import type { Item } from "@/api/gallery";
import { t } from "@/i18n";
import { IconButton } from "@/ui/IconButton";

import styles from "./Compare.module.css";
import { Media } from "./Media";
import { galleryStore } from "./store";
import { WHOLE, zoomed, type Look } from "./zoom";
import { Zoomed, ZoomStage } from "./ZoomStage";

const MIDDLE = { x: 0, y: 0 };

export function Compare({ pair: [a, b] }: { readonly pair: readonly [Item, Item] }) {
  const [isSlider, setSlider] = useState(true);
  const [look, setLook] = useState<Look>(WHOLE);
  const [share, setShare] = useState(50);
  const room = useRef<HTMLDivElement>(null);
  useEffect(() => room.current?.focus(), []);
  const change = (next: (look: Look, stage: DOMRect) => Look, stage: DOMRect | undefined): void => {
    if (stage !== undefined) setLook((before) => next(before, stage));
  };
  const onLook = (next: (look: Look, stage: DOMRect) => Look): void => change(next, room.current?.querySelector('[role="group"]')?.getBoundingClientRect());
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target instanceof HTMLInputElement) return;
    if (event.key === "+" || event.key === "=") onLook((before, stage) => zoomed(before, 1.4, MIDDLE, stage));
    else if (event.key === "-") onLook((before, stage) => zoomed(before, 1 / 1.4, MIDDLE, stage));
    else if (event.key === "0") setLook(WHOLE);
    else if (event.key === "s") setSlider(!isSlider);
    else if (event.key === "ArrowLeft") setShare(Math.max(0, share - 4));
    else if (event.key === "ArrowRight") setShare(Math.min(100, share + 4));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // The room has the keys, its buttons have the rest.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={room} className={styles.compare} tabIndex={-1} onKeyDown={onKeyDown} data-testid="compare">
      <header className={styles.bar}>
        <span className={styles.name}>{a.filename}</span>
        <IconButton label={t("outputs.swap")} onClick={() => galleryStore.setState({ compared: [b, a] })}><ArrowLeftRight size={15} /></IconButton>
        <span className={styles.name}>{b.filename}</span>
        <span className={styles.differences}>{differences(a, b)}</span>
        <IconButton label={t("outputs.slider")} chord="S" aria-pressed={isSlider} onClick={() => setSlider(true)}><SplitSquareHorizontal size={16} /></IconButton>
        <IconButton label={t("outputs.sideBySide")} chord="S" aria-pressed={!isSlider} onClick={() => setSlider(false)}><Columns2 size={16} /></IconButton>
        <IconButton label={t("action.close")} chord="Esc" onClick={() => galleryStore.setState({ compared: null })}><X size={17} /></IconButton>
      </header>
      {isSlider ? (
        <ZoomStage look={look} onLook={onLook} label={t("outputs.comparison")} className={styles.stage}>
          <Zoomed><Media file={a} alt={a.filename} /></Zoomed>
          <div className={styles.over} style={{ "--share": `${share}%` } as CSSProperties}>
            <Zoomed><Media file={b} alt={b.filename} /></Zoomed>
          </div>
          <Handle share={share} onShare={setShare} />
        </ZoomStage>
      ) : (
        <div className={styles.sides}>
          {[a, b].map((item) => (
            <ZoomStage key={item.filename + item.subfolder} look={look} onLook={onLook} label={item.filename} className={styles.stage}>
              <Zoomed><Media file={item} alt={item.filename} /></Zoomed>
            </ZoomStage>
          ))}
        </div>
      )}
    </div>
  );
}

/** The edge between the pictures. */
function Handle({ share, onShare }: { readonly share: number; readonly onShare: (share: number) => void }) {
  const follow = (event: PointerEvent<HTMLElement>): void => {
    const stage = event.currentTarget.parentElement?.getBoundingClientRect();
    if (stage === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onShare(Math.round(Math.max(0, Math.min(100, ((event.clientX - stage.left) / stage.width) * 100))));
  };
  return (
    <>
      <div
        className={styles.edge}
        data-still
        style={{ left: `${share}%` }}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={follow}
      >
        <span />
      </div>
      <input type="range" className={styles.range} min={0} max={100} value={share} aria-label={t("outputs.edge")} onChange={(event) => onShare(Number(event.target.value))} />
    </>
  );
}

/** What was asked for differently. */
function differences(a: Item, b: Item): string {
  const names = ["seed", "model", "sampler", "steps", "cfg"] as const;
  const other = names.filter((name) => String(a[name] ?? "") !== String(b[name] ?? "")).map((name) => t("outputs.differs", { name: t(`outputs.fact.${name}`), a: String(a[name] ?? "–"), b: String(b[name] ?? "–") }));
  return [...other, ...(a.prompt === b.prompt ? [] : [t("outputs.otherPrompt")])].join(" · ");
}
