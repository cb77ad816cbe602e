import { parseDefinitions, type NodeDefs } from "@/formats/definitions";

/** A few node types in the shape that `/object_info` has. */
export const defs: NodeDefs = parseDefinitions({
  Loader: { input: { required: { file: [["a.safetensors", "b.safetensors"]] } }, output: ["MODEL", "CLIP"], output_name: ["MODEL", "CLIP"], display_name: "Load", category: "loaders" },
  Sampler: {
    input: {
      required: {
        model: ["MODEL"],
        seed: ["INT", { default: 0, min: 0, max: 18446744073709551615n, control_after_generate: true }],
        steps: ["INT", { default: 20, min: 1, max: 100 }],
        cfg: ["FLOAT", { default: 8, min: 0, max: 100, step: 0.1, round: 0.01 }],
        sampler_name: [["euler", "heun"]],
      },
      optional: { mask: ["MASK"] },
    },
    input_order: { required: ["model", "seed", "steps", "cfg", "sampler_name"], optional: ["mask"] },
    output: ["LATENT"],
    display_name: "Sampler",
    category: "sampling",
  },
  Picture: { input: { required: { image: [["x.png"], { image_upload: true }] } }, output: ["IMAGE", "MASK"], category: "image" },
  Mode: { input: { required: { style: ["COMBO", { options: ["plain", "bold"], control_after_generate: true }] } }, output: ["STRING"], category: "text" },
  Scale: { input: { required: { samples: ["LATENT"], by: ["FLOAT", { default: 1.5 }] } }, output: ["LATENT"], category: "latent" },
  Forced: { input: { required: { text: ["STRING", { forceInput: true }], times: ["INT", { default: 3 }] } }, output: ["STRING"], category: "text" },
  Save: { input: { required: { samples: ["LATENT"], prefix: ["STRING", { default: "x" }] } }, output: [], output_node: true, category: "image" },
  Batch: {
    input: { required: { images: ["COMFY_AUTOGROW_V3", { template: { input: { required: { image: ["IMAGE", {}] } }, prefix: "image", min: 2, max: 5 } }] } },
    output: ["IMAGE"],
    category: "image",
  },
  Guided: {
    input: {
      required: { strength: ["FLOAT", { default: 0.5 }] },
      optional: {
        guide: [
          "COMFY_DYNAMICSLOT_V3",
          {
            slotType: "IMAGE",
            inputs: {
              required: { kind: [["edges", "depth"]], seed: ["INT", { control_after_generate: true }] },
              optional: { mask: ["MASK"], more: ["COMFY_DYNAMICSLOT_V3", { slotType: "IMAGE", inputs: { required: { by: ["FLOAT", { default: 2 }] } }, forceInput: true }] },
            },
            forceInput: true,
          },
        ],
        note: ["STRING"],
      },
    },
    output: ["IMAGE"],
    category: "image",
  },
  Resize: {
    input: {
      required: {
        picture: ["IMAGE"],
        to: [
          "COMFY_DYNAMICCOMBO_V3",
          {
            options: [
              { key: "factor", inputs: { required: { factor: ["FLOAT", { default: 1 }] } } },
              { key: "sides", inputs: { required: { width: ["INT", { default: 512, max: 4096 }], long_side: ["INT", { default: 64 }] } } },
              { key: "width", inputs: { required: { width: ["INT", { default: 128, max: 1024 }] } } },
              { key: "same", inputs: { required: { like: ["IMAGE", {}] }, optional: { by: ["COMFY_DYNAMICCOMBO_V3", { options: [{ key: "hand", inputs: {} }, { key: "eye", inputs: { required: { sharp: ["BOOLEAN"] } } }] }] } } },
              { key: "many", inputs: { required: { names: ["COMFY_AUTOGROW_V3", { template: { input: { required: { name: ["STRING", {}] } }, names: ["first", "second"], min: 0 } }] } } },
            ],
          },
        ],
        method: [["area", "cubic"]],
      },
    },
    output: ["IMAGE"],
    category: "image",
  },
});
