"""LoRA files and their kin: opened once, and laid upon a model and its text towers at any strength."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from diffusion.errors import CheckpointError
from diffusion.types import Model, TextEncoder, TextTower
from diffusion.weights.adapters import Adapter, fits
from diffusion.weights.archive import Archive, open_archive
from diffusion.weights.identity.identify import identify_archive
from diffusion.weights.identity.kinds import family_label
from diffusion.weights.identity.refusal import refuse
from diffusion.weights.loading import few
from diffusion.weights.lora_names import Key, Target, read_key, text_table, unet_table
from diffusion.weights.patched import Weights
from diffusion.weights.patches import Adapted
from diffusion.weights.stored_adapters import bias_adapter, weight_adapter

log = logging.getLogger(__name__)

ADAPTER_METADATA = "lora_adapter_metadata"  # in which diffusers keeps alpha
COMPONENTS: Mapping[Target, str] = {"unet": "unet", "text": "text_encoder", "text2": "text_encoder_2"}


@dataclass(frozen=True, eq=False)
class Change:
    """What a file has for one tensor of a module."""

    target: Target
    module: str  # with underscores, as `lora_names` brings them
    tensor: str  # weight or bias
    adapter: Adapter
    key: str  # one of the file's that it came from


@dataclass(frozen=True, eq=False)
class Lora:
    """An open file of adapters; its tensors are views of the mapped file."""

    path: Path
    archive: Archive
    changes: tuple[Change, ...]
    unread: tuple[str, ...]  # keys that are no part of any adapter


@dataclass(frozen=True, eq=False)
class Place:
    """A network that a file may speak of."""

    name: str  # for messages
    weights: Weights
    targets: frozenset[Target]  # by which it is called
    table: Mapping[str, str]  # its modules by all their names
    strength: float

    def find(self, change: Change) -> str | None:
        """The name of the tensor that a change is for, if it is one of these."""
        module = self.table.get(change.module) if change.target in self.targets else None
        name = f"{module}.{change.tensor}"
        return name if module is not None and name in self.weights.plain_tensors else None


def open_lora(path: Path) -> Lora:
    """The adapters of a file. Raises CheckpointError, which says what the file is, where there are none."""
    archive = open_archive(path)
    modules: dict[tuple[Target, str], dict[str, Tensor]] = {}
    firsts: dict[tuple[Target, str], str] = {}
    unread: list[str] = []
    for name, tensor in archive.tensors():
        key = read_key(name)
        if key is None:
            unread.append(name)
            continue
        place = (key.target, key.module)
        firsts.setdefault(place, name)
        modules.setdefault(place, {})[key.role] = tensor
    alphas = stored_alphas(archive)
    changes: list[Change] = []
    for (target, module), parts in modules.items():
        if target in alphas:
            parts.setdefault("alpha", torch.tensor(alphas[target]))
        found = list(changes_of(Key(target, module, ""), parts, firsts[target, module]))
        changes += found
        unread += [] if found else [firsts[target, module]]
    if not changes:
        refuse(path, archive, "lora")
    return Lora(path, archive, tuple(changes), tuple(unread))


def changes_of(key: Key, parts: Mapping[str, Tensor], first: str) -> Iterator[Change]:
    """What the tensors of one module change."""
    for tensor, make in (("weight", weight_adapter), ("bias", bias_adapter)):
        adapter = make(parts)
        if adapter is not None:
            yield Change(key.target, key.module, tensor, adapter, first)


def stored_alphas(archive: Archive) -> dict[Target, float]:
    """What the header says of alpha, by network, in files of diffusers: they hold no tensors of it."""
    try:
        content = json.loads(archive.metadata.get(ADAPTER_METADATA, "{}"))
        found = {target: content.get(f"{part}.lora_alpha") for target, part in COMPONENTS.items()}
    except (ValueError, AttributeError, RecursionError):
        return {}
    return {target: float(value) for target, value in found.items() if isinstance(value, int | float)}


def with_lora(
    model: Model | None,
    encoder: TextEncoder | None,
    lora: Lora,
    *,
    model_strength: float,
    text_strength: float = 0.0,
) -> tuple[Model | None, TextEncoder | None]:
    """Both with the adapters laid upon them; what has strength 0 comes back as it is.

    Raises CheckpointError where nothing fits, or shapes do not.
    """
    unet = [place_of_model(model, model_strength)] if model is not None and model_strength else []
    text = places_of_text(encoder, text_strength) if encoder is not None and text_strength else []
    found = adapters_for(lora, [*unet, *text], "" if model is None else model.family)
    patched = [laid_upon(place, adapters) for place, adapters in zip([*unet, *text], found, strict=True)]
    if model is not None and unet:
        model = replace(model, weights=patched.pop(0))
    if encoder is not None and text:
        towers = zip(encoder.towers, patched, strict=True)
        encoder = replace(encoder, towers=tuple(replace(tower, weights=new) for tower, new in towers))
    return model, encoder


def laid_upon(place: Place, adapters: Mapping[str, Adapter]) -> Weights:
    """The weights of a place with these adapters."""
    return place.weights.with_patches({n: Adapted(one, place.strength) for n, one in adapters.items()})


def place_of_model(model: Model, strength: float) -> Place:
    """The denoising network as a place for adapters."""
    table = unet_table(model.weights.plain_tensors)
    return Place("the model", model.weights, frozenset({"unet", "any"}), table, strength)


def places_of_text(encoder: TextEncoder, strength: float) -> list[Place]:
    """The text towers as places for adapters."""
    return [
        Place(
            f"the text encoder {tower.name}",
            tower.weights,
            targets_of(tower, encoder.towers),
            text_table(tower.weights.plain_tensors),
            strength,
        )
        for tower in encoder.towers
    ]


def targets_of(tower: TextTower, towers: Sequence[TextTower]) -> frozenset[Target]:
    """What files call a tower: the small one of SDXL is the first, the large one the second."""
    names: set[Target] = set()
    if tower is towers[0]:
        names |= {"text", "any"}
    if tower.name in ("clip_g", "clip_h"):
        names.add("text2")
    if tower.name != "clip_g":
        names.add("text1")
    return frozenset(names)


def adapters_for(lora: Lora, places: Sequence[Place], family: str = "") -> list[dict[str, Adapter]]:
    """For each place the adapters by the names of its tensors. Raises CheckpointError as `with_lora` does."""
    found: list[dict[str, Adapter]] = [{} for _ in places]
    missed = list(lora.unread)
    for change in lora.changes:
        homes = ((index, place.find(change)) for index, place in enumerate(places))
        index, name = next(((i, name) for i, name in homes if name is not None), (0, None))
        if name is not None:
            check_shape(lora, change, places[index], name, family)
            found[index][name] = change.adapter
        elif any(change.target in place.targets for place in places):
            missed.append(change.key)
    if places and not any(found):
        nothing_fits(lora, places, family)
    if missed and places:
        log.warning("%s: %d keys match nothing here: %s", lora.path.name, len(missed), few(missed))
    return found


def check_shape(lora: Lora, change: Change, place: Place, name: str, family: str) -> None:
    """Refuse an adapter for weights of another shape."""
    shape = tuple(place.weights.plain_tensors[name].shape)
    if fits(change.adapter, shape):
        return
    own = f", the model one for {family_label(family)}" if family else ""
    raise CheckpointError(
        f"{lora.path.name} does not fit {place.name}: {change.key} is for a weight of shape "
        f"{change.adapter.shape}, {name} has {shape}. The file is {identify_archive(lora.archive)}{own}."
    )


def nothing_fits(lora: Lora, places: Sequence[Place], family: str) -> None:
    """Raise for a file of which nothing is for these networks, unless it is for those that are not there."""
    here = {target for place in places for target in place.targets}
    if any(change.target in here for change in lora.changes):
        refuse(lora.path, lora.archive, "lora", family)
    log.warning("%s changes nothing of %s", lora.path.name, " and ".join(place.name for place in places))
