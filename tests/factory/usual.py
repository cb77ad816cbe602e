"""The names under which the field knows files, and the kind of each: those that the workflows ask for."""

from __future__ import annotations

from collections.abc import Mapping

USUAL: Mapping[str, str] = {
    "checkpoints/heddle-demo.safetensors": "sd1",
    "checkpoints/v1-5-pruned-emaonly-fp16.safetensors": "sd1",
    "checkpoints/dreamshaper_8.safetensors": "sd1",
    "checkpoints/512-inpainting-ema.safetensors": "sd2-inpaint",
    "checkpoints/sd-v1-5-inpainting.safetensors": "sd1-inpaint",
    "checkpoints/instruct-pix2pix-00-22000.safetensors": "sd1-pix2pix",
    "checkpoints/v2-1_768-ema-pruned.safetensors": "sd2-v",
    "checkpoints/512-depth-ema.safetensors": "sd2-depth",
    "checkpoints/sd21-unclip-h.safetensors": "sd2-unclip-h",
    "checkpoints/x4-upscaler-ema.safetensors": "sd2-upscaler",
    "checkpoints/sd_xl_base_1.0.safetensors": "sdxl",
    "checkpoints/sd_xl_refiner_1.0.safetensors": "sdxl-refiner",
    "checkpoints/sd_xl_turbo_1.0_fp16.safetensors": "sdxl-turbo",
    "loras/heddle-demo-winter.safetensors": "lora-sd1",
    "loras/lcm-lora-sdv1-5.safetensors": "lcm-lora-sd1",
    "loras/add_detail.safetensors": "lora-sd1",
    "loras/pixel-art.safetensors": "loha",
    "embeddings/heddle-harbour.safetensors": "embedding-sd1",
    "embeddings/easynegative.safetensors": "embedding-sd1",
    "embeddings/midjourney-style.pt": "embedding-old",
    "hypernetworks/watercolor.pt": "hypernetwork",
    "controlnet/heddle-demo-segments.safetensors": "controlnet-sd1",
    "controlnet/control_v11p_sd15_canny_fp16.safetensors": "controlnet-sd1",
    "controlnet/control_v11p_sd15_scribble_fp16.safetensors": "controlnet-sd1-diffusers",
    "controlnet/control_v11f1p_sd15_depth_fp16.safetensors": "controlnet-sd1",
    "controlnet/t2iadapter_canny_sd15v2.pth": "t2i-adapter-sd1",
    "gligen/gligen_sd14_textbox_pruned.safetensors": "gligen",
    "clip_vision/clip-vit-large-patch14.safetensors": "clip-vision-l",
    "clip_vision/CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors": "clip-vision-h",
    "style_models/t2iadapter_style_sd14v1.pth": "style-model",
    "ipadapter/ip-adapter-plus_sd15.safetensors": "ip-adapter-plus",
    "upscale_models/4x-UltraSharp.pth": "esrgan-4x",
    "upscale_models/RealESRGAN_x4plus.pth": "realesrgan-4x",
    "depth/depth-anything-small-hf": "depth-anything",
}
