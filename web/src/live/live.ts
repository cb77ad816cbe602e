/** Live mode: the graph runs again as one types or drags, and only the newest state of it. */
import { interrupt, OfflineError, ServerError, submit } from "@/api/client";
import { cancelJobs, forgetJobs, replaceJob } from "@/api/jobs";
import { isObject, type JsonObject } from "@/formats/json";
import { currentTab, currentWhole, documentStore } from "@/model/document";
import { freshUuid } from "@/model/uuid";
import type { Doc } from "@/model/types";
import { seeded } from "@/runtime/chance";
import { client } from "@/runtime/client";
import { failures, showFailures } from "@/runtime/failures";
import { compose, named } from "@/runtime/queue";
import { rememberJob, runtimeStore, type RuntimeState } from "@/runtime/store";
import { serverDefs } from "@/session/store";

import { learned, REST, shouldStop } from "./policy";
import { keyOf, livePrompt, mayMatter } from "./prompt";
import { liveStore } from "./store";

interface Run {
  readonly id: string;
  readonly key: string;
  /** When it began to run; null while it waits. */
  began: number | null;
}

interface Live {
  /** The state of the workflow that was looked at last. */
  seen: Doc | null;
  /** What was sent last. */
  key: string | null;
  /** When the prompt changed last. */
  changed: number;
  /** When the last picture came, or the first of the runs that are under way was sent. */
  shown: number;
  /** Those that began and have not ended: the one before may still be writing its files. The last is the one that is computed. */
  running: readonly Run[];
  waiting: Run | null;
  isSending: boolean;
  frame: number;
  rest: ReturnType<typeof setTimeout> | null;
  /** The last run that showed something; the history keeps no other. */
  kept: string | null;
}

/** Alternatives in texts are chosen alike, so that only what people change makes a difference. */
const SEED = 1;

const live: Live = { seen: null, key: null, changed: 0, shown: 0, running: [], waiting: null, isSending: false, frame: 0, rest: null, kept: null };

const isOn = (): boolean => liveStore.getState().tab !== null && liveStore.getState().tab === currentTab();

/** At most one look for each frame. */
function lookSoon(): void {
  if (live.frame !== 0 || !isOn()) return;
  live.frame = requestAnimationFrame(() => {
    live.frame = 0;
    void look();
  });
}

interface Composed {
  readonly prompt: JsonObject;
  readonly workflow: JsonObject;
  readonly key: string;
}

function composed(): Composed {
  const { prompt, workflow } = compose(currentWhole(), { random: seeded(SEED) });
  const shown = livePrompt(prompt, serverDefs());
  return { prompt: shown, workflow, key: keyOf(shown) };
}

async function look(): Promise<void> {
  const whole = currentWhole();
  if (!isOn() || live.isSending || runtimeStore.getState().connection === "lost") return;
  if (live.seen !== null && !mayMatter(live.seen, whole)) return;
  live.seen = whole;
  const next = composed();
  if (next.key === live.key || Object.keys(next.prompt).length === 0) return;
  live.key = next.key;
  live.changed = performance.now();
  if (live.running.length === 0 && live.waiting === null) live.shown = live.changed;
  live.isSending = true;
  try {
    await sendNewest(next);
  } finally {
    live.isSending = false;
  }
  restSoon();
  // What changed while it was sent.
  if (currentWhole() !== whole) lookSoon();
}

const bodyOf = ({ prompt, workflow }: Composed): JsonObject => ({ prompt, client_id: client.id, extra_data: { ...named(), live: true, extra_pnginfo: { workflow } } });

/** One run waits at most: a newer state takes its place in the queue, so that nobody else's work waits longer. */
async function sendNewest(next: Composed): Promise<void> {
  const tab = currentTab();
  try {
    const { waiting } = live;
    if (waiting !== null) {
      rememberJob(waiting.id, { tab, nodes: Object.keys(next.prompt), isQuiet: true });
      if (await replaced(waiting.id, next)) return;
    }
    const id = freshUuid();
    rememberJob(id, { tab, nodes: Object.keys(next.prompt), isQuiet: true });
    live.waiting = { id, key: next.key, began: null };
    const answer = await submit({ id, clientId: client.id, prompt: next.prompt, workflow: next.workflow, extra: { ...named(), live: true } });
    showProblems(answer.nodeErrors);
  } catch (error) {
    refused(error);
  }
}

