/** Languages other than English: each a file that is fetched when it is chosen. */
import i18next from "i18next";

type Catalogue = Record<string, unknown>;

const LOCALES = import.meta.glob<{ default: Catalogue }>("./locales/*.json");
const idOf = (path: string): string => /([^/]+)\.json$/.exec(path)?.[1] ?? "";

/** What there is, each by its own name. */
export const languageChoices = (): readonly (readonly [string, string])[] =>
  ["en", ...Object.keys(LOCALES).map(idOf)].map((id) => [id, capital(new Intl.DisplayNames([id], { type: "language" }).of(id) ?? id, id)]);

const capital = (name: string, id: string): string => name.charAt(0).toLocaleUpperCase(id) + name.slice(1);

/** The language to show: the one that is set, or the first of the browser's that there is. */
export function chosenLanguage(set: string, wished: readonly string[] = navigator.languages): string {
  const known = new Set(["en", ...Object.keys(LOCALES).map(idOf)]);
  const wishes = set === "" ? wished : [set];
  return wishes.flatMap((wish) => [wish, wish.split("-")[0] ?? wish]).find((wish) => known.has(wish)) ?? "en";
}

/** What has no translation stays English. */
export async function speak(id: string): Promise<void> {
  const load = LOCALES[`./locales/${id}.json`];
  if (load !== undefined && !i18next.hasResourceBundle(id, "translation")) i18next.addResourceBundle(id, "translation", (await load()).default);
  await i18next.changeLanguage(id);
  document.documentElement.lang = id;
}
