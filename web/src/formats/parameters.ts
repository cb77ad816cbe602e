/** The text that another tool leaves in its pictures (prompt, negative prompt, one line of settings) -> API prompt. */
import type { NodeDefs } from "./definitions";
import { text as asText } from "./file";
import { parseJson, type Json, type JsonObject } from "./json";

export interface Parameters {
  readonly prompt: string;
  readonly negative: string;
  readonly loras: readonly Lora[];
  /** By the names that the line gives them, in small letters. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface Lora {
  readonly name: string;
  readonly model: number;
  readonly clip: number;
}

const NEGATIVE = /^Negative prompt:/m;
const SETTINGS_LINE = /^Steps: *\d/;
const SETTING = /([A-Za-z][\w \-/]*): *("(?:\\.|[^"\\])*"|[^,]*)(?:,|$)/g;
const LORA = /<(?:lora|lyco):([^:<>]+)((?::[^:<>]*)*)>/g;

const SAMPLERS: Readonly<Record<string, string>> = {
  "euler a": "euler_ancestral",
  euler: "euler",
  lms: "lms",
  heun: "heun",
  "heun++ 2": "heunpp2",
  dpm2: "dpm_2",
  "dpm2 a": "dpm_2_ancestral",
  "dpm++ 2s a": "dpmpp_2s_ancestral",
  "dpm++ 2m": "dpmpp_2m",
  "dpm++ sde": "dpmpp_sde",
  "dpm++ 2m sde": "dpmpp_2m_sde",
  "dpm++ 2m sde heun": "dpmpp_2m_sde_heun",
  "dpm++ 3m sde": "dpmpp_3m_sde",
  "dpm fast": "dpm_fast",
  "dpm adaptive": "dpm_adaptive",
  ddim: "ddim",
  ddpm: "ddpm",
  plms: "ipndm",
  unipc: "uni_pc",
  lcm: "lcm",
  restart: "heun",
  deis: "deis",
  ipndm: "ipndm",
};
const SCHEDULES: Readonly<Record<string, string>> = {
  karras: "karras",
  exponential: "exponential",
  polyexponential: "exponential",
  "sgm uniform": "sgm_uniform",
  uniform: "normal",
  normal: "normal",
  simple: "simple",
  ddim: "ddim_uniform",
  beta: "beta",
  "kl optimal": "kl_optimal",
};
/** What the other tool takes for these where the schedule is its choice. */
const OWN_SCHEDULES: Readonly<Record<string, string>> = {
  dpm_2: "karras",
  dpm_2_ancestral: "karras",
  dpmpp_2s_ancestral: "karras",
  dpmpp_2m: "karras",
  dpmpp_sde: "karras",
  dpmpp_2m_sde: "karras",
  dpmpp_2m_sde_heun: "exponential",
  dpmpp_3m_sde: "exponential",
};

/** Whether a text is of this kind: one of its lines begins with the number of steps. */
export const isParameters = (text: string): boolean => text.split("\n").some((line) => SETTINGS_LINE.test(line));

export function readParameters(text: string): Parameters {
  const lines = text.replaceAll("\r\n", "\n").trim().split("\n");
  const found = lines.findLastIndex((line) => SETTINGS_LINE.test(line));
  const last = found < 0 ? lines.length : found;
  const [positive = "", ...rest] = lines.slice(0, last).join("\n").split(NEGATIVE);
  const negative = rest.join("Negative prompt:");
  const settings = [...lines.slice(last).join(" ").matchAll(SETTING)].map(([, key = "", value = ""]) => [key.trim().toLowerCase(), plain(value)]);
  return {
    prompt: positive.replace(LORA, "").trim(),
    negative: negative.replace(LORA, "").trim(),
    loras: [...`${positive}\n${negative}`.matchAll(LORA)].map(([, name = "", weights = ""]) => lora(name, weights)),
    settings: Object.fromEntries(settings) as Record<string, string>,
  };
}

const plain = (value: string): string => (value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value).trim();

/** One weight is for both; of two the first is that of the text encoder. */
function lora(name: string, weights: string): Lora {
  const given = weights.split(":").slice(1).map((weight) => Number(weight.replace(/^\w+=/, "")));
  const [clip = 1, model = clip] = given.filter((weight) => Number.isFinite(weight));
  return { name: name.trim(), model, clip };
}

type Link = [string, number];

interface Graph {
  readonly nodes: Record<string, JsonObject>;
  readonly add: (type: string, inputs: JsonObject, id?: string) => string;
}

/**
 * A text-to-image graph of the same making. With `defs`, files are called by the names that the server has for them.
 */
export function parametersPrompt(text: string, defs: NodeDefs = {}): JsonObject {
  const read = readParameters(text);
  const { settings } = read;
  const graph = newGraph();
  const checkpoint = graph.add("CheckpointLoaderSimple", { ckpt_name: fileName(defs, "CheckpointLoaderSimple", "ckpt_name", settings["model"] ?? "") }, "4");
  const { model, clip } = patched(graph, read, defs, checkpoint);
  const vae = vaeOf(graph, settings["vae"], defs, checkpoint);
  const positive = graph.add("CLIPTextEncode", { text: read.prompt, clip }, "6");
  const negative = graph.add("CLIPTextEncode", { text: read.negative, clip }, "7");
  const [width, height] = sizeOf(settings["size"]);
  const blank = graph.add("EmptyLatentImage", { width, height, batch_size: 1 }, "5");
  const sampling = { ...samplingOf(settings), model, positive: [positive, 0], negative: [negative, 0] };
  const first = graph.add("KSampler", { ...sampling, latent_image: [blank, 0], denoise: 1 }, "3");
  const last = enlarged(graph, settings, defs, { sampling, first, vae, width, height });
  const decoded = graph.add("VAEDecode", { samples: [last, 0], vae }, "8");
  graph.add("SaveImage", { images: [decoded, 0], filename_prefix: "ComfyUI" }, "9");
  return graph.nodes;
}

function newGraph(): Graph {
  const nodes: Record<string, JsonObject> = {};
  let next = 10;
  const add: Graph["add"] = (type, inputs, id = String(next)) => {
    if (id === String(next)) next += 1;
    nodes[id] = { class_type: type, inputs };
    return id;
  };
  return { nodes, add };
}

/** Model and text encoder behind all LoRAs, and the layer at which the encoder ends. */
function patched(graph: Graph, { loras, settings }: Parameters, defs: NodeDefs, checkpoint: string): { model: Link; clip: Link } {
  let [model, clip]: [Link, Link] = [
    [checkpoint, 0],
    [checkpoint, 1],
  ];
  for (const found of loras) {
    const id = graph.add("LoraLoader", { model, clip, lora_name: fileName(defs, "LoraLoader", "lora_name", found.name), strength_model: found.model, strength_clip: found.clip });
    [model, clip] = [
      [id, 0],
      [id, 1],
    ];
  }
  const skipped = whole(settings["clip skip"], 1);
  if (skipped > 1) clip = [graph.add("CLIPSetLastLayer", { clip, stop_at_clip_layer: -skipped }), 0];
  return { model, clip };
}

function vaeOf(graph: Graph, name: string | undefined, defs: NodeDefs, checkpoint: string): Link {
  if (name === undefined || ["", "none", "automatic"].includes(name.toLowerCase())) return [checkpoint, 2];
  return [graph.add("VAELoader", { vae_name: fileName(defs, "VAELoader", "vae_name", name) }), 0];
}

function samplingOf(settings: Parameters["settings"]): JsonObject {
  const { sampler, schedule } = samplerOf(settings["sampler"] ?? "", settings["schedule type"] ?? "");
  return { seed: integer(settings["seed"], 0), steps: whole(settings["steps"], 20), cfg: number(settings["cfg scale"], 7), sampler_name: sampler, scheduler: schedule };
}

/** In older texts the schedule is the end of the sampler's name. */
export function samplerOf(name: string, type: string): { sampler: string; schedule: string } {
  const given = name.trim().toLowerCase();
  const ending = Object.keys(SCHEDULES).find((schedule) => given.endsWith(` ${schedule}`) && SAMPLERS[given] === undefined);
  const bare = ending === undefined ? given : given.slice(0, -ending.length - 1);
  const sampler = SAMPLERS[bare] ?? "euler";
  return { sampler, schedule: SCHEDULES[type.trim().toLowerCase() || (ending ?? "")] ?? (type !== "" ? OWN_SCHEDULES[sampler] : undefined) ?? "normal" };
}

interface FirstPass {
  readonly sampling: JsonObject;
  readonly first: string;
  readonly vae: Link;
  readonly width: number;
  readonly height: number;
}

/** The second pass of a picture that was enlarged on the way; the first one where there was none. */
function enlarged(graph: Graph, settings: Parameters["settings"], defs: NodeDefs, pass: FirstPass): string {
  const factor = number(settings["hires upscale"], 0);
  const [width, height] = settings["hires resize"] === undefined ? [pass.width * factor, pass.height * factor] : sizeOf(settings["hires resize"]);
  if (width <= 0 || height <= 0 || (factor <= 0 && settings["hires resize"] === undefined)) return pass.first;
  const size = { width: Math.round(width / 8) * 8, height: Math.round(height / 8) * 8, crop: "disabled" };
  const upscaler = settings["hires upscaler"] ?? "Latent";
  const larger = /^latent|^none$/i.test(upscaler)
    ? graph.add("LatentUpscale", { samples: [pass.first, 0], upscale_method: "bilinear", ...size })
    : throughPixels(graph, upscaler, defs, pass, size);
  const steps = whole(settings["hires steps"], 0) || whole(settings["steps"], 20);
  return graph.add("KSampler", { ...pass.sampling, steps, latent_image: [larger, 0], denoise: number(settings["denoising strength"], 0.7) });
}

function throughPixels(graph: Graph, upscaler: string, defs: NodeDefs, pass: FirstPass, size: JsonObject): string {
  const image = graph.add("VAEDecode", { samples: [pass.first, 0], vae: pass.vae });
  const isPlain = /^(lanczos|nearest)$/i.test(upscaler);
  const model = isPlain ? null : graph.add("UpscaleModelLoader", { model_name: fileName(defs, "UpscaleModelLoader", "model_name", upscaler) });
  const upscaled = model === null ? image : graph.add("ImageUpscaleWithModel", { upscale_model: [model, 0], image: [image, 0] });
  const scaled = graph.add("ImageScale", { image: [upscaled, 0], upscale_method: "lanczos", ...size });
  return graph.add("VAEEncode", { pixels: [scaled, 0], vae: pass.vae });
}

const ENDING = /\.(safetensors|ckpt|pth?|sft|bin)$/i;
const stemOf = (name: string): string => name.replace(ENDING, "").replace(/^.*[/\\]/, "").toLowerCase();

/** The file of that name in any folder; one that the server does not have is called as such files usually are. */
function fileName(defs: NodeDefs, type: string, input: string, name: string): string {
  const choices = defs[type]?.inputs.find((found) => found.name === input)?.choices ?? [];
  const known = choices.map(asText).find((choice) => stemOf(choice) === stemOf(name));
  if (known !== undefined || name === "") return known ?? asText(choices[0]);
  return ENDING.test(name) ? name : `${name}.${type === "UpscaleModelLoader" ? "pth" : "safetensors"}`;
}

function sizeOf(text: string | undefined): [number, number] {
  const found = /^(\d+) *[x×] *(\d+)$/.exec(text?.trim() ?? "");
  return found === null ? [512, 512] : [Number(found[1]), Number(found[2])];
}

function number(text: string | undefined, fallback: number): number {
  const value = Number.parseFloat(text ?? "");
  return Number.isFinite(value) ? value : fallback;
}

const whole = (text: string | undefined, fallback: number): number => Math.round(number(text, fallback));

/** Exact also beyond 2^53. */
const integer = (text: string | undefined, fallback: number): Json => (/^\d+$/.test(text ?? "") ? parseJson(String(text).replace(/^0+(?=\d)/, "")) : fallback);
