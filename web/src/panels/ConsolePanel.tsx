/** Below the canvas: the errors of the workflow, and the server's log with how the server is. */
import { X } from "lucide-react";
import { Tabs } from "radix-ui";

import { t } from "@/i18n";
import { IconButton } from "@/ui/IconButton";

import { consoleStore, type ConsoleTab } from "./console";
import styles from "./Console.module.css";
import { ErrorList, useTroubles } from "./ErrorList";
import { LogView } from "./LogView";

export function ConsolePanel() {
  const tab = consoleStore((state) => state.tab);
  const troubles = useTroubles();
  if (tab === null) return null;
  return (
    <section className={styles.console} aria-label={t("help.console")}>
      <Tabs.Root className={styles.tabs} value={tab} onValueChange={(value) => consoleStore.setState({ tab: value as ConsoleTab })}>
        <div className={styles.head}>
          <Tabs.List className={styles.list} aria-label={t("help.console")}>
            <Tabs.Trigger className={styles.tab} value="errors">
              {t("help.errors.title")}
              {troubles.length > 0 && <span className={styles.badge}>{troubles.length}</span>}
            </Tabs.Trigger>
            <Tabs.Trigger className={styles.tab} value="log">
              {t("help.log.title")}
            </Tabs.Trigger>
          </Tabs.List>
          <IconButton label={t("action.close")} onClick={() => consoleStore.setState({ tab: null })}>
            <X size={15} />
          </IconButton>
        </div>
        <Tabs.Content className={styles.body} value="errors">
          <ErrorList />
        </Tabs.Content>
        <Tabs.Content className={styles.body} value="log">
          <LogView />
        </Tabs.Content>
      </Tabs.Root>
    </section>
  );
}
