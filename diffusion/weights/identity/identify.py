"""From the keys of a file to its kind: the rules in their order."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from diffusion.weights.identity.backbones import backbone
from diffusion.weights.identity.controls import (
    control_lora,
    controlnet,
    gligen,
    ip_adapter,
    lllite,
    motion_module,
    photomaker,
    style_model,
    t2i_adapter,
)
from diffusion.weights.identity.encoders import (
    clip_text,
    clip_vision,
    language_model,
    preview_vae,
    t5_text,
    vae,
)
from diffusion.weights.identity.kinds import Kind
from diffusion.weights.identity.loras import lora
from diffusion.weights.identity.sheet import HEADER_KEY, Shape, Sheet
from diffusion.weights.identity.tables import embedding, hypernetwork
from diffusion.weights.identity.upscalers import upscaler

if TYPE_CHECKING:
    from diffusion.weights.archive import Archive

BACKBONES = ("model.diffusion_model.", "diffusion_model.", "net.", "transformer.", "model.", "")
# Where whole checkpoints keep their parts.
PARTS: Mapping[str, tuple[str, ...]] = {
    "text encoder": ("cond_stage_model.", "conditioner.", "text_encoders."),
    "VAE": ("first_stage_model.", "vae."),
    "image encoder": ("embedder.model.visual.", "embedder.image_encoder."),
}


def identify(shapes: Mapping[str, Shape], metadata: Mapping[str, str] | None = None) -> Kind:
    """What a file with tensors of these shapes is; of the role `unknown` when no rule knows them."""
    sheet = Sheet(shapes, metadata or {})
    return next((kind for rule in RULES if (kind := rule(sheet))), Kind("unknown"))


def identify_archive(archive: Archive) -> Kind:
    """What an archive is, by its header alone."""
    return identify({key: entry.shape for key, entry in archive.entries.items()}, archive.metadata)


def checkpoint(sheet: Sheet) -> Kind | None:
    """A diffusion model with its other parts."""
    there = [part for part, prefixes in PARTS.items() if has_prefix(sheet, prefixes)]
    model = diffusion_model(sheet) if has_prefix(sheet, BACKBONES[:2]) else None
    if model is None or not there:
        return None
    family, noted = by_text_towers(sheet, model.family)
    evidence = (*noted, *model.evidence)
    return replace(model, role="checkpoint", family=family, parts=("model", *there), evidence=evidence)


def by_text_towers(sheet: Sheet, family: str) -> tuple[str, tuple[str, ...]]:
    """SDXL or its refiner: the one reads with CLIP-L and OpenCLIP-G, the other with OpenCLIP-G alone."""
    alone, second = "conditioner.embedders.0.model.", "conditioner.embedders.1."
    if family in ("sdxl", "sdxl-refiner") and has_prefix(sheet, (alone,)):
        return "sdxl-refiner", (f"{alone}…",)
    return family, (f"{second}…",) if has_prefix(sheet, (second,)) else ()


def has_prefix(sheet: Sheet, prefixes: tuple[str, ...]) -> bool:
    """Whether some key starts so."""
    return any(f"\n{prefix}" in f"\n{sheet.text}" for prefix in prefixes)


def diffusion_model(sheet: Sheet) -> Kind | None:
    """A diffusion model under any of the prefixes that are in use, with the marks that lie beside it."""
    inside = (sheet.below(prefix) for prefix in BACKBONES if has_prefix(sheet, (prefix,)) or not prefix)
    kind = next((kind for part in inside if (kind := backbone(part))), None)
    if kind is None:
        return None
    return replace(kind, family=own_family(sheet) or kind.family, variant=marked(sheet, kind.variant))


def marked(sheet: Sheet, variant: str) -> str:
    """The variant, with what the empty tensors that mark a checkpoint say besides."""
    marks = (("v_pred", "v-prediction"), ("edm_mean", "Playground 2.5"))
    said = [label for key, label in marks if key in sheet.shapes]
    return ", ".join(part for part in (variant, *said) if part)


def own_family(sheet: Sheet) -> str:
    """The family that a file made for this program names itself."""
    try:
        said = json.loads(sheet.metadata.get(HEADER_KEY, "{}"))
    except (ValueError, RecursionError):
        return ""
    family = said.get("family") if isinstance(said, dict) else None
    return family if isinstance(family, str) else ""


# What is put beside a model holds parts of one, so it is asked first; plain tables of numbers last.
RULES: tuple[Callable[[Sheet], Kind | None], ...] = (
    control_lora,
    lllite,
    ip_adapter,
    photomaker,
    lora,
    gligen,
    controlnet,
    motion_module,
    checkpoint,
    t2i_adapter,
    style_model,
    diffusion_model,
    vae,
    preview_vae,
    clip_text,
    clip_vision,
    t5_text,
    language_model,
    upscaler,
    embedding,
    hypernetwork,
)
