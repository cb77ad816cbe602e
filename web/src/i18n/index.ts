/** The one catalogue of strings. */
import i18next from "i18next";

import en from "./en.json";

type Plural<Key extends string> = Key extends `${infer Stem}_${"one" | "other"}` ? Stem | Key : Key;
type Leaves<Tree, Path extends string = ""> = {
  [Key in keyof Tree & string]: Tree[Key] extends string ? `${Path}${Plural<Key>}` : Leaves<Tree[Key], `${Path}${Key}.`>;
}[keyof Tree & string];

export type MessageKey = Leaves<typeof en>;

void i18next.init({
  lng: "en",
  fallbackLng: "en",
  resources: { en: { translation: en } },
  interpolation: { escapeValue: false },
  initAsync: false,
});

export function t(key: MessageKey, values: Record<string, string | number> = {}): string {
  return i18next.t(key, values);
}

export const hasMessage = (key: string): key is MessageKey => i18next.exists(key);
