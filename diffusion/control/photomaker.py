"""PhotoMaker at work: a word of a prompt is taken for the person in pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from diffusion.errors import CheckpointError, DiffusionError
from diffusion.networks.device import as_weights
from diffusion.networks.photomaker import PhotoMaker, PhotoMakerConfig
from diffusion.parts import present_text
from diffusion.text.clip import encode, first_end, tokens
from diffusion.types import Cond, Conditioning, Image, TextEncoder
from diffusion.vision.clip_vision import CLIP_MEAN, CLIP_STD, preprocess
from diffusion.weights.archive import open_nested
from diffusion.weights.devices import default_device
from diffusion.weights.identity.refusal import refuse
from diffusion.weights.loading import Placement, load_network
from diffusion.weights.precision import Precision, text_dtype

PART = "id_encoder."
TRIGGER = "photomaker"  # behind the word that is taken for the person
NOT_WEIGHTS = ("vision_model.embeddings.position_ids",)


@dataclass(frozen=True, eq=False)
class PersonMaker:
    """A PhotoMaker."""

    network: PhotoMaker


def open_photomaker(
    path: Path, *, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> PersonMaker:
    """The identity encoder of a PhotoMaker's file; its LoRA is loaded by itself. Raises CheckpointError."""
    archive = open_nested(path)
    own = archive.below(PART).without(*NOT_WEIGHTS)
    if "fuse_module.mlp1.fc1.weight" not in own.entries:
        refuse(path, archive, "photomaker")
    if any(key.startswith("qformer_perceiver.") for key in own.entries):
        raise CheckpointError(
            f"{path.name} is PhotoMaker v2, which needs embeddings of faces by insightface; take v1"
        )
    placement = Placement(text_dtype(Precision(device or default_device(), override=dtype)))

    def network() -> PhotoMaker:
        return PhotoMaker(PhotoMakerConfig.from_weights(own.shapes()))

    return PersonMaker(load_network(network, own, placement, "PhotoMaker"))


@torch.no_grad()
def encode_person(maker: PersonMaker, encoder: TextEncoder | None, image: Image, text: str) -> Conditioning:
    """A prompt in which the word before "photomaker" is the person in the pictures (B, H, W, 3).

    The word stands once for each picture. Without the trigger it is a prompt like any other.
    """
    encoder, words = present_text(encoder), text.split(" ")
    if TRIGGER not in words:
        return encode(encoder, text)
    at = words.index(TRIGGER)
    before, behind = words[:at], words[at + 1 :]
    if not any(before):
        raise DiffusionError(f'the prompt begins with "{TRIGGER}": write it behind the word for the person')
    start, end = length(encoder, " ".join(before[:-1])), length(encoder, " ".join(before))
    places = [end + (end - start) * index for index in range(len(image))]
    repeated = " ".join([*before, *before[-1:] * (len(image) - 1), *behind])
    size = maker.network.config.size
    pixels = preprocess(image, size, CLIP_MEAN, CLIP_STD, "center")
    people = maker.network.people(as_weights(maker.network, pixels))
    return tuple(fused(maker, cond, people, places) for cond in encode(encoder, repeated))


def length(encoder: TextEncoder, text: str) -> int:
    """How many tokens a text has, which is the place of the last one behind the start."""
    tower = encoder.towers[0]
    *full, last = tokens(encoder, tower, text)
    return sum(len(chunk.tokens) for chunk in full) + first_end(last, tower.tokenizer) - 1


def fused(maker: PersonMaker, cond: Cond, people: Tensor, places: list[int]) -> Cond:
    """A conditioning with the words at these places taken for people (N, width)."""
    if cond.context.shape[-1] != maker.network.word_width:
        raise DiffusionError(
            f"this PhotoMaker reads words of width {maker.network.word_width}, the text encoder's have "
            f"{cond.context.shape[-1]}: it was made for SDXL"
        )
    words = as_weights(maker.network, cond.context[0, places])
    context = cond.context.clone()
    context[0, places] = maker.network.fuse_module(words, people).to(context)
    return replace(cond, context=context)
