/** One setting: its name, what it does, its control, and the way back to what it was at first. */
import { RotateCcw } from "lucide-react";
import { useId } from "react";

import { languageChoices } from "@/i18n/languages";
import { hasMessage, t } from "@/i18n";
import { IconButton } from "@/ui/IconButton";

import { BUILT_IN, ownPalettes } from "./palettes";
import styles from "./Settings.module.css";
import { resetSetting, setSetting, useSetting } from "./store";
import { INITIAL, SETTINGS, type Amount, type Choice, type Setting, type SettingId } from "./table";

export function SettingRow({ id }: { readonly id: SettingId }) {
  const key = useId();
  const setting: Setting = SETTINGS[id];
  const value = useSetting(id);
  const name = t(setting.title);
  return (
    <div className={styles.row}>
      <div className={styles.words}>
        <label htmlFor={key}>{name}</label>
        {setting.hint !== undefined && <p id={`${key}-hint`}>{t(setting.hint)}</p>}
      </div>
      <div className={styles.control}>
        {value !== INITIAL[id] && (
          <IconButton label={t("settings.reset", { name })} onClick={() => resetSetting(id)}>
            <RotateCcw size={13} />
          </IconButton>
        )}
        {setting.kind === "toggle" && (
          <input id={key} type="checkbox" role="switch" className={styles.switch} checked={value === true} aria-describedby={`${key}-hint`} onChange={(event) => setSetting(id, event.target.checked as never)} />
        )}
        {setting.kind === "choice" && <Choices id={id} domId={key} setting={setting} />}
        {setting.kind === "amount" && <Number id={id} domId={key} setting={setting} />}
      </div>
    </div>
  );
}

function Choices({ id, domId, setting }: { readonly id: SettingId; readonly domId: string; readonly setting: Choice }) {
  const value = useSetting(id) as unknown as string;
  const palettes = useSetting("palettes");
  const more: Choice["choices"] =
    id === "palette" ? [...BUILT_IN, ...ownPalettes(palettes)].map((palette) => [palette.id, palette.name]) : id === "language" ? languageChoices() : [];
  return (
    <select id={domId} className={styles.select} value={value} onChange={(event) => setSetting(id, event.target.value as never)}>
      {[...setting.choices, ...more].map(([item, name]) => (
        <option key={item} value={item}>
          {hasMessage(name) ? t(name) : name}
        </option>
      ))}
    </select>
  );
}

function Number({ id, domId, setting }: { readonly id: SettingId; readonly domId: string; readonly setting: Amount }) {
  const value = useSetting(id) as unknown as number;
  const { min, max, step, unit } = setting;
  const set = (next: number): void => {
    if (next >= min && next <= max) setSetting(id, next as never);
  };
  return (
    <span className={styles.amount}>
      {max - min <= 200 && <input type="range" aria-label={t(setting.title)} min={min} max={max} step={step} value={value} onChange={(event) => set(event.target.valueAsNumber)} />}
      <input id={domId} type="number" className={styles.number} min={min} max={max} step={step} value={value} onChange={(event) => set(event.target.valueAsNumber)} />
      <span>{unit}</span>
    </span>
  );
}
