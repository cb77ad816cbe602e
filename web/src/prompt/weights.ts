/** Weights in prompts: where `(text:1.2)` begins and ends, and what a press of Ctrl+Up makes of it. */

/** What brackets without a number do. */
const BRACKETS = 1.1;
const HEAVIEST = 10;

export interface Group {
  /** From the bracket to behind its end. */
  readonly from: number;
  readonly to: number;
  /** The text between, without the weight. */
  readonly innerFrom: number;
  readonly innerTo: number;
  /** The number that stands there, if one does. */
  readonly weight: number | null;
  /** What its text weighs: a number replaces what is around it, brackets alone multiply. */
  readonly effective: number;
  /** What it would weigh without these brackets. */
  readonly outer: number;
}

interface Open {
  readonly from: number;
  readonly children: Draft[];
}

interface Draft {
  readonly from: number;
  readonly to: number;
  readonly children: readonly Draft[];
}

/** Pairs of round brackets, outermost first; escaped ones are text, and brackets without a partner are no group. */
export function groupsOf(text: string): readonly Group[] {
  const root: Open = { from: -1, children: [] };
  const open: Open[] = [root];
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (char === "\\") i += 1;
    else if (char === "(") open.push({ from: i, children: [] });
    else if (char === ")" && open.length > 1) close(open, i + 1);
  }
  while (open.length > 1) keepChildren(open);
  return root.children.flatMap((draft) => weighed(text, draft, 1));
}

function close(open: Open[], to: number): void {
  const ended = open.pop();
  if (ended !== undefined) open[open.length - 1]?.children.push({ from: ended.from, to, children: ended.children });
}

/** A bracket that is never closed: what is inside belongs to what is around. */
function keepChildren(open: Open[]): void {
  const ended = open.pop();
  if (ended !== undefined) open[open.length - 1]?.children.push(...ended.children);
}

function weighed(text: string, { from, to, children }: Draft, outer: number): Group[] {
  const inner = text.slice(from + 1, to - 1);
  const given = /:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*$/.exec(inner);
  const weight = given === null ? null : Number(given[1]);
  const effective = weight ?? outer * BRACKETS;
  const innerTo = from + 1 + (given === null ? inner.length : given.index);
  return [{ from, to, innerFrom: from + 1, innerTo, weight, effective, outer }, ...children.flatMap((child) => weighed(text, child, effective))];
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface WeightChange extends Range {
  readonly insert: string;
  /** What is selected afterwards: the text without its brackets, so that the next press goes on from there. */
  readonly select: Range;
}

/** The text, its brackets or its word weigh `delta` more; null where there is nothing to weigh. */
export function changeWeight(text: string, selection: Range, delta: number): WeightChange | null {
  const lora = loraAt(text, selection);
  if (lora !== null) return stepLora(text, lora, selection, delta);
  const groups = groupsOf(text);
  const isCursor = selection.from === selection.to;
  const range = isCursor ? selection : trimmed(text, selection);
  const group = isCursor ? innermost(groups, range) : groups.find((found) => covers(found, range));
  if (group !== undefined) return stepGroup(text, group, delta);
  const target = isCursor ? wordAt(text, range.from) : balanced(groups, range);
  if (target === null || target.from === target.to) return null;
  return wrap(text, groups, target, delta);
}

const covers = (group: Group, { from, to }: Range): boolean =>
  (group.from === from && group.to === to) || (group.innerFrom === from && (group.innerTo === to || group.to - 1 === to));

/** The brackets right around a place. */
function innermost(groups: readonly Group[], { from }: Range): Group | undefined {
  return groups.findLast((group) => group.from <= from && from <= group.to && !(from === group.to || from === group.from)) ?? groups.find((group) => group.to === from || group.from === from);
}

function trimmed(text: string, { from, to }: Range): Range {
  const chosen = text.slice(from, to);
  const start = from + chosen.length - chosen.trimStart().length;
  return { from: Math.min(start, to), to: Math.max(start, to - (chosen.length - chosen.trimEnd().length)) };
}

/** A selection that cuts through brackets takes them in whole. */
function balanced(groups: readonly Group[], range: Range): Range {
  let { from, to } = range;
  for (const group of groups.toReversed()) {
    const isCut = group.from < to && from < group.to && !(group.from <= from && to <= group.to) && !(from <= group.from && group.to <= to);
    const isEdge = (from > group.innerTo && from < group.to) || (to > group.innerTo && to < group.to);
    if (isCut || isEdge) [from, to] = [Math.min(from, group.from), Math.max(to, group.to)];
  }
  return { from, to };
}

const WORD = /(?:\\.|[^\s,()[\]{}|<>\\])+/g;

/** The word that a cursor is in or touches. */
function wordAt(text: string, at: number): Range | null {
  for (const match of text.matchAll(WORD)) {
    const to = match.index + match[0].length;
    if (match.index <= at && at <= to) return { from: match.index, to };
    if (match.index > at) break;
  }
  return null;
}

const weightOf = (value: number): number => Math.min(HEAVIEST, Math.max(0, Math.round(value * 100) / 100));

/** Two decimals at most, and no zeros that say nothing. */
const weightText = (value: number): string => String(weightOf(value));

function stepGroup(text: string, group: Group, delta: number): WeightChange {
  const next = weightOf(group.effective + delta);
  const inner = text.slice(group.innerFrom, group.innerTo);
  if (next === weightOf(group.outer)) return { from: group.from, to: group.to, insert: inner, select: { from: group.from, to: group.from + inner.length } };
  return bracketed(group, inner, next);
}

function wrap(text: string, groups: readonly Group[], target: Range, delta: number): WeightChange {
  const around = groups.findLast((group) => group.innerFrom <= target.from && target.to <= group.innerTo);
  return bracketed(target, text.slice(target.from, target.to), weightOf((around?.effective ?? 1) + delta));
}

function bracketed({ from, to }: Range, inner: string, weight: number): WeightChange {
  return { from, to, insert: `(${inner}:${weightText(weight)})`, select: { from: from + 1, to: from + 1 + inner.length } };
}

const LORA = /<(?:lora|lyco):([^<>:]+)(?::([^<>:]*))?((?::[^<>]*)?)>/g;

function loraAt(text: string, { from, to }: Range): RegExpExecArray | null {
  for (const match of text.matchAll(LORA)) if (match.index <= from && to <= match.index + match[0].length && from !== match.index + match[0].length) return match;
  return null;
}

function stepLora(text: string, match: RegExpExecArray, selection: Range, delta: number): WeightChange {
  const start = match.index + text.slice(match.index).indexOf(":") + 1 + (match[1]?.length ?? 0);
  const to = start + (match[2] === undefined ? 0 : match[2].length + 1);
  const before = Number(match[2] ?? 1);
  // A LoRA may weigh less than nothing.
  const next = Math.round(((Number.isFinite(before) ? before : 1) + delta) * 100) / 100;
  const insert = `:${next}`;
  const move = (at: number): number => (at <= start ? at : at >= to ? at + insert.length - (to - start) : start + insert.length);
  return { from: start, to, insert, select: { from: move(selection.from), to: move(selection.to) } };
}
