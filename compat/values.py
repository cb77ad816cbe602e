"""Latents, conditionings and noise as packs know them, and as Heddle's own values.

What Heddle has no field for travels in `extra`, so that the next pack finds it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from torch import Tensor

from compat.pictures_told import pictures_of, told_of_pictures
from diffusion.types import Cond, Conditioning, Latent, Noise
from graph.schema import Schema
from graph.types import ANY, WILD, members
from nodes.custom_sampling import drawn

LATENT, CONDITIONING, NOISE = "LATENT", "CONDITIONING", "NOISE"
PERCENTAGE = "percentage"  # the first entry of an area that is given in parts of the picture


@dataclass(frozen=True)
class PackNoise:
    """Noise as packs know it."""

    noise: Noise

    @property
    def seed(self) -> int:
        """Of all chance in sampling."""
        return self.noise.seed

    def generate_noise(self, input_latent: Mapping[str, Any]) -> Tensor:
        """The start's noise (B, C, h, w) for a latent as packs know it."""
        return drawn(self.noise, latent_of(input_latent))


@dataclass(frozen=True, eq=False)
class PackDraw:
    """The start's noise as an object of a pack draws it."""

    source: Any

    def __call__(self, latent: Latent) -> Tensor:
        """(B, C, h, w)."""
        noise: Tensor = self.source.generate_noise(latent_dict(latent))
        return noise


# To packs


