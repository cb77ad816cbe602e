/** Run, how often, by itself or when asked, and how to stop. */
import { ChevronDown, LayoutGrid, LoaderCircle, Play, SlidersHorizontal, Square } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useEffect, useRef } from "react";

import { interrupt } from "@/api/client";
import { t } from "@/i18n";
import { PausedChip } from "@/jobs/PausedChip";
import { LiveButton } from "@/live/LiveButton";
import { liveStore } from "@/live/store";
import { documentStore } from "@/model/document";
import { useChord } from "@/palette/bindings";
import { chordsOf } from "@/palette/bindings";
import { chordLabel } from "@/palette/keymap";
import { commandTitle, runCommand } from "@/palette/registry";
import { setupView, toggleSetups } from "@/presets/view";
import { runtimeStore, type RuntimeState } from "@/runtime/store";
import { sessionStore } from "@/session/store";
import { uiStore } from "@/session/ui";
import { productOf } from "@/sweeps/active";
import { planSweeps } from "@/sweeps/view";
import { IconButton } from "@/ui/IconButton";
import menu from "@/ui/Menu.module.css";

import styles from "./RunControls.module.css";

const MENU: readonly string[] = ["run", "runFront", "interrupt", "clearQueue"];
const SWEPT_MENU: readonly string[] = ["sweepRun", "sweepOnce", "sweepPlan", "interrupt", "clearQueue"];
const SHEETS = "sweepSheet";
const AUTO = { off: "autoOff", change: "autoChange", instant: "autoInstant" } as const;
const AUTO_MODES = ["off", "change", "instant"] as const;
const MOST = 100;

/** The button takes the click in every state: what waits is said, not forbidden. */
function label({ worker, connection }: RuntimeState): string | null {
  if (connection === "lost") return t("run.offline");
  if (worker === "starting") return t("run.warming");
  return worker === "restarting" ? t("run.restarting") : null;
}

export function RunControls() {
  const isRunning = runtimeStore((state) => state.run !== null);
  const hasSetups = setupView((state) => state.isOpen);
  const setups = useChord("setups");
  return (
    <div className={styles.controls}>
      {isRunning && (
        <IconButton label={t("action.interrupt")} chord={chordLabel(chordsOf("interrupt")[0])} data-testid="interrupt" onClick={() => void interrupt()}>
          <Square size={14} fill="currentColor" />
        </IconButton>
      )}
      <PausedChip />
      <IconButton label={t("presets.panel")} chord={setups} aria-pressed={hasSetups} className={styles.setups ?? ""} data-testid="setups-button" onClick={toggleSetups}>
        <SlidersHorizontal size={16} />
      </IconButton>
      <LiveButton />
      <BatchCount />
      <RunButton />
    </div>
  );
}

function RunButton() {
  const waiting = runtimeStore(label);
  const isReady = sessionStore((state) => state.ready);
  const product = documentStore((state) => productOf(state.whole));
  const isAuto = liveStore((state) => state.auto !== "off");
  const button = useRef<HTMLButtonElement>(null);
  // Pressed before there is anything to run: it runs as soon as there is.
  const isWished = useRef(false);
  useEffect(() => {
    if (!isReady) return;
    button.current?.focus({ focusVisible: false } as FocusOptions);
    if (isWished.current) runCommand("run");
    isWished.current = false;
  }, [isReady]);
  const onRun = (): void => {
    if (isReady) runCommand("run");
    else isWished.current = true;
  };
  const words = waiting ?? (product === null ? t("action.run") : t("sweeps.runButton", { product }));
  const Icon = product === null ? Play : LayoutGrid;
  return (
    <div className={styles.run} data-auto={isAuto || undefined}>
      <button ref={button} type="button" className={styles.main} data-testid="run" data-waiting={waiting !== null || undefined} onClick={onRun}>
        {waiting !== null ? <LoaderCircle size={15} className={styles.spin} /> : <Icon size={14} fill={product === null ? "currentColor" : "none"} />}
        <span>{words}</span>
      </button>
      <RunMenu isSwept={product !== null} />
    </div>
  );
}

function RunMenu({ isSwept }: { readonly isSwept: boolean }) {
  const auto = liveStore((state) => state.auto);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={styles.more} aria-label={t("action.runMenu")} data-testid="run-menu">
        <ChevronDown size={14} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={menu.menu} align="end" sideOffset={6}>
          {(isSwept ? SWEPT_MENU : MENU).map((id) => (
            <Entry key={id} id={id} />
          ))}
          <DropdownMenu.Separator className={menu.separator} />
          {!isSwept && (
            <DropdownMenu.Item className={menu.item} onSelect={() => planSweeps()}>
              {t("sweeps.command.plan")}
            </DropdownMenu.Item>
          )}
          <Entry id={SHEETS} />
          <DropdownMenu.Separator className={menu.separator} />
          <DropdownMenu.Label className={styles.menuLabel}>{t("live.auto")}</DropdownMenu.Label>
          <DropdownMenu.RadioGroup value={auto} onValueChange={(value) => runCommand(AUTO[AUTO_MODES.find((mode) => mode === value) ?? "off"])}>
            {AUTO_MODES.map((mode) => (
              <DropdownMenu.RadioItem key={mode} value={mode} className={menu.item} data-testid={`auto-${mode}`}>
                {t(`live.modes.${mode}`)}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Entry({ id }: { readonly id: string }) {
  const chord = useChord(id);
  return (
    <DropdownMenu.Item className={menu.item} onSelect={() => runCommand(id)}>
      {commandTitle(id)}
      <kbd>{chord}</kbd>
    </DropdownMenu.Item>
  );
}

function BatchCount() {
  const batch = uiStore((state) => state.batch);
  const set = (value: number): void => uiStore.setState({ batch: Math.min(MOST, Math.max(1, Math.round(value) || 1)) });
  return (
    <label className={styles.batch} title={t("action.batch")}>
      <span aria-hidden>×</span>
      <input type="number" min={1} max={MOST} aria-label={t("action.batch")} data-testid="batch" value={batch} onChange={(event) => set(Number(event.target.value))} />
    </label>
  );
}
