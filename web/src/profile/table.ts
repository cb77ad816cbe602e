/** What the nodes of a run took, as a table: with the subgraphs around them, sorted, held against another run. Pure. */
import type { Measured } from "@/api/jobs";

export interface Cost {
  /** Execution id of a node of the canvas. */
  readonly id: string;
  readonly title: string;
  readonly type: string;
  readonly seconds: number;
  readonly peak: number | null;
  readonly cached: boolean;
  /** So many nodes took part: those that a node made, and those inside of a subgraph. */
  readonly parts: number;
  /** The same node in the other run. */
  readonly before: { readonly seconds: number; readonly peak: number | null; readonly cached: boolean } | null;
  readonly inside: readonly Cost[];
}

export type Column = "title" | "type" | "seconds" | "peak" | "cached" | "difference";

const most = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));

type Sum = Pick<Cost, "title" | "type" | "seconds" | "peak" | "cached" | "parts">;

/** Nodes that another one made count as part of it. */
function sums(nodes: readonly Measured[]): ReadonlyMap<string, Sum> {
  const found = new Map<string, Sum>();
  for (const node of nodes) {
    const id = node.display_node || node.node;
    const before = found.get(id);
    const isItself = id === node.node;
    found.set(id, {
      title: node.title || before?.title || id,
      type: isItself || before === undefined ? node.class_type : before.type,
      seconds: (before?.seconds ?? 0) + node.seconds,
      peak: most(before?.peak ?? null, node.peak_bytes),
      cached: (before?.cached ?? true) && node.cached,
      parts: (before?.parts ?? 0) + 1,
    });
  }
  return found;
}

export interface Names {
  /** Title and kind of the subgraph instance with this execution id. */
  readonly subgraph: (id: string) => string;
}

export function costs(nodes: readonly Measured[], against: readonly Measured[] | null, names: Names): readonly Cost[] {
  const [now, other] = [sums(nodes), against === null ? new Map<string, Sum>() : sums(against)];
  // Nodes that only the other run had took nothing here.
  const ids = [...new Set([...now.keys(), ...other.keys()])];
  const flat = ids.map((id): Cost => {
    const [sum, before] = [now.get(id), other.get(id)];
    const shown = sum ?? before;
    return {
      ...{ id, title: shown?.title ?? id, type: shown?.type ?? "", seconds: sum?.seconds ?? 0, peak: sum?.peak ?? null, cached: sum?.cached ?? false },
      ...{ parts: sum?.parts ?? 0, before: before === undefined ? null : { seconds: before.seconds, peak: before.peak, cached: before.cached }, inside: [] },
    };
  });
  return nested(flat, "", names);
}

/** Those right inside of `prefix`, subgraphs with all that is inside of them. */
function nested(flat: readonly Cost[], prefix: string, names: Names): readonly Cost[] {
  const rows: Cost[] = [];
  const done = new Set<string>();
  for (const cost of flat) {
    const rest = cost.id.slice(prefix.length);
    const step = rest.split(":")[0] ?? rest;
    if (step === rest) {
      rows.push(cost);
      continue;
    }
    if (done.has(step)) continue;
    done.add(step);
    const id = prefix + step;
    const inside = nested(flat.filter((other) => other.id.startsWith(`${id}:`)), `${id}:`, names);
    rows.push(whole(id, names.subgraph(id), inside));
  }
  return rows;
}

/** A subgraph takes as long as its nodes together, and as much memory as the greediest of them. */
function whole(id: string, title: string, inside: readonly Cost[]): Cost {
  const sum = (pick: (cost: Cost) => number): number => inside.reduce((total, cost) => total + pick(cost), 0);
  const had = inside.filter((cost) => cost.before !== null);
  return {
    ...{ id, title, type: "", inside, parts: sum((cost) => cost.parts), seconds: sum((cost) => cost.seconds), peak: inside.reduce<number | null>((peak, cost) => most(peak, cost.peak), null) },
    cached: inside.every((cost) => cost.cached),
    before: had.length === 0 ? null : { seconds: sum((cost) => cost.before?.seconds ?? 0), peak: had.reduce<number | null>((peak, cost) => most(peak, cost.before?.peak ?? null), null), cached: had.every((cost) => cost.before?.cached === true) },
  };
}

/** Seconds more than in the other run; null where there is nothing to hold against. */
export const difference = ({ seconds, before }: Cost): number | null => (before === null ? null : seconds - before.seconds);

const KEYS: Readonly<Record<Column, (cost: Cost) => number | string>> = {
  title: (cost) => cost.title.toLowerCase(),
  type: (cost) => cost.type.toLowerCase(),
  seconds: (cost) => cost.seconds,
  peak: (cost) => cost.peak ?? -1,
  cached: (cost) => (cost.cached ? 1 : 0),
  difference: (cost) => difference(cost) ?? 0,
};

/** Each level by itself, so that the tree stays one. Null is the order of execution. */
export function sorted(rows: readonly Cost[], column: Column | null, isDescending: boolean): readonly Cost[] {
  const deep = rows.map((row) => (row.inside.length === 0 ? row : { ...row, inside: sorted(row.inside, column, isDescending) }));
  if (column === null) return deep;
  const key = KEYS[column];
  const compare = (a: Cost, b: Cost): number => {
    const [x, y] = [key(a), key(b)];
    return typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true });
  };
  return deep.sort((a, b) => (isDescending ? compare(b, a) : compare(a, b)));
}

export interface Line {
  readonly cost: Cost;
  readonly depth: number;
}

/** The rows that are seen: what is inside of a folded subgraph is not. */
export function lines(rows: readonly Cost[], closed: ReadonlySet<string>, depth = 0): readonly Line[] {
  return rows.flatMap((cost) => [{ cost, depth }, ...(cost.inside.length > 0 && !closed.has(cost.id) ? lines(cost.inside, closed, depth + 1) : [])]);
}

export const totalOf = (rows: readonly Cost[]): number => rows.reduce((sum, row) => sum + row.seconds, 0);

const quoted = (cell: string | number | null): string => {
  const text = cell === null ? "" : String(cell);
  // A cell that begins like a formula would be one for a spreadsheet.
  const safe = typeof cell === "string" && /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** For spreadsheets: all rows, subgraphs as well, in the order that is shown. */
export function csv(rows: readonly Cost[], isCompared: boolean): string {
  const total = totalOf(rows);
  const head = ["node", "title", "type", "seconds", "share", "peak_bytes", "cached", ...(isCompared ? ["seconds_before", "difference"] : [])];
  const body = lines(rows, new Set()).map(({ cost }) => [
    ...[cost.id, cost.title, cost.type, round(cost.seconds), total === 0 ? 0 : round(cost.seconds / total), cost.peak, String(cost.cached)],
    ...(isCompared ? [cost.before === null ? null : round(cost.before.seconds), difference(cost) === null ? null : round(difference(cost) ?? 0)] : []),
  ]);
  return `${[head, ...body].map((line) => line.map(quoted).join(",")).join("\n")}\n`;
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;
