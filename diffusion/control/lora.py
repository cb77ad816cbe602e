"""Control-LoRA: a ControlNet that shares its UNet's weights and adds factors of low rank to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.control.controlnet import Ready, asked, ready
from diffusion.control.fit import unet_of
from diffusion.errors import DiffusionError
from diffusion.networks.controlnet import ControlNet, ControlNetConfig, hint_block, zero_conv
from diffusion.networks.unet import Residuals, UNet
from diffusion.sampling.control import ControlCall
from diffusion.types import Control, Model

OWN = ("input_hint_block", "zero_convs", "middle_block_out")  # of which no UNet has any


class Change(nn.Module):
    """What a file says of one layer: its weight, or two factors to add to the UNet's, and its bias."""

    def __init__(self, shapes: Iterable[tuple[str, tuple[int, ...]]]) -> None:
        super().__init__()
        for name, shape in shapes:
            setattr(self, name, nn.Parameter(torch.zeros(shape), requires_grad=False))

    def forward(self, x: Tensor, base: nn.Module) -> Tensor:
        """What the changed layer makes of x."""
        bias: Tensor | None = getattr(self, "bias", None)
        if hasattr(self, "weight"):
            own = plain_bias(base) if bias is None else bias
            return applied(base, x, cast(Tensor, self.weight).to(x), None if own is None else own.to(x))
        out: Tensor = base(x)
        if hasattr(self, "up"):
            out = out + self.factors(x, base)
        return out if bias is None else out + instead_of(bias, plain_bias(base), out)

    def factors(self, x: Tensor, base: nn.Module) -> Tensor:
        """(up down) x: the same as with the product added to the weight."""
        up, down = cast(Tensor, self.up).flatten(1).to(x), cast(Tensor, self.down).to(x)
        if isinstance(base, nn.Conv2d):
            low = F.conv2d(x, kernel_of(down, base), stride=base.stride, padding=base.padding)
            return F.conv2d(low, up[..., None, None])
        return F.linear(F.linear(x, down.flatten(1)), up)


def instead_of(bias: Tensor, plain: Tensor | None, out: Tensor) -> Tensor:
    """What to add to a layer's output (B, ..., C) or (B, C, H, W) for another bias than its own."""
    more = bias.to(out) if plain is None else (bias.float() - plain.float()).to(out)
    return more[:, None, None] if out.ndim == 4 else more


def kernel_of(down: Tensor, base: nn.Conv2d) -> Tensor:
    """The lower factor as a kernel."""
    return down.reshape(len(down), base.in_channels, *base.kernel_size)


def plain_bias(base: nn.Module) -> Tensor | None:
    """The bias of a layer, if it has one."""
    bias: Tensor | None = getattr(base, "bias", None)
    return bias


