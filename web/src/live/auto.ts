/** Runs that start by themselves: as soon as the last one is done, or when the graph is another one. */
import { toast } from "sonner";

import { serverDefs } from "@/session/store";
import { t } from "@/i18n";
import { currentTab, currentWhole, documentStore } from "@/model/document";
import type { Doc } from "@/model/types";
import { seeded } from "@/runtime/chance";
import { compose, run } from "@/runtime/queue";
import { runtimeStore, type RuntimeState } from "@/runtime/store";
import { uiStore } from "@/session/ui";

import { keyOf, mayMatter } from "./prompt";
import { liveStore, type AutoQueue } from "./store";

/** A number that is being typed is not yet what is meant. */
const DELAY = 250;

interface Auto {
  tab: string;
  seen: Doc | null;
  key: string | null;
  isRunning: boolean;
  timer: ReturnType<typeof setTimeout> | null;
}

const auto: Auto = { tab: "", seen: null, key: null, isRunning: false, timer: null };

const keyNow = (): string => keyOf(compose(currentWhole(), { random: seeded(1) }).prompt);

async function runOnce(): Promise<void> {
  auto.isRunning = true;
  try {
    await run({ count: uiStore.getState().batch });
  } finally {
    auto.isRunning = false;
  }
  // Seeds that moved on are no change of anybody's.
  Object.assign(auto, { seen: currentWhole(), key: keyNow() });
}

export function setAuto(mode: AutoQueue): void {
  start();
  liveStore.setState({ auto: mode });
  Object.assign(auto, { tab: currentTab(), seen: currentWhole(), key: mode === "change" && Object.keys(serverDefs()).length > 0 ? keyNow() : null });
  if (mode === "instant" && runtimeStore.getState().run === null) void runOnce();
}

function check(): void {
  auto.timer = null;
  if (liveStore.getState().auto !== "change" || auto.isRunning || currentTab() !== auto.tab) return;
  // What waits already is not run again; the change is looked at when it is done.
  if (runtimeStore.getState().queueRemaining > 0) return;
  if (auto.seen !== null && !mayMatter(auto.seen, currentWhole())) return;
  auto.seen = currentWhole();
  if (keyNow() !== auto.key) void runOnce();
}

function checkSoon(): void {
  if (auto.timer !== null) clearTimeout(auto.timer);
  auto.timer = setTimeout(check, DELAY);
}

function follow(state: RuntimeState, before: RuntimeState): void {
  const mode = liveStore.getState().auto;
  if (mode === "off") return;
  if (state.ended !== before.ended && state.ended !== null && state.jobs[state.ended.id]?.isQuiet !== true) over(mode, state.ended.outcome);
  if (mode === "change" && state.queueRemaining === 0 && before.queueRemaining > 0) checkSoon();
}

/** What fails or is stopped is not tried again for ever. */
function over(mode: AutoQueue, outcome: "success" | "error" | "interrupted"): void {
  if (mode !== "instant") return;
  if (outcome !== "success") {
    liveStore.setState({ auto: "off" });
    toast.info(t("live.stopped"));
  } else if (currentTab() === auto.tab && runtimeStore.getState().queueRemaining <= 1 && !auto.isRunning) void runOnce();
}

let isFollowing = false;

function start(): void {
  if (isFollowing) return;
  isFollowing = true;
  documentStore.subscribe((state, before) => {
    if (state.whole !== before.whole && liveStore.getState().auto === "change" && !auto.isRunning) checkSoon();
  });
  runtimeStore.subscribe(follow);
}
