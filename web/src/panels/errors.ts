/** What went wrong in the last submission and run of a workflow, and a report of it. */
import { fetchStats, type Stats } from "@/api/logs";
import { stringifyJson, type JsonObject } from "@/formats/json";
import { t } from "@/i18n";
import { nodeTitle } from "@/runtime/queue";
import { nodeAt } from "@/runtime/failures";
import type { NodeRun, Refusal } from "@/runtime/store";
import { toClipboard } from "@/ui/clipboard";

export interface Trouble {
  readonly key: string;
  /** Execution id; empty where the whole workflow was refused. */
  readonly node: string;
  readonly input: string | null;
  readonly sentence: string;
  readonly trace: readonly string[];
  /** What was refused as a whole: the command that leads to what would be right. */
  readonly refusal?: Refusal;
}

type Runs = Readonly<Record<string, NodeRun>>;

/** Of one open workflow; what a subgraph says of its inside is told once, at the node itself. */
export function troublesOf(nodes: Runs, tab: string, refusal?: Refusal): readonly Trouble[] {
  const bad = Object.entries(nodes).filter(([key, run]) => key.startsWith(`${tab}/`) && (run.error !== null || Object.keys(run.inputErrors).length > 0));
  const whole = refusal === undefined ? [] : [{ key: "", node: "", input: null, sentence: refusal.sentence, trace: [], refusal }];
  const single = bad.flatMap(([key, run]): Trouble[] => {
    const node = key.slice(tab.length + 1);
    const about = Object.entries(run.inputErrors).map(([input, sentence]) => ({ key: `${node}|${input}`, node, input, sentence, trace: [] }));
    const isAround = bad.some(([other]) => other.startsWith(`${key}:`));
    return [...about, ...(run.error === null || isAround ? [] : [{ key: node, node, input: null, sentence: run.error, trace: run.traceback }])];
  });
  return [...whole, ...single];
}

/** What went wrong where; a server that cannot be asked has refused nothing. */
export const troubleTitle = ({ node, refusal }: Trouble): string => (refusal === undefined ? nodeTitle(node) : refusal.isAnswer ? t("run.rejected") : "");

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function about({ system, devices }: Stats): readonly string[] {
  const machines = devices.map((device) => `${device.name} (${device.type}), ${gib(device.vram_free)} of ${gib(device.vram_total)} free`);
  return [`Server ${system.comfyui_version} · Python ${system.python_version} · PyTorch ${system.pytorch_version} · ${system.os}`, ...machines];
}

/** For whoever is asked for help: English, whatever the canvas speaks. */
export function composeReport(troubles: readonly Trouble[], stats: Stats | null, workflow: JsonObject | null): string {
  const items = troubles.flatMap(({ node, input, sentence, trace, refusal }) => {
    const type = nodeAt(node)?.type ?? "";
    const head = refusal === undefined ? `${nodeTitle(node)} (node ${node}, ${type})${input === null ? "" : `, input ${input}`}` : "The workflow was not queued";
    return [`## ${head}`, sentence, ...(trace.length === 0 ? [] : ["```", trace.join("").trimEnd(), "```"]), ""];
  });
  const attached = workflow === null ? [] : ["# Workflow", "```json", stringifyJson(workflow, 1), "```"];
  return ["# Heddle error report", ...(stats === null ? [] : about(stats)), `Canvas: ${typeof navigator === "undefined" ? "" : navigator.userAgent}`, "", ...items, ...attached].join("\n");
}

export async function copyReport(troubles: readonly Trouble[], workflow: JsonObject | null): Promise<boolean> {
  const stats = await fetchStats().catch(() => null);
  return toClipboard(composeReport(troubles, stats, workflow));
}

export const inputName = (trouble: Trouble): string => (trouble.input === null ? "" : t("help.errors.input", { name: trouble.input.replaceAll("_", " ") }));
