"""Resizes batches of pictures and latents: the drop-down `upscale_method` of the scaling nodes."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image as Pillow
from torch import Tensor

Crop: TypeAlias = Literal["disabled", "center"]
ImageMethod: TypeAlias = Literal["nearest-exact", "bilinear", "area", "bicubic", "lanczos"]
LatentMethod: TypeAlias = Literal["nearest-exact", "bilinear", "area", "bicubic", "bislerp"]

PARALLEL = 1e-4  # radians: two directions this near to each other, or to opposite, are blended straight


def resize(x: Tensor, width: int, height: int, method: ImageMethod | LatentMethod) -> Tensor:
    """(B, C, H, W) -> (B, C, height, width)."""
    if x.shape[-2:] == (height, width):
        return x
    if method == "lanczos":
        return lanczos(x, width, height)
    if method == "bislerp":
        return bislerp(x, width, height)
    return F.interpolate(x, size=(height, width), mode=method)


def keep_aspect(width: int, height: int, source: tuple[int, int]) -> tuple[int, int]:
    """Width and height, a 0 standing for "as the aspect of the source (width, height) demands"."""
    own_width, own_height = source
    if not width and not height:
        return source
    if not width:
        return max(1, round(own_width * height / own_height)), height
    if not height:
        return width, max(1, round(own_height * width / own_width))
    return width, height


def crop_to_aspect(x: Tensor, width: int, height: int) -> Tensor:
    """The largest centred part of (B, C, H, W) that has the aspect of width : height."""
    own_height, own_width = x.shape[-2:]
    kept_width = max(1, min(own_width, round(own_height * width / height)))
    kept_height = max(1, min(own_height, round(own_width * height / width)))
    left, top = (own_width - kept_width) // 2, (own_height - kept_height) // 2
    return x[..., top : top + kept_height, left : left + kept_width]


def fit(x: Tensor, width: int, height: int, method: ImageMethod | LatentMethod, crop: Crop) -> Tensor:
    """Resize (B, C, H, W), cropping the centre first if asked to, so that nothing is stretched."""
    if crop == "center":
        x = crop_to_aspect(x, width, height)
    return resize(x, width, height, method)


def fit_image(image: Tensor, width: int, height: int, method: ImageMethod, crop: Crop = "disabled") -> Tensor:
    """`fit` for pictures (B, H, W, C); bicubic and lanczos overshoot at edges, so the range is held."""
    fitted = fit(image.movedim(-1, 1), width, height, method, crop)
    return fitted.movedim(1, -1).clamp(0.0, 1.0).contiguous()


def padded(image: Tensor, axis: int, size: int, value: float = 0.0) -> Tensor:
    """One axis, 1 or 2, of (B, H, W, C) filled up on both sides to a size."""
    missing = size - image.shape[axis]
    sides = (missing // 2, missing - missing // 2)
    return F.pad(image, (0, 0, *sides) if axis == 2 else (0, 0, 0, 0, *sides), value=value)


def lanczos(x: Tensor, width: int, height: int) -> Tensor:
    """Pillow's windowed sinc of three lobes, widened when shrinking; each channel as 32-bit floats."""
    planes = x.detach().cpu().float().flatten(0, 1).numpy()  # (B * C, H, W)
    resized = [
        np.asarray(Pillow.fromarray(plane).resize((width, height), Pillow.Resampling.LANCZOS))
        for plane in planes
    ]
    return torch.from_numpy(np.stack(resized)).reshape(*x.shape[:2], height, width).to(x)


def bislerp(x: Tensor, width: int, height: int) -> Tensor:
    """Bilinear in position, spherical in value: the vectors of channels turn instead of being averaged.

    The average of two independent Gaussian vectors is shorter than either (by up to 1/sqrt 2 halfway), and
    a decoder paints short latents as grey blur. So along each axis the direction is interpolated on the
    sphere and the length linearly.
    """
    turned = slerp_axis(x.float().movedim(1, -1), 2, width)  # (B, H, width, C)
    turned = slerp_axis(turned, 1, height)
    return turned.movedim(-1, 1).to(x.dtype).contiguous()


def slerp_axis(x: Tensor, axis: int, size: int) -> Tensor:
    """Resample one axis of (B, H, W, C) to `size` points, pixel centres at half steps."""
    count = x.shape[axis]
    position = (torch.arange(size, device=x.device) + 0.5) * (count / size) - 0.5
    position = position.clamp(0, count - 1)
    below = position.floor().long()
    above = (below + 1).clamp(max=count - 1)
    shape = [1, 1, 1, 1]
    shape[axis] = size
    share = (position - below).reshape(shape)
    return slerp(x.index_select(axis, below), x.index_select(axis, above), share)


def slerp(a: Tensor, b: Tensor, share: Tensor) -> Tensor:
    """From a (share 0) to b (share 1), vectors on the last axis (Shoemake 1985, with lengths blended).

    direction = (sin((1 - t) w) a/|a| + sin(t w) b/|b|) / sin w, where w is the angle between a and b.
    """
    length_a, length_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    straight = torch.lerp(a, b, share)
    cosine = (a * b).sum(-1, keepdim=True) / (length_a * length_b).clamp_min(1e-12)
    angle = cosine.clamp(-1.0, 1.0).acos()
    sine = angle.sin()
    from_a = ((1 - share) * angle).sin() / (sine * length_a).clamp_min(1e-12) * a
    from_b = (share * angle).sin() / (sine * length_b).clamp_min(1e-12) * b
    turned = (from_a + from_b) * torch.lerp(length_a, length_b, share)
    return torch.where((sine < PARALLEL) | (length_a * length_b == 0), straight, turned)
