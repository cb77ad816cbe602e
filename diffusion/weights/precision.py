"""In which number format each part of a checkpoint computes, by what its device does well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from diffusion.errors import DiffusionError

FLOAT16_FIRST = (torch.float16, torch.bfloat16)  # of what was published in float16, whose mantissa is longer
NAMES: Mapping[str, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

# A network below this is quick in any format: a UNet of 5 M parameters took 14 ms in float32 and 10 ms in
# bfloat16 (benchmarks/unet.py, one core with AVX512-BF16). It stays exact, and alike on every device.
SMALL = 64_000_000  # parameters


@dataclass(frozen=True)
class Precision:
    """Where a checkpoint will work, the narrow formats its family bears (best first), and the user's word."""

    device: torch.device
    preferred: tuple[torch.dtype, ...] = (torch.bfloat16, torch.float16)
    override: torch.dtype | None = None


def model_dtype(precision: Precision, parameters: int) -> torch.dtype:
    """For the denoising network: narrow if it is large and the device is faster so."""
    if precision.override is not None:
        return precision.override
    return torch.float32 if parameters < SMALL else compute_dtype(precision.device, precision.preferred)


def vae_dtype(precision: Precision, parameters: int) -> torch.dtype:
    """For an autoencoder: never float16, whose range its activations leave."""
    if precision.override is not None:
        return precision.override
    return torch.float32 if parameters < SMALL else compute_dtype(precision.device, (torch.bfloat16,))


def text_dtype(precision: Precision) -> torch.dtype:
    """For a text tower, which runs once for a prompt: exact on a CPU."""
    if precision.override is not None:
        return precision.override
    return (
        torch.float32 if precision.device.type == "cpu" else compute_dtype(precision.device, (torch.float16,))
    )


def compute_dtype(
    device: torch.device, preferred: Sequence[torch.dtype] = (torch.bfloat16, torch.float16)
) -> torch.dtype:
    """The first of the preferred formats that the device computes faster than float32, else float32."""
    fast = fast_dtypes(device)
    return next((dtype for dtype in preferred if dtype in fast), torch.float32)


def fast_dtypes(device: torch.device) -> frozenset[torch.dtype]:
    """The half-width formats in which a device multiplies matrices faster than in float32."""
    if device.type == "cpu":
        return cpu_dtypes(torch.cpu.get_capabilities())
    if device.type == "cuda":
        return cuda_dtypes(torch.cuda.get_device_capability(device))
    return frozenset({torch.float16})


def cpu_dtypes(capabilities: Mapping[str, object]) -> frozenset[torch.dtype]:
    """Of a CPU: bfloat16 with AMX or AVX512-BF16, float16 with AMX-FP16."""
    narrow = {
        torch.bfloat16: bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16")),
        torch.float16: bool(capabilities.get("amx_fp16")),
    }
    return frozenset(dtype for dtype, fast in narrow.items() if fast)


def cuda_dtypes(capability: tuple[int, int]) -> frozenset[torch.dtype]:
    """Of an NVIDIA GPU: float16 with tensor cores (7.0), bfloat16 from Ampere on (8.0; emulated before)."""
    oldest = {torch.float16: (7, 0), torch.bfloat16: (8, 0)}
    return frozenset(dtype for dtype, needed in oldest.items() if capability >= needed)


def dtype_named(name: str) -> torch.dtype:
    """fp32, bf16 or fp16 as the user wrote it."""
    if name not in NAMES:
        raise DiffusionError(f"precision {name!r} is not known: choose one of {', '.join(NAMES)}")
    return NAMES[name]
