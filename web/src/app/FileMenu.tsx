/** The workflow's name, and what can be done with its file. */
import { ChevronDown } from "lucide-react";
import { DropdownMenu } from "radix-ui";

import { t } from "@/i18n";
import { chordLabel } from "@/palette/keymap";
import menu from "@/ui/Menu.module.css";

import { COMMANDS, type CommandId } from "./commands";
import styles from "./FileMenu.module.css";
import { sessionStore, useDirty } from "./session";
import { toggleDrawer } from "./ui";

const ENTRIES: readonly (CommandId | null)[] = ["new", "open", null, "save", "saveAs", null, "download", "exportApi", null, "arrange", "refresh"];

export function FileMenu() {
  const name = sessionStore((state) => state.name);
  const isDirty = useDirty();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={styles.trigger} data-testid="file-menu">
        <span className={styles.name}>{name || t("app.untitled")}</span>
        {isDirty && <span className={styles.dot} title={t("app.unsaved")} role="img" aria-label={t("app.unsaved")} />}
        <ChevronDown size={14} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={menu.menu} align="start" sideOffset={6} collisionPadding={8}>
          {ENTRIES.map((id, i) => (id === null ? <DropdownMenu.Separator key={i} className={menu.separator} /> : <Entry key={id} id={id} />))}
          <DropdownMenu.Separator className={menu.separator} />
          <DropdownMenu.Item className={menu.item} onSelect={() => toggleDrawer("workflows")}>
            {t("action.workflows")}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Entry({ id }: { readonly id: CommandId }) {
  const chord = chordLabel(COMMANDS[id].chords[0]);
  return (
    <DropdownMenu.Item className={menu.item} onSelect={() => COMMANDS[id].run()}>
      {t(COMMANDS[id].title)}
      {chord !== "" && <kbd>{chord}</kbd>}
    </DropdownMenu.Item>
  );
}
