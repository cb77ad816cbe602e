/** All settings, by group or by search. */
import { lazy, Suspense, type KeyboardEvent } from "react";

import { t } from "@/i18n";
import { Dialog } from "@/ui/Dialog";
import { SearchField } from "@/ui/SearchField";
import { finder } from "@/ui/words";

import { openSettings, settingsUi } from "./open";
import { SettingRow } from "./SettingRow";
import styles from "./Settings.module.css";
import { SETTINGS, type Setting, type SettingGroup, type SettingId } from "./table";

const Bindings = lazy(async () => ({ default: (await import("./Bindings")).Bindings }));
const Palettes = lazy(async () => ({ default: (await import("./Palettes")).Palettes }));

const GROUPS: readonly SettingGroup[] = ["appearance", "canvas", "running", "files", "keys"];
const IDS = Object.keys(SETTINGS) as SettingId[];

const close = (): void => settingsUi.setState({ group: null });
const setQuery = (query: string): void => settingsUi.setState({ query });

function found(query: string): readonly SettingId[] {
  const isFound = finder(query);
  return IDS.filter((id) => {
    const { title, group, hint }: Setting = SETTINGS[id];
    return isFound(`${t(title)} ${hint === undefined ? "" : t(hint)} ${t(`settings.groups.${group}`)}`);
  });
}

export function SettingsDialog() {
  const { group, query } = settingsUi();
  const shown = query.trim() === "" ? IDS.filter((id) => SETTINGS[id].group === group) : found(query);
  return (
    <Dialog title={t("settings.title")} isOpen={group !== null} onClose={close} wide>
      <SearchField className={styles.search} label={t("settings.search")} query={query} onQuery={setQuery} />
      <div className={styles.columns}>
        <div className={styles.groups} role="tablist" aria-label={t("settings.title")} aria-orientation="vertical">
          {GROUPS.map((item) => (
            <button
              key={item}
              type="button"
              role="tab"
              id={`settings-${item}`}
              aria-selected={query === "" && item === group}
              tabIndex={item === group ? 0 : -1}
              onKeyDown={moveAlong}
              onClick={() => openSettings(item)}
            >
              {t(`settings.groups.${item}`)}
            </button>
          ))}
        </div>
        <div className={styles.list} role="tabpanel" aria-labelledby={`settings-${group ?? "appearance"}`} tabIndex={-1}>
          {shown.map((id) => (
            <One key={id} id={id} />
          ))}
          {shown.length === 0 && <p className={styles.hint}>{t("settings.none", { query })}</p>}
        </div>
      </div>
    </Dialog>
  );
}

function One({ id }: { readonly id: SettingId }) {
  const { kind } = SETTINGS[id];
  if (kind === "bindings" || kind === "palettes") {
    const Editor = kind === "bindings" ? Bindings : Palettes;
    return (
      <Suspense fallback={<p className={styles.hint}>{t("app.opening")}</p>}>
        <Editor />
      </Suspense>
    );
  }
  return <SettingRow id={id} />;
}

function moveAlong(event: KeyboardEvent<HTMLButtonElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const tabs = [...(event.currentTarget.parentElement?.querySelectorAll<HTMLButtonElement>("[role=tab]") ?? [])];
  const next = tabs[(tabs.indexOf(event.currentTarget) + step + tabs.length) % tabs.length];
  next?.focus();
  next?.click();
}
