"""GLIGEN at work: boxes of a picture, each with the phrase that is to be seen there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.networks.device import as_weights
from diffusion.networks.gligen import Gligen, GligenConfig
from diffusion.networks.tweaks import Place, Tweak, Where
from diffusion.types import Cond, Conditioning
from diffusion.weights.archive import Archive, Entry, open_archive
from diffusion.weights.devices import default_device
from diffusion.weights.identity.refusal import refuse
from diffusion.weights.loading import Placement, load_network
from diffusion.weights.precision import FLOAT16_FIRST, Precision, model_dtype

POSITION = "position_net."
FUSER = re.compile(
    r"(?:.*\.)?(input|middle|output)_blocks?\.(?:(\d+)\.)?1\.transformer_blocks\.(\d+)\.fuser\.(.+)"
)
MOST = 30  # phrases at once, as in training
PIXELS = 8  # along a side of one latent
Pixels = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True, eq=False)
class Grounder:
    """GLIGEN's weights, and which of its gated attentions goes where."""

    network: Gligen
    layers: Mapping[Where, int]


def open_gligen(
    path: Path, *, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> Grounder:
    """GLIGEN's additions in a single file, alone or inside a whole checkpoint. Raises CheckpointError."""
    archive = open_archive(path)
    position = next(
        (key for key in archive.entries if key.endswith(POSITION + "null_positive_feature")), None
    )
    layers = places(archive)
    if position is None or not layers:
        refuse(path, archive, "gligen")
    start = position.removesuffix("null_positive_feature")
    own = Archive(
        {POSITION + key: entry for key, entry in archive.below(start).entries.items()}
        | fusers(archive, layers)
    )
    precision = Precision(device or default_device(), FLOAT16_FIRST, override=dtype)
    placement = Placement(model_dtype(precision, own.parameters))

    def network() -> Gligen:
        return Gligen(GligenConfig.from_weights(own.shapes()))

    return Grounder(load_network(network, own, placement, "GLIGEN"), layers)


def place_of(key: str) -> tuple[Where, str] | None:
    """Where in a UNet a gated attention is, and the rest of the key."""
    found = FUSER.fullmatch(key)
    return None if found is None else ((found[1], int(found[2] or 0), int(found[3])), found[4])


def places(archive: Archive) -> dict[Where, int]:
    """The gated attentions of a file, numbered."""
    found = dict.fromkeys(place[0] for key in archive.entries if (place := place_of(key)))
    return {where: index for index, where in enumerate(found)}


def fusers(archive: Archive, layers: Mapping[Where, int]) -> dict[str, Entry]:
    """The tensors of the gated attentions under their numbers."""
    found = {}
    for key, entry in archive.entries.items():
        place = place_of(key)
        if place is not None:
            found[f"fusers.{layers[place[0]]}.{place[1]}"] = entry
    return found


@dataclass(frozen=True, eq=False)
class Grounding(Tweak):
    """Lets a UNet's features read phrases in boxes, between self-attention and cross-attention."""

    grounder: Grounder
    phrases: tuple[Tensor, ...]  # each (1, width)
    boxes: tuple[Pixels, ...]

    def between(self, place: Place, x: Tensor) -> Tensor:
        """The stream after the gated attention of this place, if there is one."""
        layer = self.grounder.layers.get(place.where)
        if layer is None:
            return x
        network = self.grounder.network
        tokens = self.tokens(place.way.size).to(x).expand(len(x), -1, -1)
        found: Tensor = network.fusers[layer](
            as_weights(network, x), as_weights(network, tokens), place.heads
        )
        return found.to(x)

    def tokens(self, size: tuple[int, int]) -> Tensor:
        """The phrases in a picture of so many latents, (1, 30, D)."""
        network = self.grounder.network
        height, width = (side * PIXELS for side in size)
        boxes = torch.tensor(self.boxes) / torch.tensor([width, height, width, height])
        phrases = as_weights(network, torch.cat(self.phrases))
        found: Tensor = network.position_net(phrases, boxes.to(phrases.device), max(MOST, len(boxes)))
        return found


def grounded(conditioning: Conditioning, grounder: Grounder, phrase: Tensor, box: Pixels) -> Conditioning:
    """Each with one phrase more, of embedding (1, width), in a box of pixels."""
    width = grounder.network.config.phrase_width
    if phrase.shape[-1] != width:
        raise DiffusionError(
            f"this GLIGEN reads phrases of width {width}, the text encoder's have {phrase.shape[-1]}: "
            "take the text encoder of the family of models that it was trained for"
        )
    return tuple(with_box(cond, grounder, phrase, box) for cond in conditioning)


def with_box(cond: Cond, grounder: Grounder, phrase: Tensor, box: Pixels) -> Cond:
    """A conditioning with one phrase more, beside those that it has."""
    own = [t for t in cond.tweaks if isinstance(t, Grounding) and t.grounder is grounder]
    others = tuple(t for t in cond.tweaks if t not in own)
    before = own[0] if own else Grounding(grounder, (), ())
    one = replace(before, phrases=(*before.phrases, phrase), boxes=(*before.boxes, box))
    return replace(cond, tweaks=(*others, one))
