/** Pictures to choose from, inside of the node that asks or in the large view. */
import { Check, Maximize2 } from "lucide-react";
import { useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";

import { viewUrl } from "@/api/client";
import { t } from "@/i18n";
import type { Question } from "@/runtime/store";

import { keepChoice, useChoice } from "./choices";
import { allOrNone, digitOf, isEnough, most, stepTo, toggled, type Choice } from "./choice";
import styles from "./Chooser.module.css";
import { openChooser, send, stop } from "./questions";

interface Props {
  /** Where the run state of the node is kept; null when its workflow is not open here. */
  readonly at: string | null;
  readonly question: Question;
  readonly title: string;
  readonly isLarge?: boolean;
  readonly onDone?: () => void;
}

export function Chooser({ at, question, title, isLarge = false, onDone }: Props) {
  const choice = useChoice(question);
  const [focused, setFocused] = useState(0);
  const [isSending, setSending] = useState(false);
  const grid = useRef<HTMLDivElement>(null);
  const set = (next: Choice): void => keepChoice(question, next);
  const answer = async (): Promise<void> => {
    if (!isEnough(choice, question) || isSending) return;
    setSending(true);
    const isTaken = await send(question, choice);
    setSending(false);
    if (isTaken) onDone?.();
  };
  useLayoutEffect(() => {
    if (isLarge) grid.current?.querySelector("button")?.focus();
  }, [isLarge]);
  const columns = (): number => getComputedStyle(grid.current ?? document.body).gridTemplateColumns.split(" ").length;
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inGrid = grid.current?.contains(event.target as Node) === true;
    const digit = digitOf(event.key);
    const next = inGrid ? stepTo(event.key, focused, question.images.length, columns()) : null;
    if (digit !== null) set(toggled(choice, digit, question));
    else if (next !== null) focus(next);
    else if (event.key === "Enter" && inGrid) void answer();
    else if (event.key === "a" && inGrid) set(allOrNone(choice, question));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const focus = (index: number): void => {
    setFocused(index);
    grid.current?.querySelectorAll("button")[index]?.focus();
  };
  return (
    // The keys are those of the pictures inside, each of which is a button.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className={`${styles.chooser} nodrag nopan nowheel`} data-large={isLarge || undefined} data-panel={at === null || undefined} data-testid="chooser" onKeyDown={onKeyDown}>
      <header className={styles.head}>
        <div>
          {question.message !== "" && <p className={styles.message}>{question.message}</p>}
          <p className={styles.limits}>{wish(question)}</p>
        </div>
        {!isLarge && at !== null && (
          <button type="button" className={styles.icon} aria-label={t("chooser.large")} title={t("chooser.large")} onClick={() => openChooser(at)}>
            <Maximize2 size={14} />
          </button>
        )}
      </header>
      <div ref={grid} className={styles.grid} role="group" aria-label={t("chooser.grid")} style={isLarge ? undefined : { gridTemplateColumns: `repeat(${Math.min(question.images.length, question.images.length > 9 ? 4 : 3)}, minmax(0, 1fr))` }}>
        {question.images.map((image, index) => {
          const place = choice.indexOf(index);
          return (
            <button
              key={`${image.subfolder}/${image.filename}`}
              type="button"
              className={styles.picture}
              aria-pressed={place >= 0}
              aria-label={t("chooser.picture", { index: index + 1, total: question.images.length })}
              tabIndex={index === focused ? 0 : -1}
              onFocus={() => setFocused(index)}
              onClick={() => set(toggled(choice, index, question))}
            >
              <img src={viewUrl(image, !isLarge)} alt="" decoding="async" draggable={false} />
              {index < 9 && <kbd className={styles.digit}>{index + 1}</kbd>}
              {place >= 0 && <span className={styles.mark}>{most(question) === 1 ? <Check size={14} aria-hidden /> : place + 1}</span>}
            </button>
          );
        })}
      </div>
      <footer className={styles.foot}>
        <span className={styles.count} role="status">{t("chooser.chosen", { count: choice.length, most: most(question) })}</span>
        <button type="button" className={styles.stop} onClick={() => { void stop(question); onDone?.(); }}>
          {t("chooser.stop")}
        </button>
        <button type="button" className={styles.go} disabled={!isEnough(choice, question) || isSending} onClick={() => void answer()}>
          {choice.length > 0 ? t("chooser.goOnWith", { count: choice.length }) : t("chooser.goOn")}
        </button>
      </footer>
      <span className="visually-hidden">{title}</span>
    </div>
  );
}

/** How many are wanted, in words. */
function wish(question: Question): string {
  const { least } = question;
  const top = most(question);
  if (least === top) return t("chooser.exactly", { count: least });
  if (least <= 0) return t("chooser.upTo", { most: top });
  return top >= question.images.length ? t("chooser.least", { count: least }) : t("chooser.between", { least, most: top });
}
