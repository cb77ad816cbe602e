"""A ControlNet at work: its hint made ready once, its residuals asked at each step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

import torch
from torch import Tensor

from diffusion.control.fit import check_fits
from diffusion.control.hint import for_latent, rows_of
from diffusion.errors import DiffusionError
from diffusion.networks.controlnet import ControlNet
from diffusion.networks.transformer import ContextKV
from diffusion.networks.unet import Residuals
from diffusion.sampling.control import ControlCall
from diffusion.types import Control, Model

Net = TypeVar("Net")

KINDS = (
    "openpose",
    "depth",
    "hed/pidi/scribble/ted",
    "canny/lineart/anime_lineart/mlsd",
    "normal",
    "segment",
    "tile",
    "repaint",
)
"""What the hints of a union network may be, in the order of its embedding."""


@dataclass(eq=False)
class Ready:
    """What of a control is the same at every step of a sampling."""

    network: ControlNet
    features: Tensor  # (1 or B, C, h, w)
    contexts: dict[int, tuple[Tensor, ContextKV]] = field(default_factory=dict)  # by the id of the first

    def projected(self, context: Tensor, dtype: torch.dtype) -> ContextKV:
        """A prompt's keys and values; a sampling asks with the same tensor at each step."""
        known = self.contexts.get(id(context))
        if known is None or known[0] is not context:
            known = (context, self.network.project_context(context.to(dtype)))
            self.contexts[id(context)] = known
        return known[1]


@dataclass(frozen=True, eq=False)
class NetControl:
    """A ControlNet, and what its hint is if it knows several kinds."""

    network: ControlNet
    dtype: torch.dtype
    kind: int | None = None

    @property
    def hint_channels(self) -> int:
        """Of the picture that it follows."""
        return self.network.config.hint_channels

    def prepare(self, control: Control, latent: Tensor, model: Model) -> Ready:
        """The hint's features for latents (B, C, h, w)."""
        check_fits(self.network.config.unet, model, "the ControlNet")
        return ready(self.network, control, latent, self.dtype, self.kind)

    def residuals(self, prepared: Ready, call: ControlCall) -> Residuals:
        """What it adds, at full strength."""
        return asked(prepared, call, self.dtype, self.kind)


def ready(
    network: ControlNet, control: Control, latent: Tensor, dtype: torch.dtype, kind: int | None = None
) -> Ready:
    """A network with a hint's features for latents (B, C, h, w)."""
    channels = network.config.hint_channels
    if control.hint.shape[-1] < channels:
        raise DiffusionError(
            f"the ControlNet follows pictures of {channels} channels, this one has {control.hint.shape[-1]}"
            + (
                ": apply it with ControlNetInpaintingAliMamaApply, which adds the mask"
                if channels == 4
                else ""
            )
        )
    hint = for_latent(control.hint[..., :channels], latent, network.config.downscale)
    return Ready(network, network.features(hint.to(dtype), kind))


def asked(prepared: Ready, call: ControlCall, dtype: torch.dtype, kind: int | None = None) -> Residuals:
    """What a network with its hint adds to one call."""
    found: Residuals = prepared.network(
        call.x.to(dtype),
        call.timesteps,
        prepared.projected(call.context, dtype),
        rows_of(prepared.features, call),
        None if call.vector is None else call.vector.to(dtype),
        kind=kind,
    )
    return found


def union_kinds() -> tuple[str, ...]:
    """What a union network may be told of its hint."""
    return ("auto", *KINDS)


def of_kind(net: Net, kind: str) -> Net:
    """A union network told what its hint is, "auto" for nothing; any other as it is."""
    if not isinstance(net, NetControl) or net.network.config.union is None:
        return net
    index = KINDS.index(kind) if kind in KINDS else None
    known = net.network.config.union.kinds
    if index is not None and index >= known:
        raise DiffusionError(
            f"this union ControlNet knows {known} kinds of hints ({', '.join(KINDS[:known])}); {kind} is none"
        )
    return replace(net, kind=index)
