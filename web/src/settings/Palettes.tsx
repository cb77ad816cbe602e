/** People's own palettes: made from the colours that are shown, changed one by one, kept as files. */
import { Download, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { isObject, type Json } from "@/formats/json";
import { t } from "@/i18n";
import { freshUuid } from "@/model/uuid";
import { IconButton } from "@/ui/IconButton";
import { pickText, saveText } from "@/ui/textFile";

import { shownTheme } from "./appearance";
import { contrast } from "./contrast";
import { ownPalettes, TOKENS, type Palette, type Token } from "./palettes";
import styles from "./Settings.module.css";
import { setSetting, setting, useSetting } from "./store";

const stored = ({ name, base, colors }: Palette): Json => ({ name, base, colors: { ...colors } });

function keep(palette: Palette): void {
  setSetting("palettes", { ...setting("palettes"), [palette.id]: stored(palette) });
}

function drop(id: string): void {
  setSetting("palettes", Object.fromEntries(Object.entries(setting("palettes")).filter(([other]) => other !== id)));
  if (setting("palette") === id) setSetting("palette", "");
}

/** The colours as they are on the page now. */
function colorsNow(): Record<Token, string> {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(TOKENS.map((token) => [token, style.getPropertyValue(`--${token}`).trim()])) as Record<Token, string>;
}

export function Palettes() {
  const own = ownPalettes(useSetting("palettes"));
  const [edited, setEdited] = useState<string | null>(null);
  const create = (): void => {
    const palette: Palette = { id: freshUuid(), name: t("settings.palettes.untitled"), base: shownTheme(), colors: colorsNow() };
    keep(palette);
    setSetting("palette", palette.id);
    setEdited(palette.id);
  };
  return (
    <section className={styles.editor} aria-label={t("settings.palettes.title")}>
      <header className={styles.editorHead}>
        <h3>{t("settings.palettes.title")}</h3>
        <button type="button" className={styles.quiet} onClick={create}>
          {t("settings.palettes.new")}
        </button>
        <button type="button" className={styles.quiet} onClick={() => void importPalette()}>
          {t("settings.palettes.import")}
        </button>
      </header>
      {own.length === 0 && <p className={styles.hint}>{t("settings.palettes.none")}</p>}
      {own.map((palette) => (
        <div key={palette.id}>
          <div className={styles.row}>
            <span className={styles.words}>{palette.name}</span>
            <span className={styles.control}>
              <IconButton label={t("settings.palettes.edit", { name: palette.name })} aria-expanded={edited === palette.id} onClick={() => setEdited(edited === palette.id ? null : palette.id)}>
                <Pencil size={13} />
              </IconButton>
              <IconButton label={t("settings.palettes.export", { name: palette.name })} onClick={() => saveText(`${palette.name}.palette.json`, JSON.stringify(stored(palette), null, 2))}>
                <Download size={13} />
              </IconButton>
              <IconButton label={t("settings.palettes.delete", { name: palette.name })} onClick={() => drop(palette.id)}>
                <Trash2 size={13} />
              </IconButton>
            </span>
          </div>
          {edited === palette.id && <Editor palette={palette} />}
        </div>
      ))}
    </section>
  );
}

function Editor({ palette }: { readonly palette: Palette }) {
  const ratio = contrast(palette.colors.text ?? "#000000", palette.colors.panel ?? "#ffffff");
  return (
    <div className={styles.palette}>
      <label className={styles.swatch}>
        <span>{t("settings.palettes.name")}</span>
        <input className={styles.select} value={palette.name} onChange={(event) => keep({ ...palette, name: event.target.value })} />
      </label>
      {TOKENS.map((token) => (
        <label key={token} className={styles.swatch}>
          <span>{t(`settings.palettes.token.${token}`)}</span>
          <input type="color" value={palette.colors[token] ?? "#000000"} onChange={(event) => keep({ ...palette, colors: { ...palette.colors, [token]: event.target.value } })} />
        </label>
      ))}
      <p className={styles.hint} role="status">
        {t("settings.palettes.contrast", { ratio: ratio.toFixed(1) })}
      </p>
    </div>
  );
}

async function importPalette(): Promise<void> {
  const file = await pickText(".json");
  if (file === null) return;
  try {
    const kept: unknown = JSON.parse(file.text);
    const palette = isObject(kept) ? ownPalettes({ [freshUuid()]: kept })[0] : undefined;
    if (palette === undefined) throw new SyntaxError("no palette");
    keep(palette);
    setSetting("palette", palette.id);
  } catch {
    toast.error(t("settings.palettes.broken", { name: file.name }));
  }
}
