/** The questions that runs ask a person, of all open workflows, and the answers to them. */
import { toast } from "sonner";
import { create } from "zustand";

import { OfflineError, ServerError } from "@/api/client";
import { answerJob, stopJob } from "@/api/jobs";
import { showExecuted } from "@/canvas/viewport";
import { t } from "@/i18n";
import { runtimeStore, type Question, type RuntimeState } from "@/runtime/store";
import { goToTab, hasTab } from "@/tabs/store";

export interface Asked {
  /** Where the run state of the node is kept. */
  readonly key: string;
  readonly tab: string;
  readonly question: Question;
}

/** Each question once: the subgraphs around the node carry it as well. */
export function askedIn({ nodes }: Pick<RuntimeState, "nodes">): readonly Asked[] {
  const found = new Map<string, Asked>();
  for (const [key, { question }] of Object.entries(nodes)) {
    if (question === null) continue;
    const name = `${question.job}/${question.node}`;
    const before = found.get(name);
    if (before === undefined || before.key.length < key.length) found.set(name, { key, tab: key.slice(0, key.indexOf("/")), question });
  }
  return [...found.values()];
}

export const askedNodes = (): readonly Asked[] => askedIn(runtimeStore.getState());

/** Brings the node that asks into sight. */
export function goToQuestion({ tab, key }: Asked): void {
  if (hasTab(tab)) goToTab(tab);
  // The tab's page has to be there before it can be looked at.
  requestAnimationFrame(() => requestAnimationFrame(() => showExecuted(key.slice(tab.length + 1))));
}

/** The run state whose question is open in the large view. */
export const chooserStore = create<{ readonly open: string | null }>()(() => ({ open: null }));

export function openChooser(open: string): void {
  chooserStore.setState({ open });
  const asked = askedNodes().find(({ key }) => key === open);
  if (asked !== undefined) toast.dismiss(toastOf(asked));
}

/** Name of the message that tells of a question. */
export const toastOf = ({ question }: Asked): string => `question/${question.job}/${question.node}`;
export const closeChooser = (): void => chooserStore.setState({ open: null });

/** Sends the choice; whether it was taken. */
export async function send(question: Question, choice: readonly number[]): Promise<boolean> {
  try {
    await answerJob(question.job, question.node, choice);
    settle(question);
    return true;
  } catch (error) {
    if (error instanceof ServerError && error.status === 404) {
      settle(question);
      toast.info(t("chooser.late"));
      return false;
    }
    toast.error(t("chooser.failed"), { description: error instanceof OfflineError ? t("run.noServer") : error instanceof Error ? error.message : String(error) });
    return false;
  }
}

/** Ends the run that asks. */
export async function stop(question: Question): Promise<void> {
  try {
    await stopJob(question.job);
    settle(question);
  } catch (error) {
    toast.error(t("chooser.stopFailed"), { description: error instanceof Error ? error.message : String(error) });
  }
}

/** The question is gone from all nodes that showed it. */
function settle({ job, node }: Question): void {
  runtimeStore.setState(({ nodes }) => ({
    nodes: Object.fromEntries(Object.entries(nodes).map(([key, run]) => [key, run.question?.job === job && run.question.node === node ? { ...run, phase: "running" as const, question: null } : run])),
  }));
}
