/** Languages other than English: each a file that is fetched when it is chosen. */
import i18next from "i18next";

type Catalogue = Record<string, unknown>;

const LOCALES = import.meta.glob<{ default: Catalogue }>("./locales/*.json");
const idOf = (path: string): string => /([^/]+)\.json$/.exec(path)?.[1] ?? "";

const KNOWN: readonly string[] = ["en", ...Object.keys(LOCALES).map(idOf)];

/** Language and script, which for Chinese the region tells: zh-HK is zh-Hant. Null for what is no language's name. */
function written(id: string): string | null {
  try {
    const { language, script } = new Intl.Locale(id).maximize();
    return `${language}-${script ?? ""}`;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** What there is, each by its own name; by its script where there is more than one. */
export const languageChoices = (): readonly (readonly [string, string])[] =>
  KNOWN.map((id) => {
    const hasSister = KNOWN.some((other) => other !== id && other.split("-")[0] === id.split("-")[0]);
    const named = hasSister ? (written(id) ?? id) : id;
    return [id, capital(new Intl.DisplayNames([id], { type: "language" }).of(named) ?? id, id)];
  });

const capital = (name: string, id: string): string => name.charAt(0).toLocaleUpperCase(id) + name.slice(1);

/** The language to show: the one that is set, or the first of the browser's that there is. */
export function chosenLanguage(set: string, wished: readonly string[] = navigator.languages): string {
  const wishes = set === "" ? wished : [set];
  for (const wish of wishes) {
    const found = KNOWN.find((id) => id === wish) ?? KNOWN.find((id) => written(id) === written(wish));
    if (found !== undefined) return found;
  }
  return "en";
}

/** What has no translation stays English. */
export async function speak(id: string): Promise<void> {
  const load = LOCALES[`./locales/${id}.json`];
  if (load !== undefined && !i18next.hasResourceBundle(id, "translation")) i18next.addResourceBundle(id, "translation", (await load()).default);
  await i18next.changeLanguage(id);
  document.documentElement.lang = id;
}
