/** Templates as they are looked for: searched, filtered, in order. */
import type { NeededModel, PackTemplate, TemplateInfo } from "@/api/templates";
import { finder } from "@/ui/words";

export interface Card {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly family: string | null;
  readonly models: readonly NeededModel[];
  readonly runs: boolean;
  readonly picture: string | null;
  /** The pack that brings it; null for the program's own. */
  readonly pack: PackTemplate | null;
  readonly file: string;
}

export type Order = "task" | "name" | "runs";

export interface Filter {
  readonly query: string;
  readonly task: string;
  readonly family: string;
  /** Only what runs with the models that are here. */
  readonly runs: boolean;
  readonly order: Order;
}

export const ALL: Filter = { query: "", task: "", family: "", runs: false, order: "runs" };

const words = (name: string): string => name.replace(/\.json$/, "").replaceAll("_", " ");

export const cardOf = (template: TemplateInfo): Card => ({
  ...{ id: template.name, file: template.name, title: template.title || words(template.name), description: template.description ?? "" },
  ...{ tags: template.tags, family: template.family ?? null, models: template.models, runs: template.runs, picture: template.picture ?? null, pack: null },
});

export const packCard = (template: PackTemplate, picture: string): Card => ({
  ...{ id: `${template.pack}/${template.name}`, file: template.name, title: words(template.name), description: "" },
  ...{ tags: [template.pack], family: null, models: [], runs: true, picture, pack: template },
});

/** Tags that say what a template does, most used first: its family has a choice of its own. */
export function tasksOf(cards: readonly Card[]): readonly string[] {
  const families = new Set(familiesOf(cards));
  const count = new Map<string, number>();
  for (const tag of cards.flatMap((card) => card.tags)) if (!families.has(tag)) count.set(tag, (count.get(tag) ?? 0) + 1);
  return [...count].sort(([a, n], [b, m]) => m - n || a.localeCompare(b)).map(([tag]) => tag);
}

export const familiesOf = (cards: readonly Card[]): readonly string[] => [...new Set(cards.flatMap((card) => (card.family === null ? [] : [card.family])))].sort();

const haystack = (card: Card): string => [card.title, card.description, card.file, ...card.tags, card.family ?? "", card.pack?.pack ?? "", ...card.models.map((model) => model.name)].join(" ");

export function filtered(cards: readonly Card[], { query, task, family, runs, order }: Filter): readonly Card[] {
  const isFound = finder(query);
  const found = cards.filter((card) => {
    return isFound(haystack(card)) && (task === "" || card.tags.includes(task)) && (family === "" || card.family === family) && (!runs || card.runs);
  });
  const inTitle = (card: Card): number => (isFound(card.title) ? 0 : 1);
  const byName = (a: Card, b: Card): number => a.title.localeCompare(b.title);
  const taskOf = (card: Card): string => card.tags.find((tag) => tag !== card.family) ?? "~";
  const orders: Readonly<Record<Order, (a: Card, b: Card) => number>> = {
    name: byName,
    runs: (a, b) => Number(b.runs) - Number(a.runs) || byName(a, b),
    task: (a, b) => taskOf(a).localeCompare(taskOf(b)) || byName(a, b),
  };
  return found.sort((a, b) => inTitle(a) - inTitle(b) || orders[order](a, b));
}

export const missingOf = ({ models }: Card): readonly NeededModel[] => models.filter((model) => !model.isThere);