/** False when it has begun or is gone: then there is nothing to replace. */
async function replaced(id: string, next: Composed): Promise<boolean> {
  try {
    const answer = await replaceJob(id, bodyOf(next));
    if (live.waiting?.id === id) live.waiting = { id, key: next.key, began: null };
    showProblems(isObject(answer["node_errors"]) ? answer["node_errors"] : {});
    return true;
  } catch (error) {
    if (!(error instanceof ServerError) || (error.status !== 409 && error.status !== 404)) throw error;
    // The word that it has begun may still be on its way.
    if (error.status === 409) begun(id);
    return false;
  }
}

/** Errors show where they are, and beside the switch; nothing pops up while one drags. */
function refused(error: unknown): void {
  if (live.waiting?.began === null) live.waiting = null;
  if (error instanceof OfflineError) return liveStore.setState({ problem: error.message });
  if (!(error instanceof ServerError)) throw error;
  const body = isObject(error.body) ? error.body : {};
  showProblems(isObject(body["node_errors"]) ? body["node_errors"] : {});
  if (liveStore.getState().problem === null) liveStore.setState({ problem: error.message });
}

function showProblems(nodeErrors: JsonObject): void {
  const found = failures(nodeErrors);
  showFailures(found);
  liveStore.setState({ problem: found[0]?.sentence ?? null });
}

/** Once the hand rests, a run of an older state is stopped if that brings the newer one earlier. */
function restSoon(): void {
  if (live.rest !== null) clearTimeout(live.rest);
  live.rest = setTimeout(() => {
    live.rest = null;
    const { waiting } = live;
    const running = live.running.at(-1);
    if (running === undefined || running.began === null || waiting === null || running.key === live.key) return;
    const now = performance.now();
    if (shouldStop({ elapsed: now - running.began, usual: liveStore.getState().usual, still: now - live.changed, blind: now - live.shown })) void interrupt(running.id).catch(() => undefined);
  }, REST);
}

function follow(state: RuntimeState, before: RuntimeState): void {
  if (state.run !== before.run && state.run !== null) begun(state.run);
  if (state.ended !== before.ended && state.ended !== null) ended(state.ended.id, state.ended.outcome);
  // A run that somebody took out of the queue sends no word of its own.
  if (state.queueRemaining === 0 && before.queueRemaining > 0 && state.run === null && !live.isSending) Object.assign(live, { waiting: null, running: [] });
}

function begun(id: string): void {
  if (live.waiting?.id !== id) return;
  live.running = [...live.running, { ...live.waiting, began: performance.now() }];
  live.waiting = null;
}

function ended(id: string, outcome: "success" | "error" | "interrupted"): void {
  if (live.waiting?.id === id) live.waiting = null;
  const run = live.running.find((other) => other.id === id);
  if (run === undefined) return;
  live.running = live.running.filter((other) => other !== run);
  const now = performance.now();
  if (outcome === "success") {
    live.shown = now;
    liveStore.setState(({ usual }) => ({ problem: null, usual: learned(usual, now - (run.began ?? now)) }));
  }
  if (outcome === "error") liveStore.setState({ problem: "" });
  clean(id, outcome === "success");
}

/** What was only passed through on the way is no history. */
function clean(id: string, hasShown: boolean): void {
  const gone = hasShown ? live.kept : id;
  if (hasShown) live.kept = id;
  if (gone !== null) void forgetJobs([gone]).catch(() => undefined);
}

let isFollowing = false;

function start(): void {
  if (isFollowing) return;
  isFollowing = true;
  documentStore.subscribe((state, before) => {
    if (state.whole !== before.whole && liveStore.getState().tab !== null) lookSoon();
  });
  runtimeStore.subscribe(follow);
}

/** From here on the workflow in front runs live. */
export function turnLive(isLive: boolean): void {
  if (!isLive) {
    liveStore.setState({ tab: null, problem: null });
    const { waiting } = live;
    live.waiting = null;
    if (waiting !== null) void cancelJobs([waiting.id]).catch(() => undefined);
    return;
  }
  start();
  Object.assign(live, { seen: null, key: null });
  liveStore.setState({ tab: currentTab(), problem: null });
  lookSoon();
}
