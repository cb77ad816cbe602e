/** Ready-made workflows to begin with: as cards, searched and filtered. */
import { useEffect, useMemo, useState, type KeyboardEvent } from "react";

import { fetchPackTemplates, fetchTemplateList, packPictureUrl } from "@/api/templates";
import { t } from "@/i18n";
import { Dialog } from "@/ui/Dialog";
import { SearchField } from "@/ui/SearchField";

import { ALL, cardOf, familiesOf, filtered, packCard, tasksOf, type Card, type Filter, type Order } from "./listing";
import { closeTemplates, templatesUi } from "./store";
import { TemplateCard } from "./TemplateCard";
import styles from "./Templates.module.css";

const ORDERS: readonly Order[] = ["runs", "task", "name"];

export function TemplatesDialog() {
  const isOpen = templatesUi((state) => state.isOpen);
  return (
    <Dialog title={t("templates.title")} description={t("templates.hint")} isOpen={isOpen} wide onClose={closeTemplates}>
      {isOpen && <Browser />}
    </Dialog>
  );
}

type Found = { readonly phase: "reading" | "failed" } | { readonly phase: "done"; readonly cards: readonly Card[] };

async function readCards(): Promise<readonly Card[]> {
  const [own, packs] = await Promise.all([fetchTemplateList(), fetchPackTemplates()]);
  return [...own.map(cardOf), ...packs.map((template) => packCard(template, packPictureUrl(template)))];
}

function Browser() {
  const [found, setFound] = useState<Found>({ phase: "reading" });
  const [filter, setFilter] = useState<Filter>(ALL);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let isWanted = true;
    readCards().then(
      (cards) => isWanted && setFound({ phase: "done", cards }),
      () => isWanted && setFound({ phase: "failed" }),
    );
    return () => {
      isWanted = false;
    };
  }, [tries]);
  const cards = found.phase === "done" ? found.cards : [];
  const shown = useMemo(() => filtered(found.phase === "done" ? found.cards : [], filter), [found, filter]);
  const set = (change: Partial<Filter>): void => setFilter((before) => ({ ...before, ...change }));
  return (
    <div className={styles.browser}>
      <div className={styles.bar} role="search">
        <SearchField className={styles.search} label={t("templates.search")} query={filter.query} onQuery={(query) => set({ query })} autoFocus onKeyDown={toFirstCard} />
        <Choice label={t("templates.task")} all={t("templates.anyTask")} value={filter.task} choices={tasksOf(cards)} onChange={(task) => set({ task })} />
        <Choice label={t("templates.family")} all={t("templates.anyFamily")} value={filter.family} choices={familiesOf(cards)} onChange={(family) => set({ family })} />
        <select className={styles.choice} aria-label={t("templates.order")} value={filter.order} onChange={(event) => set({ order: ORDERS.find((order) => order === event.target.value) ?? "runs" })}>
          {ORDERS.map((order) => (
            <option key={order} value={order}>
              {t(`templates.orders.${order}`)}
            </option>
          ))}
        </select>
        <label className={styles.check}>
          <input type="checkbox" checked={filter.runs} onChange={(event) => set({ runs: event.target.checked })} />
          {t("templates.runsOnly")}
        </label>
      </div>
      <p className={styles.count} aria-live="polite">
        {found.phase === "reading" ? t("app.opening") : found.phase === "failed" ? t("templates.failed") : shown.length === 0 ? t("templates.none") : t("templates.count", { count: shown.length })}
        {found.phase === "failed" && (
          <button type="button" className={styles.link} onClick={() => setTries(tries + 1)}>
            {t("run.retry")}
          </button>
        )}
        {found.phase === "done" && shown.length === 0 && (
          <button type="button" className={styles.link} onClick={() => setFilter(ALL)}>
            {t("templates.all")}
          </button>
        )}
      </p>
      {/* Arrow keys go among the cards, which are buttons by themselves. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul className={styles.cards} onKeyDown={moveAmongCards}>
        {shown.map((card) => (
          <TemplateCard key={card.id} card={card} />
        ))}
      </ul>
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly all: string;
  readonly value: string;
  readonly choices: readonly string[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, all, value, choices, onChange }: ChoiceProps) {
  return (
    <select className={styles.choice} aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{all}</option>
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {choice}
        </option>
      ))}
    </select>
  );
}

const cardsIn = (root: Element | null | undefined): readonly HTMLElement[] => [...(root?.querySelectorAll<HTMLElement>("[data-card]") ?? [])];

function toFirstCard(event: KeyboardEvent<HTMLInputElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "Enter") return;
  const first = cardsIn(event.currentTarget.closest("[role=dialog]"))[0];
  event.preventDefault();
  if (event.key === "Enter") first?.click();
  else first?.focus();
}

/** Up and down by rows, as many cards as stand side by side. */
function moveAmongCards(event: KeyboardEvent<HTMLElement>): void {
  const cards = cardsIn(event.currentTarget);
  const at = cards.findIndex((card) => card === document.activeElement);
  if (at < 0) return;
  const top = cards[0]?.getBoundingClientRect().top;
  const columns = Math.max(1, cards.filter((card) => card.getBoundingClientRect().top === top).length);
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  const next = event.key === "Home" ? cards[0] : event.key === "End" ? cards[cards.length - 1] : step === undefined ? undefined : cards[at + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
