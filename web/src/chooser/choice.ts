/** What is chosen among the pictures of a question, and what the keys do to it. Pure. */
import type { Question } from "@/runtime/store";

export type Choice = readonly number[];

type Limits = Pick<Question, "least" | "most" | "images">;

/** As many as may be chosen. */
export const most = ({ most: told, images }: Limits): number => (told > 0 ? Math.min(told, images.length) : images.length);

/** In or out; where only one may be chosen, another takes its place, and where the limit is reached nothing is added. */
export function toggled(choice: Choice, index: number, limits: Limits): Choice {
  if (index < 0 || index >= limits.images.length) return choice;
  if (choice.includes(index)) return choice.filter((item) => item !== index);
  if (most(limits) === 1) return [index];
  return choice.length >= most(limits) ? choice : [...choice, index];
}

export const isEnough = (choice: Choice, limits: Limits): boolean => choice.length >= limits.least && choice.length <= most(limits);

/** All that may be chosen, or none when they are. */
export function allOrNone(choice: Choice, limits: Limits): Choice {
  const all = limits.images.map((_image, index) => index).slice(0, most(limits));
  return choice.length === all.length ? [] : all;
}

/** Where the focus goes in a grid with so many columns; null for other keys. */
export function stepTo(key: string, from: number, count: number, columns: number): number | null {
  const within = (to: number): number => Math.max(0, Math.min(count - 1, to));
  if (key === "ArrowRight") return within(from + 1);
  if (key === "ArrowLeft") return within(from - 1);
  if (key === "ArrowDown") return from + columns < count ? from + columns : within(from);
  if (key === "ArrowUp") return from - columns >= 0 ? from - columns : within(from);
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}

/** The picture that a digit names: 1 is the first. */
export const digitOf = (key: string): number | null => (/^[1-9]$/.test(key) ? Number(key) - 1 : null);
