"""IP-Adapters at work: a picture's tokens that a model's cross-attentions read beside the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.control.fit import unet_of
from diffusion.errors import CheckpointError, DiffusionError
from diffusion.networks.device import as_weights
from diffusion.networks.ip_adapter import IpAdapter, IpAdapterConfig
from diffusion.networks.layers import attend, numbered
from diffusion.networks.transformer import SpatialTransformer, TransformerBlock
from diffusion.networks.tweaks import Attend, Place, Tweak, Where
from diffusion.sampling.mask import planes_of
from diffusion.sampling.schedules import Period
from diffusion.types import Model
from diffusion.vision.clip_vision import ClipVisionOutput
from diffusion.weights.archive import Archive, open_nested
from diffusion.weights.devices import default_device
from diffusion.weights.identity.refusal import refuse
from diffusion.weights.layout import renamed, substituted
from diffusion.weights.loading import Placement, load_network
from diffusion.weights.precision import FLOAT16_FIRST, Precision, model_dtype

IMAGE, LAYERS = "image_proj.", "ip_adapter."
ORDER = ("input", "output", "middle")  # in which the files count cross-attentions
FACE_ID = ("image_proj.proj.0.weight", "image_proj.perceiver_resampler.proj_in.weight")


@dataclass(frozen=True, eq=False)
class ImagePrompter:
    """An IP-Adapter."""

    network: IpAdapter
    dtype: torch.dtype


def open_ip_adapter(
    path: Path, *, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> ImagePrompter:
    """The IP-Adapter of a single file. Raises CheckpointError for another file, or one for faces alone."""
    archive = open_nested(path)
    if not archive.below(IMAGE).entries or not archive.below(LAYERS).entries:
        refuse(path, archive, "ip_adapter")
    if any("_lora." in key for key in archive.entries) or is_face_id(archive):
        raise CheckpointError(
            f"{path.name} is an IP-Adapter FaceID, which needs embeddings of faces by insightface; "
            "take a plain, plus or full-face IP-Adapter"
        )
    archive = in_order(archive)
    precision = Precision(device or default_device(), FLOAT16_FIRST, override=dtype)
    placement = Placement(model_dtype(precision, archive.parameters))

    def network() -> IpAdapter:
        return IpAdapter(IpAdapterConfig.from_weights(archive.shapes()))

    return ImagePrompter(load_network(network, archive, placement, "IP-Adapter"), placement.dtype)


def is_face_id(archive: Archive) -> bool:
    """Whether an adapter reads one embedding of a face: it has no norm where a full-face one has it."""
    return FACE_ID[1] in archive.entries or (
        FACE_ID[0] in archive.entries and "image_proj.proj.3.weight" not in archive.entries
    )


def in_order(archive: Archive) -> Archive:
    """The adapter with its layers numbered 0, 1, 2 …; files count self-attentions too."""
    numbers = numbered(archive.entries, LAYERS[:-1])
    names = {f"{LAYERS}{number}": f"layers.{index}" for index, number in enumerate(numbers)}
    return renamed(archive, lambda key: substituted(key, names))


@dataclass(frozen=True, eq=False)
class ImagePrompt(Tweak):
    """Adds attention to a picture's tokens to every cross-attention (section 3.2, equation 5)."""

    network: IpAdapter
    tokens: Tensor  # (1, T, width) of the picture
    empty: Tensor  # (1, T, width) of no picture, for the negative prompt
    layers: Mapping[Where, int]  # which of the adapter's layers is for which cross-attention
    weight: float
    period: Period
    mask: Tensor | None = None  # (1, 1, H, W)
    made: dict[tuple[Where, bool], tuple[Tensor, Tensor]] = field(default_factory=dict)

    def begin(self) -> ImagePrompt:
        """The same with nothing made yet."""
        return replace(self, made={})

    def attend(self, place: Place, q: Tensor, k: Tensor, v: Tensor, proceed: Attend) -> Tensor:
        """softmax(q k^T) v + weight softmax(q k'^T) v'."""
        plain = proceed(q, k, v)
        if place.kind != "cross" or self.weight == 0 or not self.period.holds(place.way.sigma):
            return plain
        pairs = [self.keys_values(place, negative, q) for negative in place.way.negative]
        pictures = len(q) // len(pairs)
        keys, values = (torch.cat([pair[part].expand(pictures, -1, -1) for pair in pairs]) for part in (0, 1))
        seen = attend(q, keys, values, place.heads) * self.weight
        return plain + (seen if self.mask is None else seen * self.weights(place, seen))

    def keys_values(self, place: Place, negative: bool, like: Tensor) -> tuple[Tensor, Tensor]:
        """The picture, or none, as keys and values of one cross-attention; made once a sampling."""
        key = (place.where, negative)
        if key not in self.made:
            tokens = as_weights(self.network, self.empty if negative else self.tokens)
            keys, values = self.network.layers[self.layers[place.where]](tokens)
            self.made[key] = (keys.to(like), values.to(like))
        return self.made[key]

    def weights(self, place: Place, like: Tensor) -> Tensor:
        """The mask for the positions of a feature map, (1, N, 1)."""
        assert self.mask is not None
        planes = F.interpolate(self.mask.to(like), size=place.size, mode="bilinear")
        return planes.flatten(2).transpose(1, 2)


