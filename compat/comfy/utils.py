"""`comfy.utils` as packs know it: progress, resizing, files of tensors, and state dicts."""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from compat.progress import Hook, ProgressBar, tell
from diffusion.weights.archive import SAFETENSORS, open_archive, read_pickle
from nodes import resampling

__all__ = ["ProgressBar"]

PROGRESS_BAR_ENABLED = True
PROGRESS_BAR_HOOK: Hook | None = tell


def set_progress_bar_enabled(enabled: bool) -> None:
    """Whether bars are drawn on the terminal: packs read PROGRESS_BAR_ENABLED."""
    global PROGRESS_BAR_ENABLED
    PROGRESS_BAR_ENABLED = enabled


def set_progress_bar_global_hook(function: Hook | None) -> None:
    """Whom the bars made from now on tell: function(value, total, preview, node_id=...)."""
    global PROGRESS_BAR_HOOK
    PROGRESS_BAR_HOOK = function


# Resizing


def common_upscale(samples: Tensor, width: int, height: int, upscale_method: str, crop: str) -> Tensor:
    """(B, C, H, W), or frames (B, C, T, H, W), to a size; crop "center" keeps the aspect."""
    if samples.ndim == 5:
        frames = samples.movedim(2, 1)  # (B, T, C, H, W)
        fitted = common_upscale(frames.flatten(0, 1), width, height, upscale_method, crop)
        return fitted.reshape(*frames.shape[:3], height, width).movedim(1, 2)
    method, cut = cast(resampling.ImageMethod, upscale_method), cast(resampling.Crop, crop)
    return resampling.fit(samples, width, height, method, cut)


def bislerp(samples: Tensor, width: int, height: int) -> Tensor:
    """(B, C, H, W): vectors of channels turn instead of being averaged."""
    return resampling.bislerp(samples, width, height)


def lanczos(samples: Tensor, width: int, height: int) -> Tensor:
    """(B, C, H, W) by a windowed sinc of three lobes."""
    return resampling.lanczos(samples, width, height)


def reshape_mask(input_mask: Tensor, output_shape: Sequence[int]) -> Tensor:
    """A mask for latents of this shape (B, C, *sizes): resized, repeated to its batch and channels."""
    sizes = tuple(output_shape[2:])
    mask = input_mask.reshape(-1, 1, *input_mask.shape[-len(sizes) :]).float()
    mode = ("linear", "bilinear", "trilinear")[len(sizes) - 1]
    resized = F.interpolate(mask, size=sizes, mode=mode)
    return repeat_to_batch_size(resized.repeat_interleave(output_shape[1], dim=1), output_shape[0])


def repeat_to_batch_size(tensor: Tensor, batch_size: int, dim: int = 0) -> Tensor:
    """The batch repeated, or cut, to this length."""
    count = tensor.shape[dim]
    if count < batch_size:
        repeats = [1] * tensor.ndim
        repeats[dim] = math.ceil(batch_size / count)
        tensor = tensor.repeat(repeats)
    return tensor.narrow(dim, 0, batch_size)


def resize_to_batch_size(tensor: Tensor, batch_size: int) -> Tensor:
    """The batch spread evenly to this length: its items repeated, or some of them left out."""
    count = tensor.shape[0]
    if batch_size == count:
        return tensor
    if batch_size == 1:
        return tensor[:1]
    places = (torch.arange(batch_size) * (count - 1) / (batch_size - 1) + 0.5).floor().long()
    spread = (torch.arange(batch_size) + 0.5) * count / batch_size
    return tensor[places if batch_size < count else spread.floor().long()]


# Tiles


def get_tiled_scale_steps(width: int, height: int, tile_x: int, tile_y: int, overlap: int) -> int:
    """How many tiles cover a picture."""
    return math.prod(len(starts(size, tile, overlap)) for size, tile in ((height, tile_y), (width, tile_x)))


def starts(size: int, tile: int, overlap: int) -> list[int]:
    """Where tiles begin along a side; the last one ends with the picture."""
    last = size - tile
    return [0] if last <= 0 else [*range(0, last, max(1, tile - overlap)), last]


