"""What a conditioning says of pictures, as packs know it: sizes, channels beside the latents, unCLIP."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from torch import Tensor

from diffusion.families.channels import NOISE
from diffusion.families.vectors import UNCLIP, UnclipPicture
from diffusion.sampling.conditioning import CONTROLS_CONTEXT, CONTROLS_POOLED
from diffusion.types import Beside, Cond, PictureSize
from diffusion.vision.clip_vision import ClipVisionOutput

SIZE_KEYS: Mapping[str, str] = {
    "width": "width",
    "height": "height",
    "crop_w": "crop_left",
    "crop_h": "crop_top",
    "target_width": "target_width",
    "target_height": "target_height",
    "aesthetic_score": "aesthetic_score",
}
NEEDED = ("width", "height")
CROPS = ("crop_w", "crop_h")
LATENT, PICTURE, MASK = "concat_latent_image", "concat_image", "concat_mask"
COLOURS = 3  # channels of what is a picture and no latent
# What the control networks of a conditioning are told in the place of its text.
TEXT_FACTS = (CONTROLS_CONTEXT, CONTROLS_POOLED)


# To packs


def told_of_pictures(cond: Cond) -> dict[str, Any]:
    """What size, channels and facts of a conditioning say."""
    return {**told_of_size(cond.size), **told_of_beside(cond.beside), **told_of_facts(cond.facts)}


def told_of_size(size: PictureSize | None) -> dict[str, Any]:
    """A picture's history; crops of nothing only where a target is told as well."""
    if size is None:
        return {}
    told = {key: getattr(size, field) for key, field in SIZE_KEYS.items()}
    silent = CROPS if told["target_width"] is None and not (size.crop_left or size.crop_top) else ()
    return {key: value for key, value in told.items() if value is not None and key not in silent}


def told_of_beside(beside: Beside | None) -> dict[str, Any]:
    """Channels beside the latents."""
    if beside is None:
        return {}
    told: dict[str, Any] = {}
    if beside.latent is not None:
        told[PICTURE if beside.latent.shape[1] == COLOURS else LATENT] = beside.latent
    return told if beside.mask is None else {**told, MASK: beside.mask}


def told_of_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts, the pictures of unCLIP as dicts."""
    told = dict(facts)
    if UNCLIP in told:
        told[UNCLIP] = [told_of_unclip(picture) for picture in told[UNCLIP]]
    return told


def told_of_unclip(picture: UnclipPicture) -> dict[str, Any]:
    """One picture of unCLIP."""
    return {
        "clip_vision_output": picture.seen,
        "strength": picture.strength,
        "noise_augmentation": picture.noise_augmentation,
    }


# From packs


def pictures_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a conditioning that hold what a pack says of pictures."""
    size, beside, facts = size_of(told), beside_of(told), facts_of(told)
    fields = {"size": size, "beside": beside, "facts": facts or None}
    return {name: value for name, value in fields.items() if value is not None}


def size_of(told: Mapping[str, Any]) -> PictureSize | None:
    """A picture's history; none without width and height."""
    if not all(isinstance(told.get(key), Integral) for key in NEEDED):
        return None
    said = {field: told[key] for key, field in SIZE_KEYS.items() if isinstance(told.get(key), Real)}
    return PictureSize(**said)


def beside_of(told: Mapping[str, Any]) -> Beside | None:
    """Channels beside the latents."""
    latent, picture, mask = (told.get(key) for key in (LATENT, PICTURE, MASK))
    shown = latent if isinstance(latent, Tensor) else picture
    if not isinstance(shown, Tensor) or shown.ndim != 4:
        shown = None
    if shown is None and not isinstance(mask, Tensor):
        return None
    return Beside(shown, mask if isinstance(mask, Tensor) else None)


def facts_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """What only one family reads."""
    facts = {key: told[key] for key in TEXT_FACTS if isinstance(told.get(key), Tensor)}
    if isinstance(told.get(NOISE), Real):
        facts[NOISE] = told[NOISE]
    pictures = told.get(UNCLIP)
    if isinstance(pictures, list | tuple) and pictures and all(map(is_unclip, pictures)):
        facts[UNCLIP] = tuple(
            UnclipPicture(one["clip_vision_output"], one["strength"], one["noise_augmentation"])
            for one in pictures
        )
    return facts


def is_unclip(picture: object) -> bool:
    """Whether this is one picture of unCLIP."""
    return (
        isinstance(picture, Mapping)
        and isinstance(picture.get("clip_vision_output"), ClipVisionOutput)
        and all(isinstance(picture.get(key), Real) for key in ("strength", "noise_augmentation"))
    )
