/** The bar above: name, back and forth, zoom, and the way out. */
import { Eye, EyeOff, Keyboard, Maximize, Redo2, SlidersHorizontal, Undo2, X, ZoomIn, ZoomOut } from "lucide-react";
import type { ReactNode } from "react";

import { t } from "@/i18n";
import { IconButton } from "@/ui/IconButton";

import styles from "./Bar.module.css";
import { redo, undo } from "./edit";
import { keyLabel } from "./keys";
import { fit, fullSize, zoomStep } from "./sight";
import { maskStore } from "./state";

interface Props {
  readonly name: string;
  readonly onSave: () => void;
  readonly onLeave: () => void;
}

export function Bar({ name, onSave, onLeave }: Props) {
  const isReady = maskStore((state) => state.picture !== null);
  const isSaving = maskStore((state) => state.saving.state === "busy");
  return (
    <header className={styles.bar}>
      <span className={styles.name} title={name}>{name}</span>
      {isReady && <ViewButtons />}
      <span className={styles.end}>
        <Tool label={t("mask.cancel")} chord="escape" onClick={onLeave}><X /></Tool>
        <button type="button" className={styles.save} disabled={!isReady || isSaving} onClick={onSave}>
          {t(isSaving ? "mask.saving" : "mask.save")}
        </button>
      </span>
    </header>
  );
}

function ViewButtons() {
  const canUndo = maskStore((state) => state.history.past.length > 0 && state.busy === null);
  const canRedo = maskStore((state) => state.history.future.length > 0 && state.busy === null);
  const percent = maskStore((state) => Math.round(state.view.zoom * 100));
  const hasPanel = maskStore((state) => state.hasPanel);
  return (
    <span className={styles.middle}>
      <Tool label={t("action.undo")} chord="mod+z" disabled={!canUndo} onClick={undo}><Undo2 /></Tool>
      <Tool label={t("action.redo")} chord="mod+shift+z" disabled={!canRedo} onClick={redo}><Redo2 /></Tool>
      <span className={styles.zoom}>
        <Tool label={t("action.zoomOut")} chord="-" onClick={() => zoomStep(-1)}><ZoomOut /></Tool>
        <button type="button" className={styles.percent} title={t("mask.view.full")} onClick={fullSize}>{t("mask.view.percent", { percent })}</button>
        <Tool label={t("action.zoomIn")} chord="+" onClick={() => zoomStep(1)}><ZoomIn /></Tool>
      </span>
      <Tool label={t("mask.view.fit")} chord="0" onClick={fit}><Maximize /></Tool>
      <Compare />
      <span className={styles.keys}>
        <Tool label={t("mask.keys")} chord="?" onClick={() => maskStore.setState({ hasKeys: true })}><Keyboard /></Tool>
      </span>
      <span className={styles.narrow}>
        <Tool label={t("mask.options")} pressed={hasPanel} onClick={() => maskStore.setState({ hasPanel: !hasPanel })}><SlidersHorizontal /></Tool>
      </span>
    </span>
  );
}

/** Works while it is held, by pointer or key. */
function Compare() {
  const isCompared = maskStore((state) => state.isCompared);
  const show = (isHidden: boolean) => () => maskStore.setState({ isCompared: isHidden });
  const isHolding = (key: string): boolean => key === " " || key === "Enter";
  return (
    <IconButton
      label={t("mask.view.compare")}
      chord="H"
      className={styles.tool}
      aria-pressed={isCompared}
      onPointerDown={show(true)}
      onPointerUp={show(false)}
      onPointerCancel={show(false)}
      onPointerLeave={show(false)}
      onKeyDown={(event) => { if (isHolding(event.key)) show(true)(); }}
      onKeyUp={(event) => { if (isHolding(event.key)) show(false)(); }}
      onBlur={show(false)}
      onContextMenu={(event) => event.preventDefault()}
    >
      {isCompared ? <EyeOff /> : <Eye />}
    </IconButton>
  );
}

interface ToolProps {
  readonly label: string;
  readonly chord?: string;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

function Tool({ label, chord, disabled = false, pressed, onClick, children }: ToolProps) {
  return (
    <IconButton label={label} chord={keyLabel(chord)} className={styles.tool} disabled={disabled} {...(pressed === undefined ? {} : { "aria-pressed": pressed })} onClick={onClick}>
      {children}
    </IconButton>
  );
}
