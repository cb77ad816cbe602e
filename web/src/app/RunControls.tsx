/** Run, how often, and how to stop. */
import { ChevronDown, LoaderCircle, Play, Square } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useEffect, useRef } from "react";

import { interrupt } from "@/api/client";
import { t } from "@/i18n";
import { PausedChip } from "@/jobs/PausedChip";
import { chordLabel } from "@/palette/keymap";
import { runtimeStore, type RuntimeState } from "@/runtime/store";
import { IconButton } from "@/ui/IconButton";
import menu from "@/ui/Menu.module.css";

import { COMMANDS, type CommandId } from "./commands";
import styles from "./RunControls.module.css";
import { sessionStore } from "./session";
import { uiStore } from "./ui";

const MENU: readonly CommandId[] = ["run", "runFront", "interrupt", "clearQueue"];
const MOST = 100;

/** The button takes the click in every state: what waits is said, not forbidden. */
function label({ worker, connection }: RuntimeState): string {
  if (connection === "lost") return t("run.offline");
  if (worker === "starting") return t("run.warming");
  return worker === "restarting" ? t("run.restarting") : t("action.run");
}

export function RunControls() {
  const text = runtimeStore(label);
  const isWaiting = text !== t("action.run");
  const isRunning = runtimeStore((state) => state.run !== null);
  const isReady = sessionStore((state) => state.ready);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isReady) button.current?.focus({ focusVisible: false } as FocusOptions);
  }, [isReady]);
  return (
    <div className={styles.controls}>
      {isRunning && (
        <IconButton label={t("action.interrupt")} chord={chordLabel(COMMANDS.interrupt.chords[0])} data-testid="interrupt" onClick={() => void interrupt()}>
          <Square size={14} fill="currentColor" />
        </IconButton>
      )}
      <PausedChip />
      <BatchCount />
      <div className={styles.run}>
        <button ref={button} type="button" className={styles.main} data-testid="run" data-waiting={isWaiting || undefined} onClick={() => COMMANDS.run.run()}>
          {isWaiting ? <LoaderCircle size={15} className={styles.spin} /> : <Play size={14} fill="currentColor" />}
          <span>{text}</span>
        </button>
        <DropdownMenu.Root modal={false}>
          <DropdownMenu.Trigger className={styles.more} aria-label={t("action.runMenu")}>
            <ChevronDown size={14} />
          </DropdownMenu.Trigger>
          <DropdownMenu.Portal>
            <DropdownMenu.Content className={menu.menu} align="end" sideOffset={6}>
              {MENU.map((id) => (
                <DropdownMenu.Item key={id} className={menu.item} onSelect={() => COMMANDS[id].run()}>
                  {t(COMMANDS[id].title)}
                  <kbd>{chordLabel(COMMANDS[id].chords[0])}</kbd>
                </DropdownMenu.Item>
              ))}
            </DropdownMenu.Content>
          </DropdownMenu.Portal>
        </DropdownMenu.Root>
      </div>
    </div>
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
