"""The table of kinds: the folder of each, how it is written, and what it is to be recognised as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zlib import crc32

import torch

from tests.factory import adapters, checkpoints, controls, networks, pictures
from tests.factory.networks import HEADS

Identity = tuple[str, str, str]  # role, family, variant, as `diffusion.weights.identity` names them


@dataclass(frozen=True)
class Made:
    """One kind of file, or of folder where it has no ending."""

    folder: str
    writes: Callable[[Path], None]
    identity: Identity | None = None  # None: no file of weights by itself
    suffix: str = ".safetensors"


def write(path: Path, kind: str, seed: int = 0) -> Path:
    """Write a file of a kind; the same kind, name and seed give the same numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed + crc32(path.name.encode()))
        KINDS[kind].writes(path)
    return path


def plain_name(kind: str) -> str:
    """Where a kind is written if it is not called otherwise."""
    made = KINDS[kind]
    return f"{made.folder}/{kind}{made.suffix}"


def checkpoint(
    family: str, writes: Callable[[Path], None], variant: str = "", suffix: str = ".safetensors"
) -> Made:
    """A row of the table."""
    return Made("checkpoints", writes, ("checkpoint", family, variant), suffix)


def lora(
    maker: adapters.Maker, family: str = "sd1", variant: str = "", *, convolutions: bool = False
) -> Made:
    """A row of the table, in kohya's names."""
    writes = partial(adapters.kohya, maker=maker, family=family, convolutions=convolutions)
    return Made("loras", writes, ("lora", family, variant))


