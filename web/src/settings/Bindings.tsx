/** The keys of every command, changed by pressing them. */
import { Plus, RotateCcw, X } from "lucide-react";
import { useState, type KeyboardEvent } from "react";
import { toast } from "sonner";

import { isObject, type Json } from "@/formats/json";
import { t } from "@/i18n";
import { chordOf, chordsOf, isChanged, resetAllChords, setChords, usersOf } from "@/palette/bindings";
import { chordLabel } from "@/palette/keymap";
import { commandTable } from "@/palette/registry";
import { IconButton } from "@/ui/IconButton";
import { SearchField } from "@/ui/SearchField";
import { pickText, saveText } from "@/ui/textFile";
import { finder } from "@/ui/words";

import styles from "./Settings.module.css";
import { setSetting, setting, useSetting } from "./store";

/** A key being recorded: of which command, and in the place of which chord. */
interface Recording {
  readonly command: string;
  readonly replaced: string | null;
}

export function Bindings() {
  // Drawn anew when either changes.
  useSetting("bindings");
  useSetting("keyPreset");
  const [query, setQuery] = useState("");
  const [recording, setRecording] = useState<Recording | null>(null);
  const isFound = finder(query);
  const shown = Object.entries(commandTable()).filter(([id, { title }]) => isFound(`${t(title)} ${chordsOf(id).map(chordLabel).join(" ")}`));
  const record = (event: KeyboardEvent): void => {
    if (recording === null) return;
    const chord = chordOf(event.nativeEvent);
    if (event.key === "Tab") return setRecording(null);
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return setRecording(null);
    if (chord === null) return;
    const kept = chordsOf(recording.command).filter((other) => other !== recording.replaced && other !== chord);
    setChords(recording.command, [...kept, chord]);
    setRecording(null);
  };
  return (
    <section className={styles.editor} aria-label={t("settings.bindings.title")}>
      <header className={styles.editorHead}>
        <h3>{t("settings.bindings.title")}</h3>
        <button type="button" className={styles.quiet} onClick={resetAllChords}>
          {t("settings.bindings.resetAll")}
        </button>
        <button type="button" className={styles.quiet} onClick={() => saveText("heddle-keys.json", JSON.stringify(setting("bindings"), null, 2))}>
          {t("settings.bindings.export")}
        </button>
        <button type="button" className={styles.quiet} onClick={() => void importKeys()}>
          {t("settings.bindings.import")}
        </button>
      </header>
      <SearchField className={styles.search} label={t("settings.bindings.search")} query={query} onQuery={setQuery} />
      <ul className={styles.bindings} data-keeps-escape={recording !== null || undefined} onKeyDownCapture={record}>
        {shown.map(([id, { title }]) => {
          const command = t(title);
          const chords = chordsOf(id);
          const isRecording = recording?.command === id;
          return (
            <li key={id} className={styles.binding}>
              <span className={styles.command}>{command}</span>
              <span className={styles.chords}>
                {chords.map((chord) => (
                  <span key={chord} className={styles.chord} data-clash={usersOf(chord, id).length > 0 || undefined}>
                    <button type="button" title={clash(chord, id)} aria-label={isRecording && recording.replaced === chord ? undefined : t("settings.bindings.change", { chord: chordLabel(chord), command })} onClick={() => setRecording({ command: id, replaced: chord })}>
                      <kbd>{isRecording && recording.replaced === chord ? t("settings.bindings.press") : chordLabel(chord)}</kbd>
                    </button>
                    <button type="button" className={styles.remove} aria-label={t("settings.bindings.remove", { chord: chordLabel(chord), command })} onClick={() => setChords(id, chords.filter((other) => other !== chord))}>
                      <X size={11} />
                    </button>
                  </span>
                ))}
                {isRecording && recording.replaced === null && <kbd className={styles.pressing}>{t("settings.bindings.press")}</kbd>}
                {isChanged(id) && (
                  <IconButton label={t("settings.bindings.reset", { command })} onClick={() => setChords(id, null)}>
                    <RotateCcw size={13} />
                  </IconButton>
                )}
                <IconButton label={t("settings.bindings.add", { command })} onClick={() => setRecording({ command: id, replaced: null })}>
                  <Plus size={14} />
                </IconButton>
              </span>
              {chords.map((chord) => clash(chord, id)).filter((text) => text !== undefined).map((text) => (
                <p key={text} className={styles.clash} role="status">
                  {text}
                </p>
              ))}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function clash(chord: string, id: string): string | undefined {
  const others = usersOf(chord, id);
  if (others.length === 0) return undefined;
  return t("settings.bindings.clash", { chord: chordLabel(chord), commands: others.map((other) => t(commandTable()[other]?.title ?? "action.more")).join(", ") });
}

async function importKeys(): Promise<void> {
  const file = await pickText(".json");
  if (file === null) return;
  try {
    const kept: unknown = JSON.parse(file.text);
    if (!isObject(kept) || !Object.values(kept).every(Array.isArray)) throw new SyntaxError("no keys");
    setSetting("bindings", kept as { [key: string]: Json });
  } catch {
    toast.error(t("settings.bindings.broken", { name: file.name }));
  }
}
