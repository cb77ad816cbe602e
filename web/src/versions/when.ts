/** Times as people say them. */
import { language, t } from "@/i18n";

const DAY = 24 * 3600 * 1000;

const startOfDay = (time: number): number => new Date(time).setHours(0, 0, 0, 0);

/** "Today", "Yesterday", or the date. */
export function dayOf(saved: number, now = Date.now()): string {
  const days = Math.round((startOfDay(now) - startOfDay(saved)) / DAY);
  if (days === 0) return t("versions.today");
  if (days === 1) return t("versions.yesterday");
  return new Intl.DateTimeFormat(language(), { dateStyle: "medium" }).format(saved);
}

export const timeOf = (saved: number): string => new Intl.DateTimeFormat(language(), { timeStyle: "medium" }).format(saved);

export const whenOf = (saved: number): string => `${dayOf(saved)}, ${timeOf(saved)}`;
