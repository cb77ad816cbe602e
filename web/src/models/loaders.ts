/** Which node loads a model file, and under which name it stands there. Pure. */
import type { InputDef, NodeDef, NodeDefs } from "@/formats/definitions";

export interface Loader {
  readonly type: string;
  readonly input: string;
  /** As the node's list has it: with the separators of the server's system. */
  readonly value: string;
}

/** The field's own loaders, by folder, the plainest first. */
const USUAL: Readonly<Record<string, readonly (readonly [type: string, input: string])[]>> = {
  checkpoints: [["CheckpointLoaderSimple", "ckpt_name"]],
  loras: [["LoraLoader", "lora_name"], ["LoraLoaderModelOnly", "lora_name"]],
  vae: [["VAELoader", "vae_name"]],
  vae_approx: [["VAELoader", "vae_name"]],
  controlnet: [["ControlNetLoader", "control_net_name"]],
  upscale_models: [["UpscaleModelLoader", "model_name"]],
  clip: [["CLIPLoader", "clip_name"]],
  text_encoders: [["CLIPLoader", "clip_name"]],
  clip_vision: [["CLIPVisionLoader", "clip_name"]],
  diffusion_models: [["UNETLoader", "unet_name"]],
  unet: [["UNETLoader", "unet_name"]],
  style_models: [["StyleModelLoader", "style_model_name"]],
  gligen: [["GLIGENLoader", "gligen_name"]],
  hypernetworks: [["HypernetworkLoader", "hypernetwork_name"]],
  photomaker: [["PhotoMakerLoader", "photomaker_model_name"]],
};

const plain = (name: string): string => name.replaceAll("\\", "/");

/** The choice of a list that is this file; undefined when the list does not have it. */
function choiceOf(input: InputDef | undefined, file: string): string | undefined {
  return input?.choices?.find((choice): choice is string => typeof choice === "string" && plain(choice) === plain(file));
}

function loaderIn(def: NodeDef | undefined, name: string, file: string): Loader | null {
  const input = def?.inputs.find((candidate) => candidate.name === name);
  if (def === undefined || input === undefined) return null;
  // A file that came a moment ago is not yet in the list: the folder says that it belongs there.
  return { type: def.type, input: name, value: choiceOf(input, file) ?? file };
}

/** The field's loader for the folder, else the first node that offers this very file; null when no node does. */
export function loaderFor(defs: NodeDefs, folder: string, file: string): Loader | null {
  for (const [type, input] of USUAL[folder] ?? []) {
    const found = loaderIn(defs[type], input, file);
    if (found !== null) return found;
  }
  const others = Object.values(defs).filter((def) => !def.deprecated);
  for (const def of others)
    for (const input of def.inputs) {
      const value = choiceOf(input, file);
      if (value !== undefined) return { type: def.type, input: input.name, value };
    }
  return null;
}

/** How a prompt names an embedding: without its ending. */
export const embeddingName = (file: string): string => `embedding:${plain(file).replace(/\.(safetensors|pt|bin|ckpt)$/i, "")}`;

/** Words that join a text as one more phrase of it. */
export function joined(text: string, words: string): string {
  const before = text.trimEnd();
  if (before === "") return words;
  if (before.split(",").some((phrase) => phrase.trim().toLowerCase() === words.trim().toLowerCase())) return text;
  return before.endsWith(",") ? `${before} ${words}` : `${before}, ${words}`;
}
