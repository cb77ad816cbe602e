/** The left edge: one drawer at a time, and the gallery in the canvas's place. */
import { Images, Keyboard, Moon, Pause, Settings, Sun, SunMoon } from "lucide-react";

import { galleryView } from "@/gallery/view";
import { t } from "@/i18n";
import { chordsOf } from "@/palette/bindings";
import { chordLabel } from "@/palette/keymap";
import { runCommand } from "@/palette/registry";
import { runtimeStore } from "@/runtime/store";
import { toggleDrawer, uiStore } from "@/session/ui";
import { nextTheme } from "@/settings/appearance";
import { openSettings } from "@/settings/open";
import { useSetting } from "@/settings/store";
import { IconButton } from "@/ui/IconButton";

import { PANELS } from "./panels";
import styles from "./Rail.module.css";

const THEMES = { system: SunMoon, dark: Moon, light: Sun };

const chordOf = (command: string): string => chordLabel(chordsOf(command)[0]);

export function Rail() {
  const open = uiStore((state) => state.drawer);
  const isGallery = galleryView((state) => state.isOpen);
  const theme = useSetting("theme") as keyof typeof THEMES;
  const ThemeIcon = THEMES[theme];
  return (
    <nav className={styles.rail} aria-label={t("action.more")}>
      {PANELS.map(({ id, title, Icon, command }) => (
        <div key={id} className={styles.slot}>
          <IconButton label={t(title)} chord={chordOf(command)} side="right" aria-pressed={open === id} onClick={() => toggleDrawer(id)}>
            <Icon size={18} strokeWidth={1.75} />
          </IconButton>
          {id === "queue" && <QueueBadge />}
        </div>
      ))}
      <IconButton label={t("outputs.title")} chord={chordOf("galleryView")} side="right" aria-pressed={isGallery} data-testid="rail-gallery" onClick={() => runCommand("galleryView")}>
        <Images size={18} strokeWidth={1.75} />
      </IconButton>
      <span className={styles.space} />
      <IconButton label={t("action.shortcuts")} chord="?" side="right" onClick={() => uiStore.setState({ shortcuts: true })}>
        <Keyboard size={18} strokeWidth={1.75} />
      </IconButton>
      <IconButton label={t("settings.open")} chord={chordOf("settings")} side="right" onClick={() => openSettings()}>
        <Settings size={18} strokeWidth={1.75} />
      </IconButton>
      <IconButton label={t(`theme.${theme}`)} side="right" onClick={nextTheme}>
        <ThemeIcon size={18} strokeWidth={1.75} />
      </IconButton>
    </nav>
  );
}

/** How many runs are in the queue, and whether it stands still. */
function QueueBadge() {
  const waiting = runtimeStore((state) => state.queueRemaining);
  const isPaused = runtimeStore((state) => state.isPaused);
  if (waiting === 0 && !isPaused) return null;
  const words = [...(isPaused ? [t("jobs.paused")] : []), ...(waiting > 0 ? [t("run.queued", { count: waiting })] : [])].join(", ");
  return (
    <span className={styles.count} role="img" aria-label={words} data-paused={isPaused || undefined}>
      {isPaused && <Pause size={9} fill="currentColor" strokeWidth={0} aria-hidden />}
      {waiting > 0 && (waiting > 99 ? "99+" : waiting)}
    </span>
  );
}
