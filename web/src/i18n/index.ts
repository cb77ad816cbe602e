/** The one catalogue of strings: a file for each room. */
import i18next from "i18next";

import base from "./en/base.json";
import tabs from "./en/tabs.json";
import type { Rooms } from "./more";

/** What is said even when nothing more can be fetched; the other rooms' strings come with `more`. */
const FIRST = { ...base, tabs };

type Plural<Key extends string> = Key extends `${infer Stem}_${"one" | "other"}` ? Stem | Key : Key;
type Leaves<Tree, Path extends string = ""> = {
  [Key in keyof Tree & string]: Tree[Key] extends string ? `${Path}${Plural<Key>}` : Leaves<Tree[Key], `${Path}${Key}.`>;
}[keyof Tree & string];

export type MessageKey = Leaves<typeof FIRST & Rooms>;

void i18next.init({
  lng: "en",
  fallbackLng: "en",
  resources: { en: { translation: FIRST } },
  interpolation: { escapeValue: false },
  initAsync: false,
});

export function t(key: MessageKey, values: Record<string, string | number> = {}): string {
  return i18next.t(key, values);
}

/** In which dates are written, too. */
export const language = (): string => i18next.language;

export const hasMessage = (key: string): key is MessageKey => i18next.exists(key);
