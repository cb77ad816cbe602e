/** Words and filters: each filter stands as a chip before the words, and goes with Backspace. */
import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { t } from "@/i18n";

import styles from "./GalleryRoom.module.css";
import { chipsOf, NO_FILTERS, takeFilters, without, type Chip } from "./query";
import { galleryStore, narrow } from "./store";

/** While somebody types the server is asked this much later, in milliseconds. */
const PAUSE = 180;

export function SearchField() {
  const { search, filters } = galleryStore();
  const [text, setText] = useState(search);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const chips = chipsOf(filters);
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = (typed: string, isDone: boolean): void => {
    const taken = takeFilters(typed, filters, isDone);
    setText(taken.text);
    clearTimeout(timer.current);
    if (isDone || taken.filters !== filters) narrow({ search: taken.text, filters: taken.filters });
    else timer.current = setTimeout(() => narrow({ search: taken.text }), PAUSE);
  };
  return (
    // Pressing anywhere in the frame is pressing into the field.
    <label className={styles.search}>
      <Search size={14} aria-hidden />
      {chips.map((chip) => (
        <span key={chip.key} className={styles.chip}>
          {nameOf(chip)}
          <button type="button" aria-label={t("outputs.removeFilter", { name: nameOf(chip) })} onClick={() => narrow({ filters: without(filters, chip.key) })}>
            <X size={12} />
          </button>
        </span>
      ))}
      <input
        value={text}
        aria-label={t("outputs.search")}
        placeholder={chips.length === 0 ? t("outputs.searchHint") : t("outputs.search")}
        spellCheck={false}
        data-testid="gallery-search"
        onChange={(event) => ask(event.target.value, false)}
        onKeyDown={(event) => {
          const last = chips[chips.length - 1];
          if (event.key === "Enter") ask(text, true);
          else if (event.key === "Backspace" && text === "" && last !== undefined) narrow({ filters: without(filters, last.key) });
          else if (event.key === "Escape" && (text !== "" || chips.length > 0)) {
            event.preventDefault();
            setText("");
            narrow({ search: "", filters: NO_FILTERS });
          } else if (event.key === "ArrowDown") {
            event.preventDefault();
            document.querySelector<HTMLElement>("[data-cell][tabindex='0']")?.focus();
          }
        }}
      />
    </label>
  );
}

function nameOf({ key, value }: Chip): string {
  return key === "favourite" ? t("outputs.favourites") : t("outputs.chip", { name: t(`outputs.filter.${key}`), value: value.replace(/\.safetensors$/, "") });
}