def cross_attentions(model: Model) -> dict[Where, int]:
    """The channels of each cross-attention of a model's UNet, in the order of the files."""
    unet = unet_of(model, "the IP-Adapter")
    transformers = [part for part in unet.modules() if isinstance(part, SpatialTransformer)]
    transformers.sort(key=lambda part: (ORDER.index(part.section), part.block))
    return {
        (part.section, part.block, index): channels_of(block)
        for part in transformers
        for index, block in enumerate(part.transformer_blocks)
    }


def channels_of(block: nn.Module) -> int:
    """Of a transformer block."""
    assert isinstance(block, TransformerBlock)
    return block.attn2.to_q.out_features


@torch.no_grad()
def prompted(
    model: Model,
    adapter: ImagePrompter,
    seen: ClipVisionOutput,
    empty: ClipVisionOutput | None,
    *,
    weight: float = 1.0,
    start: float = 0.0,
    end: float = 1.0,
    mask: Tensor | None = None,
) -> Model:
    """The model that follows pictures beside its prompts; `empty` is what the encoder sees in no picture."""
    attentions = cross_attentions(model)
    check_fits(adapter.network.config, attentions, model)
    tweak = ImagePrompt(
        network=adapter.network,
        tokens=project(adapter, told(adapter, seen)),
        empty=project(adapter, nothing(adapter, seen, empty)),
        layers={where: index for index, where in enumerate(attentions)},
        weight=weight,
        period=model.schedule.period(start, end),
        mask=None if mask is None else planes_of(mask)[:1],
    )
    return replace(model, tweaks=(*model.tweaks, tweak))


def check_fits(config: IpAdapterConfig, attentions: Mapping[Where, int], model: Model) -> None:
    """Refuse a model of another family."""
    theirs = tuple(attentions.values())
    width = unet_of(model, "the IP-Adapter").config.context_width
    if (config.context_width, config.channels) != (width, theirs):
        raise DiffusionError(
            f"the IP-Adapter does not fit the model ({model.family}): it reads tokens of width "
            f"{config.context_width} in {len(config.channels)} attentions, the model of width {width} in "
            f"{len(theirs)}; load one that was trained for this model"
        )


def project(adapter: ImagePrompter, seen: Tensor) -> Tensor:
    """Tokens (1, T, width) in float32 on the CPU."""
    return adapter.network.project(as_weights(adapter.network, seen)).float().cpu()


def told(adapter: ImagePrompter, seen: ClipVisionOutput) -> Tensor:
    """What the adapter reads of what an encoder says."""
    config = adapter.network.config
    found = seen.image_embeds if config.kind == "plain" else seen.penultimate_hidden_states
    if found.shape[-1] != config.seen:
        raise DiffusionError(
            f"the IP-Adapter reads {config.seen} numbers of an image encoder, this one gives "
            f"{found.shape[-1]}: {encoder_for(config)}"
        )
    return found


def encoder_for(config: IpAdapterConfig) -> str:
    """Which encoder an adapter wants."""
    encoders = {1024: "CLIP ViT-H (1280 in its layers)", 1280: "CLIP ViT-H, or ViT-bigG for plain ones"}
    return f"load {encoders.get(config.seen, 'the encoder that it was trained with')}"


def nothing(adapter: ImagePrompter, seen: ClipVisionOutput, empty: ClipVisionOutput | None) -> Tensor:
    """What the adapter reads where there is no picture: zeros, or what the encoder sees in a grey one."""
    if adapter.network.config.kind == "plain":
        return torch.zeros_like(told(adapter, seen))
    if empty is None:
        raise DiffusionError(
            f"this IP-Adapter ({adapter.network.config.kind}) compares the picture with an empty one: "
            "link clip_vision too"
        )
    return told(adapter, empty).expand_as(told(adapter, seen))
