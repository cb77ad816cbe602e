/** What can be done with the workflow in front and its file. */
import { ChevronDown } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

import { hasMessage, t } from "@/i18n";
import { chordsOf } from "@/palette/bindings";
import { chordLabel } from "@/palette/keymap";
import { commandTable, commandTitle, runCommand } from "@/palette/registry";
import { toggleDrawer } from "@/session/ui";
import { setSetting, useSetting } from "@/settings/store";
import { SETTINGS } from "@/settings/table";
import menu from "@/ui/Menu.module.css";

import styles from "./FileMenu.module.css";

const ENTRIES: readonly (string | null)[] = ["new", "open", null, "save", "saveAs", "saveAll", null, "tabRename", "tabDuplicate", "versions", null, "download", "exportApi", null, "tabClose", "tabReopen", null, "arrange", "refresh"];

export function FileMenu({ children }: { readonly children: ReactNode }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={styles.trigger} aria-label={t("tabs.menu")} title={t("tabs.menu")} data-testid="file-menu">
        {children}
        <ChevronDown size={14} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={`${menu.menu} ${styles.menu}`} align="start" sideOffset={6} collisionPadding={8}>
          {ENTRIES.map((id, i) => (id === null ? <DropdownMenu.Separator key={i} className={menu.separator} /> : <Entry key={id} id={id} />))}
          <DropdownMenu.Separator className={menu.separator} />
          <Autosave />
          <DropdownMenu.Item className={menu.item} onSelect={() => toggleDrawer("workflows")}>
            {t("action.workflows")}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Entry({ id }: { readonly id: string }) {
  const chord = chordLabel(chordsOf(id)[0]);
  return (
    <DropdownMenu.Item className={menu.item} disabled={commandTable()[id]?.isEnabled?.() === false} onSelect={() => runCommand(id)}>
      {commandTitle(id)}
      {chord !== "" && <kbd>{chord}</kbd>}
    </DropdownMenu.Item>
  );
}

function autosaveName(mode: string, seconds: number): string {
  const key = `tabs.autosave.${mode}`;
  return hasMessage(key) ? t(key, { seconds }) : mode;
}

function Autosave() {
  const mode = useSetting("autosave");
  const seconds = useSetting("autosaveDelay") as number;
  return (
    <DropdownMenu.Sub>
      <DropdownMenu.SubTrigger className={menu.item}>{t("tabs.autosave.title")} <span className={styles.more}>›</span></DropdownMenu.SubTrigger>
      <DropdownMenu.Portal>
        <DropdownMenu.SubContent className={menu.menu} sideOffset={4} collisionPadding={8}>
          <DropdownMenu.RadioGroup value={String(mode)} onValueChange={(value) => setSetting("autosave", value)}>
            {SETTINGS.autosave.choices.map(([item]) => (
              <DropdownMenu.RadioItem key={item} value={item} className={menu.item}>
                {autosaveName(item, seconds)}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.SubContent>
      </DropdownMenu.Portal>
    </DropdownMenu.Sub>
  );
}
