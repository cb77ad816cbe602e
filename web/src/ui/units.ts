/** Times and sizes as people say them. */
import { language, t } from "@/i18n";

const DAY = 24 * 3600 * 1000;

/** Today by the clock, else with the day. */
export function when(time: number | null | undefined, now = Date.now()): string {
  if (time === null || time === undefined || time === 0) return "";
  const date = new Date(time);
  const clock = date.toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
  const isToday = new Date(now).toDateString() === date.toDateString();
  if (isToday) return clock;
  const isNear = now - time < 300 * DAY;
  return `${date.toLocaleDateString(language(), isNear ? { day: "numeric", month: "short" } : { day: "numeric", month: "short", year: "numeric" })}, ${clock}`;
}

/** What a run took. */
export function took(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 1) return t("jobs.time.milliseconds", { ms: Math.max(1, Math.round(milliseconds)) });
  if (seconds < 60) return t("jobs.time.seconds", { seconds: seconds < 10 ? seconds.toFixed(1) : Math.round(seconds) });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("jobs.time.minutes", { minutes, seconds: Math.round(seconds % 60) });
  return t("jobs.time.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** What a node took, in seconds: as short as a badge. */
export function duration(seconds: number): string {
  if (seconds < 0.1) return t("node.milliseconds", { ms: Math.max(1, Math.round(seconds * 1000)) });
  return t("node.seconds", { seconds: seconds < 10 ? seconds.toFixed(1) : Math.round(seconds) });
}

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** Bytes with the unit that keeps the number short. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit] ?? "B"}`;
}
