/** Which folder of `models/` a loader's choice comes from. */

const BY_WIDGET: Readonly<Record<string, string>> = {
  ckpt_name: "checkpoints",
  config_name: "configs",
  lora_name: "loras",
  vae_name: "vae",
  control_net_name: "controlnet",
  unet_name: "diffusion_models",
  clip_name: "text_encoders",
  clip_name1: "text_encoders",
  clip_name2: "text_encoders",
  clip_name3: "text_encoders",
  style_model_name: "style_models",
  gligen_name: "gligen",
  hypernetwork_name: "hypernetworks",
  photomaker_model_name: "photomaker",
  ipadapter_file: "ipadapter",
};

const BY_NODE: readonly (readonly [RegExp, string])[] = [
  [/clip_?vision/i, "clip_vision"],
  [/upscale/i, "upscale_models"],
  [/ip-?adapter/i, "ipadapter"],
  [/hypernetwork/i, "hypernetworks"],
  [/lora/i, "loras"],
  [/control/i, "controlnet"],
  [/depth/i, "depth"],
  [/pose/i, "pose"],
  [/segment/i, "segmentation"],
  [/detect/i, "detection"],
  [/vae/i, "vae"],
  [/clip/i, "text_encoders"],
  [/unet|diffusion/i, "diffusion_models"],
  [/checkpoint|ckpt/i, "checkpoints"],
];

/** Empty when nothing tells. */
export function folderFor(type: string, widget: string): string {
  if (widget === "clip_name" && /vision/i.test(type)) return "clip_vision";
  return BY_WIDGET[widget] ?? BY_NODE.find(([pattern]) => pattern.test(type))?.[1] ?? "";
}
