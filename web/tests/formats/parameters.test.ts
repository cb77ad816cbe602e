import { describe, expect, it } from "vitest";

import { parseDefinitions } from "@/formats/definitions";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { isParameters, parametersPrompt, readParameters, samplerOf } from "@/formats/parameters";

const text = `a house, (red:1.2) <lora:ink:0.8>, snow <lora:detail:0.5:0.7>
second line
Negative prompt: blurry,
Negative prompt: twice
Steps: 30, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 18446744073709551615, Size: 640x448, Model hash: abc, Model: dream, Clip skip: 2, TI hashes: "a: b, c: d", Version: v1.9`;

const nodeOf = (prompt: JsonObject, id: string): JsonObject => {
  const node = prompt[id];
  const inputs = isObject(node) ? node["inputs"] : undefined;
  if (!isObject(inputs)) throw new Error(id);
  return inputs;
};
const typesOf = (prompt: JsonObject): Json[] => Object.values(prompt).map((node) => (isObject(node) ? (node["class_type"] ?? null) : null));

describe("reading", () => {
  it("parts the prompts from the settings, and keeps quoted commas together", () => {
    const read = readParameters(text);
    expect(read.prompt).toBe("a house, (red:1.2) , snow \nsecond line");
    expect(read.negative).toBe("blurry,\nNegative prompt: twice");
    expect(read.settings).toMatchObject({ steps: "30", "model hash": "abc", model: "dream", "ti hashes": "a: b, c: d", version: "v1.9" });
  });
  it("reads one weight of a LoRA for both, of two that of the text encoder first", () => {
    expect(readParameters(text).loras).toEqual([
      { name: "ink", model: 0.8, clip: 0.8 },
      { name: "detail", model: 0.7, clip: 0.5 },
    ]);
    expect(readParameters("<lora:plain> x\nSteps: 1").loras).toEqual([{ name: "plain", model: 1, clip: 1 }]);
  });
  it("knows its own kind", () => {
    expect(isParameters(text)).toBe(true);
    expect(isParameters("a house in so many steps")).toBe(false);
  });
  it("takes a text without settings for a prompt", () => {
    expect(readParameters("just words")).toEqual({ prompt: "just words", negative: "", loras: [], settings: {} });
  });
});

it.each([
  ["Euler a", "", "euler_ancestral", "normal"],
  ["DPM++ 2M Karras", "", "dpmpp_2m", "karras"],
  ["DPM++ 2M", "Automatic", "dpmpp_2m", "karras"],
  ["DPM++ 2M", "", "dpmpp_2m", "normal"],
  ["DPM++ 3M SDE", "Exponential", "dpmpp_3m_sde", "exponential"],
  ["DPM++ 2M SDE Heun Exponential", "", "dpmpp_2m_sde_heun", "exponential"],
  ["DDIM", "Simple", "ddim", "simple"],
  ["UniPC", "SGM Uniform", "uni_pc", "sgm_uniform"],
  ["Nobody's", "Nobody's", "euler", "normal"],
])("%s with schedule %s is %s, %s", (name, type, sampler, schedule) => {
  expect(samplerOf(name, type)).toEqual({ sampler, schedule });
});

describe("the graph", () => {
  it("holds what the text says", () => {
    const prompt = parametersPrompt(text);
    expect(nodeOf(prompt, "3")).toMatchObject({ seed: 18446744073709551615n, steps: 30, cfg: 6.5, sampler_name: "dpmpp_2m", scheduler: "karras", denoise: 1 });
    expect(nodeOf(prompt, "4")).toEqual({ ckpt_name: "dream.safetensors" });
    expect(nodeOf(prompt, "5")).toEqual({ width: 640, height: 448, batch_size: 1 });
    expect(nodeOf(prompt, "10")).toEqual({ model: ["4", 0], clip: ["4", 1], lora_name: "ink.safetensors", strength_model: 0.8, strength_clip: 0.8 });
    expect(nodeOf(prompt, "11")).toMatchObject({ model: ["10", 0], clip: ["10", 1], strength_model: 0.7, strength_clip: 0.5 });
    expect(nodeOf(prompt, "12")).toEqual({ clip: ["11", 1], stop_at_clip_layer: -2 });
    expect(nodeOf(prompt, "6")["clip"]).toEqual(["12", 0]);
    expect(nodeOf(prompt, "3")["model"]).toEqual(["11", 0]);
    expect(nodeOf(prompt, "8")).toEqual({ samples: ["3", 0], vae: ["4", 2] });
  });
  it("calls files as the server does, in whatever folder", () => {
    const defs = parseDefinitions({ CheckpointLoaderSimple: { input: { required: { ckpt_name: [["first.ckpt", "sd15/Dream.ckpt"]] } } } });
    expect(nodeOf(parametersPrompt(text, defs), "4")).toEqual({ ckpt_name: "sd15/Dream.ckpt" });
    expect(nodeOf(parametersPrompt("x\nSteps: 1", defs), "4")).toEqual({ ckpt_name: "first.ckpt" });
  });
  it("takes a VAE of its own", () => {
    const prompt = parametersPrompt("x\nSteps: 1, VAE: clear.pt");
    expect(nodeOf(prompt, "8")["vae"]).toEqual(["10", 0]);
    expect(nodeOf(prompt, "10")).toEqual({ vae_name: "clear.pt" });
    expect(typesOf(parametersPrompt("x\nSteps: 1, VAE: Automatic"))).not.toContain("VAELoader");
  });
  it("enlarges latents and samples again", () => {
    const prompt = parametersPrompt("x\nSteps: 20, Size: 512x768, Seed: 3, Denoising strength: 0.4, Hires upscale: 1.5, Hires steps: 8, Hires upscaler: Latent (nearest)");
    expect(nodeOf(prompt, "10")).toEqual({ samples: ["3", 0], upscale_method: "bilinear", width: 768, height: 1152, crop: "disabled" });
    expect(nodeOf(prompt, "11")).toMatchObject({ latent_image: ["10", 0], steps: 8, denoise: 0.4, seed: 3 });
    expect(nodeOf(prompt, "8")["samples"]).toEqual(["11", 0]);
  });
  it("enlarges through pixels where the upscaler is a model", () => {
    const prompt = parametersPrompt("x\nSteps: 20, Size: 512x512, Hires upscale: 2, Hires upscaler: R-ESRGAN 4x+");
    expect(typesOf(prompt)).toEqual(expect.arrayContaining(["UpscaleModelLoader", "ImageUpscaleWithModel", "ImageScale", "VAEEncode"]));
    expect(Object.values(prompt)).toContainEqual({ class_type: "UpscaleModelLoader", inputs: { model_name: "R-ESRGAN 4x+.pth" } });
  });
});