def tiled_scale(
    samples: Tensor,
    function: Callable[[Tensor], Tensor],
    tile_x: int = 64,
    tile_y: int = 64,
    overlap: int = 8,
    upscale_amount: float = 4,
    out_channels: int = 3,
    output_device: torch.device | str = "cpu",
    pbar: ProgressBar | None = None,
) -> Tensor:
    """`function` over tiles of (B, C, H, W), blended where they overlap."""
    return tiled_scale_multidim(
        samples,
        function,
        (tile_y, tile_x),
        overlap,
        upscale_amount,
        out_channels,
        output_device,
        pbar=pbar,
    )


def tiled_scale_multidim(
    samples: Tensor,
    function: Callable[[Tensor], Tensor],
    tile: Sequence[int] = (64, 64),
    overlap: int | Sequence[int] = 8,
    upscale_amount: float = 4,
    out_channels: int = 3,
    output_device: torch.device | str = "cpu",
    downscale: bool = False,
    index_formulas: object = None,
    pbar: ProgressBar | None = None,
) -> Tensor:
    """`function` over tiles of (B, C, *sizes), blended where they overlap."""
    if index_formulas is not None or not isinstance(upscale_amount, int | float):
        raise NotImplementedError("tiles scaled by a formula of each axis: Heddle does not have this yet")
    factor = 1 / upscale_amount if downscale else upscale_amount
    sizes = samples.shape[2:]
    overlaps = [overlap] * len(sizes) if isinstance(overlap, int) else list(overlap)
    corners = list(itertools.product(*(starts(*axis) for axis in zip(sizes, tile, overlaps, strict=True))))
    out_sizes = [round(size * factor) for size in sizes]
    done = torch.empty(len(samples), out_channels, *out_sizes, device=output_device)
    for index in range(len(samples)):
        total = torch.zeros(1, out_channels, *out_sizes, device=output_device)
        weight = torch.zeros_like(total[:, :1])
        for corner in corners:
            cut = tuple(slice(at, at + length) for at, length in zip(corner, tile, strict=True))
            result = function(samples[(slice(index, index + 1), slice(None), *cut)]).to(total)
            where = placed(corner, result.shape[2:], factor)
            share = faded(result, [round(length * factor) for length in overlaps])
            total[where] += result * share
            weight[where] += share
            if pbar is not None:
                pbar.update(1)
        done[index : index + 1] = total / weight
    return done


def placed(corner: Sequence[int], sizes: Sequence[int], factor: float) -> tuple[slice, ...]:
    """Where a tile's result goes."""
    begins = [round(at * factor) for at in corner]
    cuts = (slice(begin, begin + length) for begin, length in zip(begins, sizes, strict=True))
    return (slice(None), slice(None), *cuts)


def faded(tile: Tensor, overlaps: Sequence[int]) -> Tensor:
    """Weights (1, 1, *sizes) of a tile, falling towards its edges over the overlap."""
    weights = torch.ones(1, 1, *tile.shape[2:], device=tile.device, dtype=tile.dtype)
    for axis, overlap in enumerate(overlaps, start=2):
        length = tile.shape[axis]
        ramp = torch.arange(1, length + 1, device=tile.device)
        edge = torch.minimum(ramp, ramp.flip(0)).clamp(max=max(1, overlap)) / max(1, overlap)
        weights = weights * edge.to(tile.dtype).reshape([-1 if at == axis else 1 for at in range(tile.ndim)])
    return weights


# Files of tensors


def load_torch_file(
    ckpt: str, safe_load: bool = True, device: torch.device | str | None = None, return_metadata: bool = False
) -> Any:
    """What a file holds by key, and its header's text if wanted. It never runs code of the file.

    Raises diffusion.errors.CheckpointError for a file that is damaged or cannot be read without that.
    """
    path, metadata = Path(ckpt), {}
    if path.suffix in SAFETENSORS:
        archive = open_archive(path)
        content, metadata = dict[str, Any](archive.tensors()), dict(archive.metadata)
    else:
        content = unwrapped(read_pickle(path))
    if device is not None:
        content = {
            key: value.to(device) if torch.is_tensor(value) else value for key, value in content.items()
        }
    return (content, metadata) if return_metadata else content


