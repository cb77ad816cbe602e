/** Every gesture and key on one sheet, with search. */
import { useState } from "react";

import { hasMessage, t } from "@/i18n";
import { uiStore } from "@/session/ui";
import { openSettings } from "@/settings/open";
import { Dialog } from "@/ui/Dialog";
import { SearchField } from "@/ui/SearchField";
import { finder } from "@/ui/words";

import { chordsOf } from "./bindings";
import { GESTURES, type GestureGroup } from "./gestures";
import { chordLabel } from "./keymap";
import { commandTable, type CommandGroup } from "./registry";
import styles from "./Shortcuts.module.css";

interface Line {
  readonly what: string;
  readonly how: readonly string[];
}

interface Sheet {
  readonly title: string;
  readonly lines: readonly Line[];
}

const GROUPS: readonly CommandGroup[] = ["run", "file", "edit", "nodes", "links", "arrange", "values", "subgraphs", "view", "panels", "help"];
const close = (): void => uiStore.setState({ shortcuts: false });

const keys = (group: CommandGroup): Sheet => ({
  title: t(`manual.group.${group}`),
  lines: Object.entries(commandTable())
    .filter(([id, command]) => command.group === group && chordsOf(id).length > 0)
    .map(([id, { title }]) => ({ what: t(title), how: chordsOf(id).map(chordLabel) })),
});

const gestures = (group: GestureGroup): Sheet => ({
  title: `${t("manual.gestures")} · ${t(`gestures.group.${group}`)}`,
  lines: GESTURES[group].flatMap((id) => {
    const [how, what] = [`gestures.${group}.${id}.how`, `gestures.${group}.${id}.what`];
    return hasMessage(how) && hasMessage(what) ? [{ what: t(what), how: [t(how)] }] : [];
  }),
});

export function ShortcutsDialog() {
  const isOpen = uiStore((state) => state.shortcuts);
  return (
    <Dialog title={t("shortcut.title")} isOpen={isOpen} wide onClose={close}>
      {isOpen && <Sheets />}
    </Dialog>
  );
}

function Sheets() {
  const [query, setQuery] = useState("");
  const isFound = finder(query);
  const sheets = [...GROUPS.map(keys), ...(Object.keys(GESTURES) as GestureGroup[]).map(gestures)]
    .map(({ title, lines }) => ({ title, lines: lines.filter(({ what, how }) => isFound(`${what} ${how.join(" ")}`)) }))
    .filter(({ lines }) => lines.length > 0);
  return (
    <>
      <div className={styles.head}>
        <SearchField className={styles.search} label={t("settings.bindings.search")} query={query} onQuery={setQuery} />
        <button
          type="button"
          className={styles.change}
          onClick={() => {
            close();
            openSettings("keys");
          }}
        >
          {t("shortcut.change")}
        </button>
      </div>
      {/* Reached by Tab, so that arrow keys scroll it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.sheets} tabIndex={0} role="region" aria-label={t("shortcut.title")}>
        <div className={styles.columns}>
          {sheets.map(({ title, lines }) => (
            <section key={title} className={styles.sheet}>
              <h3>{title}</h3>
              <dl>
                {lines.map(({ what, how }) => (
                  <div key={what + how.join()}>
                    <dt>{what}</dt>
                    <dd>
                      {how.map((one) => (
                        <kbd key={one}>{one}</kbd>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </>
  );
}
