/** Find in the workflow: type, walk through what was found, on whatever page it stands. */
import { ChevronDown, ChevronUp, Search, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";

import { categoryColor } from "@/canvas/colors";
import { giveFocus, showExecuted } from "@/canvas/viewport";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { splitExecutionId } from "@/model/pages";
import { useDefs } from "@/session/store";
import { IconButton } from "@/ui/IconButton";

import styles from "./FindBar.module.css";
import { closeFind, findStore } from "./open";
import { entriesOf, excerpt, search, type Found } from "./search";

const SHOWN = 200;

export function FindBar() {
  const isOpen = findStore((state) => state.isOpen);
  return isOpen ? <OpenBar /> : null;
}

function OpenBar() {
  const query = findStore((state) => state.query);
  const whole = documentStore((state) => state.whole);
  const defs = useDefs();
  const entries = useMemo(() => entriesOf(whole, defs), [whole, defs]);
  const found = useMemo(() => search(entries, query), [entries, query]);
  /** Which one is shown; null until somebody goes to one. */
  const [at, setAt] = useState<number | null>(null);
  const [opener] = useState(() => document.activeElement);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const go = (index: number): void => {
    const next = found[index];
    if (next === undefined) return;
    setAt(index);
    showExecuted(next.entry.id);
    list.current?.children[index]?.scrollIntoView({ block: "nearest" });
    // Looking at a node takes the focus; typing goes on here.
    input.current?.focus();
  };
  const step = (by: 1 | -1): void => go(((at ?? (by > 0 ? -1 : 0)) + by + found.length) % found.length);
  /** Keys go on at what was found, else where they were before. */
  const leave = (): void => {
    const shown = at === null ? undefined : found[at];
    closeFind();
    if (shown !== undefined) giveFocus(splitExecutionId(shown.entry.id).node);
    else if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") leave();
    else if (event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey)) step(-1);
    else if (event.key === "ArrowDown" || event.key === "Enter") step(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <search className={styles.bar} aria-label={t("find.title")}>
      <div className={styles.head}>
        <Search size={14} aria-hidden />
        <input
          ref={input}
          data-testid="find-input"
          role="combobox"
          aria-expanded={found.length > 0}
          aria-controls="find-results"
          aria-label={t("find.title")}
          placeholder={t("find.placeholder")}
          spellCheck={false}
          onKeyDown={onKeyDown}
          value={query}
          onChange={(event) => {
            findStore.setState({ query: event.target.value });
            setAt(null);
          }}
        />
        <span className={styles.count} role="status">
          {query.trim() === "" ? "" : found.length === 0 ? t("find.none") : t("find.count", { index: (at ?? 0) + 1, total: found.length })}
        </span>
        <IconButton label={t("find.previous")} disabled={found.length === 0} onClick={() => step(-1)}>
          <ChevronUp size={15} />
        </IconButton>
        <IconButton label={t("find.next")} disabled={found.length === 0} onClick={() => step(1)}>
          <ChevronDown size={15} />
        </IconButton>
        <IconButton label={t("action.close")} onClick={leave}>
          <X size={15} />
        </IconButton>
      </div>
      {found.length > 0 && (
        <ul ref={list} id="find-results" className={styles.results} role="listbox" aria-label={t("find.results")}>
          {found.slice(0, SHOWN).map((item, index) => (
            <Row key={item.entry.id} item={item} query={query} isChosen={index === at} color={categoryColor(defs[item.entry.type]?.category ?? "")} onChoose={() => go(index)} />
          ))}
        </ul>
      )}
      {query.trim() === "" && <p className={styles.hint}>{t("find.hint")}</p>}
    </search>
  );
}

interface RowProps {
  readonly item: Found;
  readonly query: string;
  readonly isChosen: boolean;
  readonly color: string;
  readonly onChoose: () => void;
}

function Row({ item: { entry, where }, query, isChosen, color, onChoose }: RowProps) {
  return (
    // Keys are those of the field above, which keeps the focus.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <li role="option" tabIndex={-1} aria-selected={isChosen} className={styles.result} onClick={onChoose}>
      <span className={styles.mark} style={{ background: color }} aria-hidden />
      <span className={styles.title}>{[...entry.around, entry.title].join(" › ")}</span>
      <span className={styles.aside}>{where === null ? `#${entry.id}` : `${where[0].replaceAll("_", " ")}: ${excerpt(where[1], query)}`}</span>
    </li>
  );
}