def unwrapped(content: dict[str, Any]) -> dict[str, Any]:
    """The tensors of a training checkpoint, which keeps them one level down."""
    inner = content.get("state_dict")
    if inner is None and len(content) == 1:
        inner = next(iter(content.values()))
    return dict(inner) if isinstance(inner, Mapping) else content


def save_torch_file(sd: Mapping[str, Tensor], ckpt: str, metadata: dict[str, str] | None = None) -> None:
    """Write tensors as a safetensors file."""
    from safetensors.torch import save_file

    save_file({key: tensor.contiguous() for key, tensor in sd.items()}, ckpt, metadata)


def safetensors_header(safetensors_path: str, max_size: int = 100 * 1024 * 1024) -> bytes | None:
    """The raw JSON of a file's header; None where it is longer."""
    with open(safetensors_path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return file.read(length) if length <= max_size else None


# State dicts and modules


def state_dict_prefix_replace(
    state_dict: dict[str, Any], replace_prefix: Mapping[str, str], filter_keys: bool = False
) -> dict[str, Any]:
    """The state dict with prefixes of keys replaced, in place; `filter_keys`: a new one of only those."""
    out: dict[str, Any] = {} if filter_keys else state_dict
    for old, new in replace_prefix.items():
        for key in [key for key in state_dict if key.startswith(old)]:
            out[new + key.removeprefix(old)] = state_dict.pop(key)
    return out


def state_dict_key_replace(state_dict: dict[str, Any], keys_to_replace: Mapping[str, str]) -> dict[str, Any]:
    """The state dict with keys renamed, in place."""
    for old, new in keys_to_replace.items():
        if old in state_dict:
            state_dict[new] = state_dict.pop(old)
    return state_dict


def calculate_parameters(sd: Mapping[str, Tensor], prefix: str = "") -> int:
    """How many numbers the tensors below a prefix hold."""
    return sum(tensor.nelement() for key, tensor in sd.items() if key.startswith(prefix))


def weight_dtype(sd: Mapping[str, Tensor], prefix: str = "") -> torch.dtype | None:
    """The type of most of the numbers below a prefix."""
    counts: dict[torch.dtype, int] = {}
    for key, tensor in sd.items():
        if key.startswith(prefix):
            counts[tensor.dtype] = counts.get(tensor.dtype, 0) + tensor.numel()
    return max(counts, key=lambda dtype: counts[dtype], default=None)


def convert_sd_to(state_dict: MutableMapping[str, Tensor], dtype: torch.dtype) -> MutableMapping[str, Tensor]:
    """Every tensor cast, in place."""
    for key in state_dict:
        state_dict[key] = state_dict[key].to(dtype)
    return state_dict


def owner_of(obj: Any, attr: str) -> tuple[Any, str]:
    """(who holds it, its name there) of a dotted attribute."""
    *way, name = attr.split(".")
    for step in way:
        obj = getattr(obj, step)
    return obj, name


def get_attr(obj: Any, attr: str) -> Any:
    """A dotted attribute."""
    owner, name = owner_of(obj, attr)
    return getattr(owner, name)


def set_attr(obj: Any, attr: str, value: Any) -> Any:
    """Put a value at a dotted attribute; what was there before."""
    owner, name = owner_of(obj, attr)
    before = getattr(owner, name)
    setattr(owner, name, value)
    return before


def set_attr_param(obj: Any, attr: str, value: Tensor) -> Any:
    """Put a tensor at a dotted attribute as a parameter without gradient; what was there before."""
    return set_attr(obj, attr, nn.Parameter(value, requires_grad=False))


def copy_to_param(obj: Any, attr: str, value: Tensor) -> None:
    """Overwrite the numbers of the parameter at a dotted attribute."""
    get_attr(obj, attr).data.copy_(value)


def string_to_seed(data: str | bytes) -> int:
    """A seed of 32 bits from a text."""
    return zlib.crc32(data.encode() if isinstance(data, str) else data)