CHECKPOINTS: Mapping[str, Made] = {
    "sd1": checkpoint("sd1", checkpoints.sd1),
    "sd1-inpaint": checkpoint("sd1", partial(checkpoints.sd1, channels=9), "inpaint"),
    "sd1-pix2pix": checkpoint("sd1", partial(checkpoints.sd1, channels=8), "pix2pix"),
    "sd1-ckpt": checkpoint("sd1", checkpoints.sd1, suffix=".ckpt"),
    "sd1-diffusers": Made("checkpoints", checkpoints.folder, suffix=""),
    "sd2": checkpoint("sd2", checkpoints.sd2),
    "sd2-v": checkpoint("sd2", partial(checkpoints.sd2, velocity=True)),
    "sd2-inpaint": checkpoint("sd2", partial(checkpoints.sd2, channels=9), "inpaint"),
    "sd2-depth": checkpoint("sd2", partial(checkpoints.sd2, channels=5), "depth"),
    "sd2-upscaler": checkpoint("sd-upscaler", checkpoints.upscaler, "upscaler"),
    "sd2-unclip-l": checkpoint("sd2", partial(checkpoints.unclip, encoder=networks.VIT_L), "unclip-L"),
    "sd2-unclip-h": checkpoint("sd2", partial(checkpoints.unclip, encoder=networks.VIT_H), "unclip-H"),
    "sdxl": checkpoint("sdxl", checkpoints.sdxl),
    "sdxl-inpaint": checkpoint("sdxl", partial(checkpoints.sdxl, channels=9), "inpaint"),
    "sdxl-pix2pix": checkpoint("sdxl", partial(checkpoints.sdxl, channels=8), "pix2pix"),
    "sdxl-turbo": checkpoint("sdxl", checkpoints.sdxl),
    "sdxl-lightning": checkpoint("sdxl", checkpoints.sdxl),
    "sdxl-refiner": checkpoint("sdxl-refiner", checkpoints.refiner),
}
ALONE: Mapping[str, Made] = {
    "unet-sd1": Made("diffusion_models", checkpoints.sd1_unet, ("model", "sd1", "")),
    "unet-sdxl": Made("diffusion_models", checkpoints.sdxl_unet, ("model", "sdxl", "")),
    "vae": Made("vae", checkpoints.vae, ("vae", "sd", "")),
    "taesd": Made("vae_approx", pictures.taesd, ("preview_vae", "sd", "TAESD")),
    "clip-l": Made(
        "text_encoders",
        partial(checkpoints.text_encoder, config=networks.CLIP_L),
        ("text_encoder", "", "CLIP-L"),
    ),
    "clip-h": Made(
        "text_encoders",
        partial(checkpoints.text_encoder, config=networks.CLIP_H),
        ("text_encoder", "sd2", "CLIP-H"),
    ),
    "clip-l-xl": Made(
        "text_encoders",
        partial(checkpoints.text_encoder, config=networks.CLIP_L_XL),
        ("text_encoder", "", "CLIP-L"),
    ),
    "clip-g": Made(
        "text_encoders",
        partial(checkpoints.text_encoder, config=networks.CLIP_G),
        ("text_encoder", "", "CLIP-G"),
    ),
    "clip-vision-l": Made(
        "clip_vision", partial(checkpoints.clip_vision, config=networks.VIT_L), ("clip_vision", "", "")
    ),
    "clip-vision-h": Made(
        "clip_vision", partial(checkpoints.clip_vision, config=networks.VIT_H), ("clip_vision", "", "")
    ),
}
ADAPTERS: Mapping[str, Made] = {
    "lora-sd1": lora(adapters.lora),
    "lora-sd2": lora(adapters.lora, "sd2"),
    "lora-sdxl": lora(adapters.lora, "sdxl"),
    "lora-diffusers": Made("loras", partial(adapters.dotted, name=adapters.processor_name), ("lora", "", "")),
    "lora-peft": Made("loras", partial(adapters.dotted, name=adapters.peft_name), ("lora", "", "")),
    "locon": lora(adapters.lora, variant="LoCon", convolutions=True),
    "loha": lora(adapters.loha, variant="LoHa", convolutions=True),
    "lokr": lora(adapters.lokr, variant="LoKr"),
    "dora": lora(adapters.dora, variant="DoRA"),
    "oft": lora(adapters.oft, variant="OFT"),
    "boft": lora(adapters.boft, variant="BOFT"),
    "full-difference": lora(adapters.difference, variant="full difference"),
    "lcm-lora-sd1": lora(adapters.lora, variant="LoCon", convolutions=True),
    "lcm-lora-sdxl": lora(adapters.lora, "sdxl", "LoCon", convolutions=True),
    "embedding-sd1": Made("embeddings", adapters.embedding, ("embedding", "", "")),
    "embedding-sdxl": Made("embeddings", adapters.embedding_xl, ("embedding", "sdxl", "")),
    "embedding-old": Made("embeddings", adapters.embedding, ("embedding", "", ""), ".pt"),
    "hypernetwork": Made("hypernetworks", adapters.hypernetwork, ("hypernetwork", "", ""), ".pt"),
}
CONTROLS: Mapping[str, Made] = {
    "controlnet-sd1": Made(
        "controlnet", partial(controls.controlnet, config=networks.SD1), ("controlnet", "sd1", ""), ".pth"
    ),
    "controlnet-sd1-diffusers": Made(
        "controlnet", partial(controls.diffusers_controlnet, config=networks.SD1), ("controlnet", "sd1", "")
    ),
    "controlnet-sd2": Made(
        "controlnet", partial(controls.controlnet, config=networks.SD2, told=HEADS), ("controlnet", "sd2", "")
    ),
    "controlnet-sdxl": Made(
        "controlnet",
        partial(controls.diffusers_controlnet, config=networks.SDXL, told=HEADS),
        ("controlnet", "sdxl", ""),
    ),
    "controlnet-union": Made("controlnet", controls.union, ("controlnet", "sdxl", "union")),
    "control-lora": Made("controlnet", controls.control_lora, ("control_lora", "sdxl", "")),
    "t2i-adapter-sd1": Made(
        "controlnet", partial(controls.t2i_adapter, config=controls.FULL), ("t2i_adapter", "sd1", ""), ".pth"
    ),
    "t2i-adapter-light": Made(
        "controlnet",
        partial(controls.t2i_adapter, config=controls.LIGHT),
        ("t2i_adapter", "sd1", "light"),
        ".pth",
    ),
    "t2i-adapter-sdxl": Made(
        "controlnet", partial(controls.t2i_adapter, config=controls.XL), ("t2i_adapter", "sdxl", "")
    ),
    "gligen": Made("gligen", controls.gligen, ("gligen", "sd1", "")),
    "style-model": Made("style_models", controls.style_model, ("style_model", "sd1", "T2I-Adapter"), ".pth"),
    "ip-adapter": Made(
        "ipadapter", partial(controls.ip_adapter, config=networks.SD1), ("ip_adapter", "", "")
    ),
    "ip-adapter-plus": Made(
        "ipadapter",
        partial(controls.ip_adapter, config=networks.SD1, kind="plus"),
        ("ip_adapter", "", "plus"),
    ),
    "ip-adapter-sdxl": Made(
        "ipadapter", partial(controls.ip_adapter, config=networks.SDXL), ("ip_adapter", "", "")
    ),
    "photomaker": Made("photomaker", controls.photomaker, ("photomaker", "sdxl", "v1"), ".bin"),
}
PICTURES: Mapping[str, Made] = {
    "esrgan-4x": Made("upscale_models", pictures.esrgan_old, ("upscaler", "", "ESRGAN 4x"), ".pth"),
    "realesrgan-4x": Made("upscale_models", pictures.esrgan, ("upscaler", "", "ESRGAN 4x"), ".pth"),
    "realesrgan-2x": Made(
        "upscale_models", partial(pictures.esrgan, scale=2), ("upscaler", "", "ESRGAN 2x"), ".pth"
    ),
    "depth-anything": Made("depth", pictures.depth, suffix=""),
    "upernet": Made("segmentation", pictures.segmentation, suffix=""),
    "vitpose": Made("pose", pictures.pose, suffix=""),
    "yolos": Made("detection", pictures.detection, suffix=""),
}
KINDS: Mapping[str, Made] = {**CHECKPOINTS, **ALONE, **ADAPTERS, **CONTROLS, **PICTURES}