def to_pack(schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a pack's node, as it knows them."""
    specs = schema.by_name
    return {name: to_field(v, specs[name].type if name in specs else ANY) for name, v in given.items()}


def to_field(value: Any, kind: str = ANY) -> Any:
    """A value, or each of a list of values, as packs know it; all else stays as it is."""
    if isinstance(value, Latent):
        return latent_dict(value)
    if isinstance(value, Noise):
        return value.draw.source if isinstance(value.draw, PackDraw) else PackNoise(value)
    if type(value) is tuple and all(isinstance(cond, Cond) for cond in value):
        return pairs(value) if value or CONDITIONING in members(kind) else value
    if type(value) is list:
        items = [to_field(item, kind) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value


def latent_dict(latent: Latent) -> dict[str, Any]:
    """A latent as packs know it; the dict is theirs to change."""
    told: dict[str, Any] = {**latent.extra, "samples": latent.samples}
    if latent.noise_mask is not None:
        told["noise_mask"] = latent.noise_mask
    if latent.batch_index is not None:
        told["batch_index"] = list(latent.batch_index)
    return told


def pairs(conditioning: Conditioning) -> list[list[Any]]:
    """A conditioning as packs know it; lists and dicts are theirs to change."""
    return [[cond.context, {**cond.extra, **told_of(cond)}] for cond in conditioning]


def told_of(cond: Cond) -> dict[str, Any]:
    """What a conditioning's fields say; nothing of those that are as they are without a word."""
    told: dict[str, Any] = {}
    for name, key in KEYS.items():
        value = getattr(cond, key.field)
        if differs(value, key.default):
            told[name] = value
    if cond.area is not None:
        told["area"] = cond.area
    elif cond.share is not None:
        told["area"] = (PERCENTAGE, *cond.share)
    return {**told, **told_of_pictures(cond)}


# From packs


def from_pack(schema: Schema, values: Iterable[Any]) -> tuple[Any, ...]:
    """The outputs of a pack's node, as Heddle's nodes know them."""
    specs = [(spec.type, spec.is_list) for spec in schema.outputs]
    found = []
    for slot, value in enumerate(values):
        kind, is_list = specs[slot] if slot < len(specs) else (ANY, False)
        found.append(from_items(value, kind) if is_list else from_field(value, kind))
    return tuple(found)


def from_items(value: Any, kind: str = ANY) -> Any:
    """A list of a pack's values, each as Heddle's nodes know it."""
    return [from_field(item, kind) for item in value] if isinstance(value, list | tuple) else value


def from_field(value: Any, kind: str = ANY) -> Any:
    """A pack's value as Heddle's nodes know it.

    Where the type does not say what it is, only what looks exactly like a latent or a conditioning is one.
    """
    kinds = members(kind)
    if (NOISE in kinds or kinds & WILD) and callable(getattr(value, "generate_noise", None)):
        return noise_of(value)
    if LATENT in kinds and isinstance(value, Mapping) and has_samples(value):
        return latent_of(value)
    if CONDITIONING in kinds and isinstance(value, list) and all(map(is_pair, value)):
        return tuple(map(cond_of, value))
    if kinds & WILD and type(value) is dict and has_samples(value):
        return latent_of(value)
    if kinds & WILD and type(value) is list and value and all(map(is_pair, value)):
        return tuple(map(cond_of, value))
    return value


def has_samples(told: Mapping[str, Any]) -> bool:
    """Whether a dict is a latent's."""
    return isinstance(told.get("samples"), Tensor)


def is_pair(entry: Any) -> bool:
    """Whether this is [tensor, dict]."""
    if not isinstance(entry, list | tuple) or len(entry) != 2:
        return False
    return isinstance(entry[0], Tensor) and isinstance(entry[1], Mapping)


def latent_of(told: Mapping[str, Any]) -> Latent:
    """A pack's latent."""
    fields: dict[str, Any] = {"samples": told["samples"]}
    if isinstance(told.get("noise_mask"), Tensor):
        fields["noise_mask"] = told["noise_mask"]
    if are_indices(told.get("batch_index")):
        fields["batch_index"] = tuple(told["batch_index"])
    return Latent(**fields, extra={name: value for name, value in told.items() if name not in fields})


def noise_of(source: Any) -> Noise:
    """A pack's noise."""
    if isinstance(source, PackNoise):
        return source.noise
    seed = getattr(source, "seed", None)
    return Noise(int(seed) if isinstance(seed, Integral) else 0, draw=PackDraw(source))


def are_indices(index: Any) -> bool:
    """Whether these say which noises pictures take."""
    return isinstance(index, list | tuple) and all(isinstance(one, Integral) for one in index)


def cond_of(entry: Any) -> Cond:
    """One pair of a pack's conditioning."""
    context, told = entry
    said = {name: key for name, key in KEYS.items() if key.is_said(told.get(name))}
    pictures = pictures_of(told)
    fields = {key.field: told[name] for name, key in said.items()} | area_of(told.get("area")) | pictures
    known = {*said, *told_of_pictures(Cond(context, **pictures))}
    known |= {"area"} if {"area", "share"} & fields.keys() else set()
    return Cond(context, **fields, extra={name: value for name, value in told.items() if name not in known})


def area_of(area: Any) -> dict[str, Any]:
    """An area as the field that it belongs in; none where it is of another make."""
    if not isinstance(area, list | tuple):
        return {}
    if len(area) == 4 and all(isinstance(side, Integral) for side in area):
        return {"area": tuple(area)}
    if len(area) == 5 and area[0] == PERCENTAGE and all(isinstance(side, Real) for side in area[1:]):
        return {"share": tuple(area[1:])}
    return {}


@dataclass(frozen=True)
class Key:
    """Where a key of a pack's dict has its place among the fields of a conditioning."""

    field: str
    kind: type
    default: Any = None

    def is_said(self, value: Any) -> bool:
        """Whether a pack's value says something that the field can hold."""
        return isinstance(value, self.kind) and differs(value, self.default)


def differs(value: Any, default: Any) -> bool:
    """Whether a value is another than a plain one."""
    return isinstance(value, Tensor) or bool(value != default)


KEYS: Mapping[str, Key] = {
    "pooled_output": Key("pooled", Tensor),
    "strength": Key("strength", Real, 1.0),
    "mask": Key("mask", Tensor),
    "mask_strength": Key("mask_strength", Real, 1.0),
    "set_area_to_bounds": Key("bounds", bool, False),
    "start_percent": Key("start", Real, 0.0),
    "end_percent": Key("end", Real, 1.0),
    "control": Key("controls", tuple, ()),  # of a pack's own make it is one object, and stays the pack's
    "heddle_tweaks": Key("tweaks", tuple, ()),
    "heddle_hooks": Key("hooks", tuple, ()),
    "default": Key("fallback", bool, False),
}