def applied(base: nn.Module, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """A layer of the same make with other weights."""
    if isinstance(base, nn.Conv2d):
        return F.conv2d(x, weight, bias, base.stride, base.padding)
    if isinstance(base, nn.GroupNorm):
        return F.group_norm(x, base.num_groups, weight, bias, base.eps)
    if isinstance(base, nn.LayerNorm):
        return F.layer_norm(x, base.normalized_shape, weight, bias, base.eps)
    return F.linear(x, weight, bias)


class Changed(nn.Module):
    """A layer of the UNet with a change; both are called, so that what streams is brought."""

    def __init__(self, base: nn.Module, change: nn.Module) -> None:
        super().__init__()
        self.base, self.change = base, change

    def forward(self, x: Tensor) -> Tensor:
        """What the changed layer makes of x."""
        out: Tensor = self.change(x, self.base)
        return out


class OwnParts(nn.Module):
    """What no UNet has: the hint's convolutions and those that began at zero."""

    def __init__(self, config: ControlNetConfig, widths: Iterable[int]) -> None:
        super().__init__()
        *skips, middle = widths
        self.input_hint_block = hint_block(config)
        self.zero_convs = nn.ModuleList(zero_conv(width) for width in skips)
        self.middle_block_out = zero_conv(middle)


class Typed(nn.Module):
    """A layer that computes in a number format of its own."""

    def __init__(self, inner: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.inner, self.dtype = inner, dtype

    def forward(self, x: Tensor) -> Tensor:
        """The layer's answer, in its format."""
        out: Tensor = self.inner(x.to(self.dtype))
        return out


class ControlLoraNetwork(nn.Module):
    """The weights of a control-LoRA: whole parts of its own, and changes by the names of UNet layers."""

    def __init__(self, own: OwnParts, changes: Iterable[tuple[str, Change]]) -> None:
        super().__init__()
        self.own = own
        named = tuple(changes)
        self.names = tuple(name for name, _ in named)
        self.changes = nn.ModuleList(change for _, change in named)

    def over(self, unet: UNet, config: ControlNetConfig, dtype: torch.dtype) -> ControlNet:
        """The ControlNet that it makes of a UNet, with the tensors of both, its own ones in this format."""
        with torch.device("meta"):
            network = ControlNet(config).eval()
        network.input_hint_block = self.own.input_hint_block
        network.zero_convs = nn.ModuleList(Typed(conv, dtype) for conv in self.own.zero_convs)
        network.middle_block_out = nn.Sequential(Typed(self.own.middle_block_out, dtype))
        changes = dict(zip(self.names, self.changes, strict=True))
        for name in leaf_names(network):
            if name.split(".", 1)[0] not in OWN:
                base = unet.get_submodule(name)
                put(network, name, Changed(base, changes[name]) if name in changes else base)
        return network


def leaf_names(network: nn.Module) -> list[str]:
    """The modules that own tensors."""
    return [name for name, module in network.named_modules() if any(True for _ in module.parameters(False))]


def put(network: nn.Module, name: str, module: nn.Module) -> None:
    """Another module under a name."""
    owner, _, last = name.rpartition(".")
    setattr(network.get_submodule(owner), last, module)


@dataclass(frozen=True, eq=False)
class LoraControl:
    """A control-LoRA, which becomes a ControlNet over the UNet that it steers."""

    network: ControlLoraNetwork
    config: ControlNetConfig  # but for the sizes of the UNet
    dtype: torch.dtype

    @property
    def hint_channels(self) -> int:
        """Of the picture that it follows."""
        return self.config.hint_channels

    def prepare(self, control: Control, latent: Tensor, model: Model) -> Ready:
        """The network over the model's UNet, and the hint's features for latents (B, C, h, w)."""
        unet = unet_of(model, "the control-LoRA")
        self.check_fits(unet, model.family)
        network = self.network.over(unet, replace(self.config, unet=unet.config), self.dtype)
        return ready(network, control, latent, self.dtype)

    def residuals(self, prepared: Ready, call: ControlCall) -> Residuals:
        """What it adds, at full strength."""
        return asked(prepared, call, call.x.dtype)

    def check_fits(self, unet: UNet, family: str) -> None:
        """Refuse a UNet whose layers have other sizes."""
        layers = dict(unet.named_modules())
        for name, change in zip(self.network.names, self.network.changes, strict=True):
            base = layers.get(name)
            own, theirs = sizes(change, base), None if base is None else tuple(weight_of(base).shape)
            if base is None or own != (theirs or ())[: len(own)]:
                raise DiffusionError(
                    f"the control-LoRA does not fit the model ({family}): it changes {name} of shape {own}, "
                    f"the model has {theirs or 'none'}; load one that was made for this model"
                )


def weight_of(base: nn.Module) -> Tensor:
    """A layer's weight."""
    return cast(Tensor, base.weight)


def sizes(change: nn.Module, base: nn.Module | None) -> tuple[int, ...]:
    """The sizes of the weight that a change is for: outputs and inputs, or as many as it tells."""
    if hasattr(change, "weight"):
        return tuple(cast(Tensor, change.weight).shape)
    if not hasattr(change, "up"):
        return (len(cast(Tensor, change.bias)),)
    kernel = 1
    for side in base.kernel_size if isinstance(base, nn.Conv2d) else ():
        kernel *= int(side)
    return len(cast(Tensor, change.up)), cast(Tensor, change.down).flatten(1).shape[1] // kernel
