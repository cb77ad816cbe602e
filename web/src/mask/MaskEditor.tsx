/** The mask editor: bar, tools, stage and panel over the whole window. */
import { Dialog, Tooltip } from "radix-ui";
import { useEffect, useState, type KeyboardEvent } from "react";

import { t } from "@/i18n";
import { matches } from "@/palette/keymap";

import { stopChange } from "./adjust";
import { Bar } from "./Bar";
import { showCrosshair } from "./crosshair";
import { KeysPanel } from "./KeysPanel";
import { onKeyDown, onKeyUp } from "./keys";
import { LeaveDialog } from "./LeaveDialog";
import styles from "./MaskEditor.module.css";
import { Notices } from "./Notices";
import type { MaskRequest } from "./open";
import { dropOutline } from "./outline";
import { Panel } from "./Panel";
import { close, openPicture, reason, save } from "./save";
import { Stage } from "./Stage";
import { isChanged, maskStore, reset } from "./state";
import { ToolStrip } from "./ToolStrip";

interface Props {
  readonly request: MaskRequest;
}

function leave(): void {
  if (isChanged(maskStore.getState())) maskStore.setState({ isLeaving: true });
  else close();
}

/** Without a trigger of its own the dialog would leave the focus nowhere. */
function returnFocus(event: Event, to: Element | null): void {
  event.preventDefault();
  if (to instanceof HTMLElement) to.focus();
}

function onEscape(event: Event): void {
  event.preventDefault();
  if (!maskStore.getState().isDrawing && !stopChange() && !dropOutline()) leave();
}

export function MaskEditor({ request }: Props) {
  const hasPicture = maskStore((state) => state.picture !== null);
  const hasPanel = maskStore((state) => state.hasPanel);
  const [opener] = useState(() => document.activeElement);
  const { failure, retry } = useOpened(request);
  useReleasedKeys();
  const onSave = (): void => void save(request);
  const takeKey = (event: KeyboardEvent<HTMLElement>): void => {
    // Keys of the canvas below must not act on it; keys of a dialog above are its own.
    event.stopPropagation();
    if (!event.currentTarget.contains(event.target as Node) || !hasPicture) return;
    if (matches(event.nativeEvent, "mod+s")) onSave();
    else if (!onKeyDown(event.nativeEvent)) return;
    event.preventDefault();
  };
  return (
    <Tooltip.Provider delayDuration={400}>
      <Dialog.Root open onOpenChange={(open) => { if (!open) leave(); }}>
        <Dialog.Portal>
          <Dialog.Overlay className={styles.overlay} />
          <Dialog.Content
            className={styles.editor}
            data-panel={hasPanel || undefined}
            data-testid="mask-editor"
            onKeyDown={takeKey}
            onKeyUp={(event) => onKeyUp(event.nativeEvent)}
            onEscapeKeyDown={onEscape}
            onCloseAutoFocus={(event) => returnFocus(event, opener)}
            onInteractOutside={(event) => event.preventDefault()}
          >
            <Dialog.Title className="visually-hidden">{t("mask.title")}</Dialog.Title>
            <Dialog.Description className="visually-hidden">{t("mask.describe")}</Dialog.Description>
            <Bar name={request.image.filename} onSave={onSave} onLeave={leave} />
            {hasPicture && (
              <>
                <ToolStrip />
                <Stage onFocusByKey={showCrosshair} />
                <Panel />
              </>
            )}
            {!hasPicture && <Opening failure={failure} onRetry={retry} />}
            <Notices onRetry={onSave} />
            <LeaveDialog onSave={onSave} />
            <KeysPanel />
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
    </Tooltip.Provider>
  );
}

function Opening({ failure, onRetry }: { readonly failure: string | null; readonly onRetry: () => void }) {
  if (failure === null) return <p className={styles.opening} role="status">{t("mask.opening")}</p>;
  return (
    <div className={styles.opening} role="alert">
      <p className={styles.failure}>{t("mask.openFailed")}</p>
      <p>{t("mask.openHint", { why: failure })}</p>
      <button type="button" className={styles.secondary} autoFocus onClick={onRetry}>{t("mask.retry")}</button>
    </div>
  );
}

/** Loads the picture; a failure can be tried again. */
function useOpened(request: MaskRequest): { failure: string | null; retry: () => void } {
  const [failure, setFailure] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const control = new AbortController();
    openPicture(request.image, control.signal).catch((error: unknown) => {
      if (!control.signal.aborted) setFailure(reason(error));
    });
    return () => {
      control.abort();
      reset();
    };
  }, [request, attempt]);
  const retry = (): void => {
    setFailure(null);
    setAttempt(attempt + 1);
  };
  return { failure, retry };
}

/** A key let go outside the window counts as let go; closing the page with unsaved strokes asks. */
function useReleasedKeys(): void {
  useEffect(() => {
    const onBlur = (): void => maskStore.setState({ isCompared: false, isPanning: false });
    const onUnload = (event: BeforeUnloadEvent): void => {
      if (isChanged(maskStore.getState())) event.preventDefault();
    };
    window.addEventListener("blur", onBlur);
    window.addEventListener("beforeunload", onUnload);
    return () => {
      window.removeEventListener("blur", onBlur);
      window.removeEventListener("beforeunload", onUnload);
    };
  }, []);
}
