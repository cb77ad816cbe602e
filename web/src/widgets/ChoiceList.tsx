/** A searchable list; long ones show the best two hundred. */
import { Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { text as asText } from "@/formats/file";
import type { Json } from "@/formats/json";
import { t } from "@/i18n";

import styles from "./ComboField.module.css";

const SHOWN = 200;
/** Fewer choices than this are seen at a glance. */
const SEARCH_FROM = 8;

interface Props {
  readonly id: string;
  readonly label: string;
  readonly choices: readonly Json[];
  readonly value: Json;
  readonly mark: ReactNode;
  readonly onChoose: (value: Json) => void;
}

/** All typed words must occur; names that start with the first come first. */
export function searchChoices(choices: readonly Json[], query: string): Json[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = choices.filter((choice) => words.every((word) => asText(choice).toLowerCase().includes(word)));
  const first = words[0];
  if (first === undefined) return found;
  return found.sort((a, b) => Number(asText(b).toLowerCase().startsWith(first)) - Number(asText(a).toLowerCase().startsWith(first)));
}

export function ChoiceList({ id, label, choices, value, mark, onChoose }: Props) {
  const [query, setQuery] = useState("");
  const found = useMemo(() => searchChoices(choices, query).slice(0, SHOWN), [choices, query]);
  const [active, setActive] = useState(() => Math.max(0, choices.indexOf(value)));
  const list = useRef<HTMLUListElement>(null);
  const hasSearch = choices.length >= SEARCH_FROM;
  useEffect(() => {
    list.current?.querySelector("[data-active]")?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const last = found.length - 1;
    if (event.key === "ArrowDown") setActive(Math.min(last, active + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(0, active - 1));
    else if (event.key === "Home" && !hasSearch) setActive(0);
    else if (event.key === "End" && !hasSearch) setActive(last);
    else if (event.key === "Enter" && found[active] !== undefined) onChoose(found[active]);
    else return;
    event.preventDefault();
  };
  const activeId = `${id}-${active}`;
  return (
    // The list takes the keys itself when it is too short to be searched.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div onKeyDown={onKeyDown}>
      {hasSearch && (
        <div className={styles.search}>
          <Search size={14} />
          <input
            autoFocus
            role="combobox"
            aria-expanded
            aria-controls={id}
            aria-activedescendant={activeId}
            aria-label={label}
            placeholder={t("widget.search")}
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setActive(0);
            }}
          />
        </div>
      )}
      <ul ref={list} id={id} className={styles.list} role="listbox" aria-label={label} tabIndex={hasSearch ? -1 : 0} aria-activedescendant={activeId}>
        {found.map((choice, i) => (
          // Keys are handled by the list around them.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <li
            key={`${asText(choice)}-${i}`}
            id={`${id}-${i}`}
            role="option"
            aria-selected={choice === value}
            data-active={i === active || undefined}
            className={styles.option}
            title={asText(choice)}
            onPointerMove={() => setActive(i)}
            onClick={() => onChoose(choice)}
          >
            <span className={styles.name}>{asText(choice)}</span>
            {choice === value && mark}
          </li>
        ))}
        {found.length === 0 && <li className={styles.none}>{t("widget.none")}</li>}
      </ul>
    </div>
  );
}
