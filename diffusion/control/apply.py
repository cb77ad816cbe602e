"""Conditionings with a control laid upon them, and the hints of inpainting networks."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.control.adapter import AdapterControl
from diffusion.control.file import AnyControl
from diffusion.errors import DiffusionError
from diffusion.sampling.mask import planes_of, repeated
from diffusion.types import Conditioning, Control
from diffusion.vision.control_pictures import with_hole


def controlled(conditioning: Conditioning, control: Control) -> Conditioning:
    """Each with one control more; as it is where the control has no strength."""
    if control.strength == 0:
        return conditioning
    return tuple(replace(cond, controls=(*cond.controls, control)) for cond in conditioning)


def inpainting_hint(net: AnyControl, image: Tensor, mask: Tensor) -> Tensor:
    """A picture (B, H, W, 3) without what a mask covers: with the mask as fourth channel where the network
    has one, else with -1 there. Raises DiffusionError for what follows no such pictures."""
    channels = 0 if isinstance(net, AdapterControl) else net.hint_channels
    if channels not in (3, 4):
        raise DiffusionError(
            "inpainting needs a ControlNet whose hints have 3 channels or, with the mask, 4; this one is a "
            + (f"ControlNet with {channels}" if channels else "T2I-Adapter")
        )
    rows = max(len(image), len(planes_of(mask)))
    picture, planes = repeated(image[..., :3].float(), rows), repeated(planes_of(mask).float(), rows)
    if channels == 3:
        return with_hole(picture, planes)
    covered = F.interpolate(planes, size=picture.shape[1:3], mode="bilinear").movedim(1, -1).round()
    return torch.cat([picture * (1 - covered), covered], dim=-1)
