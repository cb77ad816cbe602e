/** The left edge: one drawer at a time. */
import { FolderOpen, ListVideo, Moon, Shapes, Sun, SunMoon, Keyboard, Settings } from "lucide-react";

import { t } from "@/i18n";
import { chordLabel } from "@/palette/keymap";
import { runtimeStore } from "@/runtime/store";
import { nextTheme } from "@/settings/appearance";
import { openSettings } from "@/settings/open";
import { useSetting } from "@/settings/store";
import { IconButton } from "@/ui/IconButton";

import { COMMANDS } from "./commands";
import styles from "./Rail.module.css";
import { toggleDrawer, uiStore, type Drawer } from "./ui";

const DRAWERS: readonly { readonly id: Drawer; readonly Icon: typeof Shapes }[] = [
  { id: "nodes", Icon: Shapes },
  { id: "workflows", Icon: FolderOpen },
  { id: "queue", Icon: ListVideo },
];
const THEMES = { system: SunMoon, dark: Moon, light: Sun };

export function Rail() {
  const open = uiStore((state) => state.drawer);
  const theme = useSetting("theme") as keyof typeof THEMES;
  const waiting = runtimeStore((state) => state.queueRemaining);
  const ThemeIcon = THEMES[theme];
  return (
    <nav className={styles.rail} aria-label={t("action.more")}>
      {DRAWERS.map(({ id, Icon }) => (
        <div key={id} className={styles.slot}>
          <IconButton label={t(`action.${id}`)} chord={chordLabel(COMMANDS[id].chords[0])} side="right" aria-pressed={open === id} onClick={() => toggleDrawer(id)}>
            <Icon size={18} strokeWidth={1.75} />
          </IconButton>
          {id === "queue" && waiting > 0 && (
            <span className={styles.count} aria-label={t("run.queued", { count: waiting })}>
              {waiting}
            </span>
          )}
        </div>
      ))}
      <span className={styles.space} />
      <IconButton label={t("action.shortcuts")} chord="?" side="right" onClick={() => uiStore.setState({ shortcuts: true })}>
        <Keyboard size={18} strokeWidth={1.75} />
      </IconButton>
      <IconButton label={t(`theme.${theme}`)} side="right" onClick={nextTheme}>
        <ThemeIcon size={18} strokeWidth={1.75} />
      </IconButton>
      <IconButton label={t("settings.open")} chord={chordLabel(COMMANDS.settings.chords[0])} side="right" onClick={() => openSettings()}>
        <Settings size={18} strokeWidth={1.75} />
      </IconButton>
    </nav>
  );
}
