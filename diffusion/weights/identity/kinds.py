"""The kinds of weights files: what they are called, where they belong, which node loads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "checkpoint",
    "model",
    "vae",
    "preview_vae",
    "text_encoder",
    "lora",
    "controlnet",
    "control_lora",
    "controlnet_lllite",
    "t2i_adapter",
    "embedding",
    "hypernetwork",
    "clip_vision",
    "style_model",
    "ip_adapter",
    "gligen",
    "photomaker",
    "upscaler",
    "motion_module",
    "unknown",
]


@dataclass(frozen=True)
class Home:
    """Where a kind of file lives, and what opens it."""

    label: str  # with its article
    folder: str  # below models/; "" for none
    loader: str  # what uses it: a node's display name, or another way; "" for packs of nodes alone


HOMES: Mapping[Role, Home] = {
    "checkpoint": Home("a checkpoint", "checkpoints", "Load Checkpoint"),
    "model": Home("a diffusion model alone", "diffusion_models", "Load Diffusion Model"),
    "vae": Home("a VAE", "vae", "Load VAE"),
    "preview_vae": Home("a small VAE for previews", "vae_approx", ""),
    "text_encoder": Home("a text encoder", "text_encoders", "Load CLIP"),
    "lora": Home("a LoRA", "loras", "Load LoRA"),
    "controlnet": Home("a ControlNet", "controlnet", "Load ControlNet Model"),
    "control_lora": Home("a Control-LoRA", "controlnet", "Load ControlNet Model"),
    "controlnet_lllite": Home("a ControlNet-LLLite", "controlnet", ""),
    "t2i_adapter": Home("a T2I-Adapter", "controlnet", "Load ControlNet Model"),
    "embedding": Home("a textual inversion embedding", "embeddings", "embedding:NAME in a prompt"),
    "hypernetwork": Home("a hypernetwork", "hypernetworks", "Load Hypernetwork"),
    "clip_vision": Home("an image encoder (CLIP vision)", "clip_vision", "Load CLIP Vision"),
    "style_model": Home("a style model", "style_models", "Load Style Model"),
    "ip_adapter": Home("an IP-Adapter", "ipadapter", "Load IP-Adapter"),
    "gligen": Home("a GLIGEN model", "gligen", "GLIGENLoader"),
    "photomaker": Home("a PhotoMaker", "photomaker", "PhotoMakerLoader"),
    "upscaler": Home("an upscaler", "upscale_models", "Load Upscale Model"),
    "motion_module": Home("a motion module (AnimateDiff)", "animatediff_models", ""),
    "unknown": Home("of an unknown kind", "", ""),
}

FAMILY_LABELS: Mapping[str, str] = {
    "sd1": "SD 1.x",
    "sd2": "SD 2.x",
    "sdxl": "SDXL",
    "sdxl-refiner": "the SDXL refiner",
    "sd-upscaler": "the SD x4 upscaler",
    "sd": "SD 1.x, SD 2.x or SDXL",  # the same layout in all of them
    "sd3": "SD 3",
    "flux": "Flux",
    "flux2": "Flux.2",
    "sd3-flux": "SD 3 or Flux",
    "chroma": "Chroma",
    "kolors": "Kolors",
    "svd": "Stable Video Diffusion",
    "sd-cascade": "Stable Cascade",
    "pixart": "PixArt",
    "hunyuan-dit": "Hunyuan-DiT",
    "hunyuan-video": "HunyuanVideo",
    "hidream": "HiDream",
    "auraflow": "AuraFlow",
    "lumina2": "Lumina 2",
    "z-image": "Z-Image",
    "qwen-image": "Qwen-Image",
    "wan": "Wan",
    "ltx": "LTX-Video",
    "mochi": "Mochi",
    "cosmos": "Cosmos",
    "cogvideox": "CogVideoX",
    "sana": "Sana",
    "stable-audio": "Stable Audio",
    "ace-step": "ACE-Step",
}


@dataclass(frozen=True)
class Kind:
    """What a file is. Empty texts stand for what its keys do not tell."""

    role: Role
    family: str = ""  # a key of FAMILY_LABELS, or a name that the file gives itself
    variant: str = ""  # "inpaint", "LoHa", "CLIP-L" …
    layout: str = ""  # whose names its tensors bear: "kohya", "diffusers" …
    parts: tuple[str, ...] = ()  # of a checkpoint: "model", "text encoder", "VAE" …
    evidence: tuple[str, ...] = ()  # keys and shapes that told

    @property
    def home(self) -> Home:
        """Where it belongs."""
        return HOMES[self.role]

    def __str__(self) -> str:
        """As a noun: `a LoRA for SDXL (kohya names)`."""
        family = f" for {family_label(self.family)}" if self.family else ""
        aside = ", ".join(part for part in (self.variant, self.layout and f"{self.layout} names") if part)
        return f"{self.home.label}{family}" + (f" ({aside})" if aside else "")


def noun(role: Role) -> str:
    """A role's label without its article."""
    return HOMES[role].label.split(" ", 1)[1]


def family_label(family: str) -> str:
    """The field's name of a family."""
    return FAMILY_LABELS.get(family, family)
