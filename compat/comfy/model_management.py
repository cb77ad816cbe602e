"""`comfy.model_management` as packs know it: devices, precisions, memory and interrupts.

Weights are leased by the engine for each call, so what a pack asks to be loaded or unloaded is either there
already or no business of its own: those functions do nothing, or give back what nobody uses.
"""

from __future__ import annotations

import gc
import platform
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from compat.core_classes import calling
from diffusion.weights.devices import default_device
from diffusion.weights.precision import compute_dtype, fast_dtypes
from graph.errors import Cancelled
from runtime.machine import main_memory

InterruptProcessingException = Cancelled
OOM_EXCEPTION = torch.OutOfMemoryError
XFORMERS_IS_AVAILABLE = False
XFORMERS_ENABLED_VAE = False
XFORMERS_VERSION = ""
DISABLE_SMART_MEMORY = False
FORCE_FP32 = False
FORCE_FP16 = False
current_loaded_models: list[Any] = []
directml_enabled = False
lowvram_available = True
total_vram_loaded = 0
MIB = 1 << 20
RESERVE = 1 << 30  # bytes that packs leave free for activations
Dtypes = Sequence[torch.dtype]
HALVES: Dtypes = (torch.float16, torch.bfloat16, torch.float32)


class VRAMState(Enum):
    """How scarce the memory of the device is; Heddle leases, so it is never scarce for a pack to manage."""

    DISABLED = 0
    NO_VRAM = 1
    LOW_VRAM = 2
    NORMAL_VRAM = 3
    HIGH_VRAM = 4
    SHARED = 5


class CPUState(Enum):
    """What kind of device computes."""

    GPU = 0
    CPU = 1
    MPS = 2


vram_state = VRAMState.NORMAL_VRAM
set_vram_to = VRAMState.NORMAL_VRAM


@cache
def cpu_state_now() -> CPUState:
    """Of the device that computes."""
    kinds = {"cpu": CPUState.CPU, "mps": CPUState.MPS}
    return kinds.get(get_torch_device().type, CPUState.GPU)


def __getattr__(name: str) -> Any:
    """Values that ask the device first."""
    lazy: dict[str, Callable[[], Any]] = {
        "cpu_state": cpu_state_now,
        "total_vram": lambda: get_total_memory() / MIB,
        "total_ram": lambda: main_memory()[0] / MIB,
    }
    if name not in lazy:
        raise AttributeError(
            f"module 'comfy.model_management' has no {name!r}: Heddle does not have this part of ComfyUI yet"
        )
    return lazy[name]()


# Devices

CPU = torch.device("cpu")


def get_torch_device() -> torch.device:
    """Where the work is done; of several GPUs by its number, as tensors on it say."""
    device = default_device()
    return torch.device("cuda", torch.cuda.current_device()) if device.type == "cuda" else device


def get_torch_device_name(device: Any) -> str:
    """For messages."""
    device = torch.device(device)
    if device.type == "cuda":
        return f"{device} {torch.cuda.get_device_name(device)}"
    return str(device.type)


def get_all_torch_devices() -> list[torch.device]:
    """Those that a pack may use."""
    return [get_torch_device()]


def unet_offload_device() -> torch.device:
    """Where denoisers lie between calls."""
    return CPU


def unet_inital_load_device(parameters: int, dtype: torch.dtype) -> torch.device:
    """Where denoisers are read to."""
    return CPU


def text_encoder_device() -> torch.device:
    """Where text encoders work."""
    return get_torch_device()


def text_encoder_offload_device() -> torch.device:
    """Where text encoders lie between calls."""
    return CPU


def text_encoder_initial_device(
    load_device: torch.device, offload_device: torch.device, model_size: int = 0
) -> torch.device:
    """Where text encoders are read to."""
    return offload_device


def vae_device() -> torch.device:
    """Where autoencoders work."""
    return get_torch_device()


def vae_offload_device() -> torch.device:
    """Where autoencoders lie between calls."""
    return CPU


def intermediate_device() -> torch.device:
    """Where pictures and latents lie between nodes."""
    return CPU


def intermediate_dtype() -> torch.dtype:
    """Of pictures and latents between nodes."""
    return torch.float32


def is_device_type(device: Any, kind: str) -> bool:
    """Whether a device is of this kind."""
    return getattr(device, "type", None) == kind


def is_device_cpu(device: Any) -> bool:
    """Whether it is the CPU."""
    return is_device_type(device, "cpu")


def is_device_mps(device: Any) -> bool:
    """Whether it is Apple's GPU."""
    return is_device_type(device, "mps")


def is_device_cuda(device: Any) -> bool:
    """Whether it is a GPU by CUDA or ROCm."""
    return is_device_type(device, "cuda")


def is_device_xpu(device: Any) -> bool:
    """Whether it is Intel's GPU."""
    return is_device_type(device, "xpu")


def cpu_mode() -> bool:
    """Whether the CPU does the work."""
    return get_torch_device().type == "cpu"


def mps_mode() -> bool:
    """Whether Apple's GPU does the work."""
    return get_torch_device().type == "mps"


def is_nvidia() -> bool:
    """Whether a GPU of NVIDIA does the work."""
    return get_torch_device().type == "cuda" and torch.version.hip is None


def is_amd() -> bool:
    """Whether a GPU of AMD does the work."""
    return get_torch_device().type == "cuda" and torch.version.hip is not None


def is_intel_xpu() -> bool:
    """Whether Intel's GPU does the work."""
    return get_torch_device().type == "xpu"


def is_ascend_npu() -> bool:
    """Never: not supported."""
    return False


def is_mlu() -> bool:
    """Never: not supported."""
    return False


def is_directml_enabled() -> bool:
    """Never: not supported."""
    return False


def is_wsl() -> bool:
    """Whether this is Linux inside of Windows."""
    return sys.platform == "linux" and "microsoft" in platform.uname().release.lower()


def xformers_enabled() -> bool:
    """Never: attention is torch's own."""
    return False


def xformers_enabled_vae() -> bool:
    """Never: attention is torch's own."""
    return False


def pytorch_attention_enabled() -> bool:
    """Always."""
    return True


def pytorch_attention_flash_attention() -> bool:
    """Whether torch's attention has its fast kernel."""
    return is_nvidia()


def sage_attention_enabled() -> bool:
    """Never: attention is torch's own."""
    return False


def flash_attention_enabled() -> bool:
    """Never: attention is torch's own."""
    return False


# Precision


def should_use_fp16(
    device: Any = None, model_params: int = 0, prioritize_performance: bool = True, manual_cast: bool = False
) -> bool:
    """Whether the device computes float16 faster than float32."""
    return torch.float16 in fast_dtypes(get_torch_device() if device is None else torch.device(device))


def should_use_bf16(
    device: Any = None, model_params: int = 0, prioritize_performance: bool = True, manual_cast: bool = False
) -> bool:
    """Whether the device computes bfloat16 faster than float32."""
    return torch.bfloat16 in fast_dtypes(get_torch_device() if device is None else torch.device(device))


def unet_dtype(
    device: Any = None, model_params: int = 0, supported_dtypes: Dtypes = HALVES, weight_dtype: Any = None
) -> torch.dtype:
    """The format for a denoiser's weights: the first supported one that the device computes fast."""
    where = get_torch_device() if device is None else torch.device(device)
    return compute_dtype(where, supported_dtypes)


def unet_manual_cast(
    weight_dtype: torch.dtype | None, inference_device: Any, supported_dtypes: Dtypes = HALVES
) -> torch.dtype | None:
    """The format to compute in, where the weights' own is not it."""
    wanted = unet_dtype(inference_device, supported_dtypes=supported_dtypes)
    return None if weight_dtype in (torch.float32, wanted) else wanted


def vae_dtype(device: Any = None, allowed_dtypes: Dtypes = ()) -> torch.dtype:
    """The format for an autoencoder's weights."""
    where = get_torch_device() if device is None else torch.device(device)
    return compute_dtype(where, tuple(allowed_dtypes) or (torch.bfloat16,))


def text_encoder_dtype(device: Any = None) -> torch.dtype:
    """The format for a text encoder's weights."""
    return torch.float16 if should_use_fp16(device) else torch.float32


def dtype_size(dtype: torch.dtype) -> int:
    """Bytes of one number."""
    return dtype.itemsize


def supports_dtype(device: Any, dtype: torch.dtype) -> bool:
    """Whether a device can compute in a format."""
    return dtype == torch.float32 or not is_device_cpu(device)


def supports_cast(device: Any, dtype: torch.dtype) -> bool:
    """Whether a device can hold a format."""
    is_double = dtype == torch.float64
    return not (is_double and is_device_mps(device))


def supports_fp8_compute(device: Any = None) -> bool:
    """Whether the GPU multiplies in 8 bits (NVIDIA from Ada on)."""
    where = get_torch_device() if device is None else torch.device(device)
    return where.type == "cuda" and is_nvidia() and torch.cuda.get_device_capability(where) >= (8, 9)


def device_supports_non_blocking(device: Any) -> bool:
    """Whether copies to it may overlap with work."""
    return is_device_cuda(device)


def device_should_use_non_blocking(device: Any) -> bool:
    """Never: what a pack copies is read at once."""
    return False


def cast_to(
    weight: Tensor,
    dtype: torch.dtype | None = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
) -> Tensor:
    """A tensor elsewhere or in another format."""
    return weight.to(
        device=device or weight.device,
        dtype=dtype or weight.dtype,
        non_blocking=non_blocking,
        copy=copy,
    )


def cast_to_device(tensor: Tensor, device: Any, dtype: torch.dtype | None, copy: bool = False) -> Tensor:
    """A tensor on a device, in a format."""
    return cast_to(tensor, dtype, device, copy=copy)


# Memory


def get_total_memory(dev: Any = None, torch_total_too: bool = False) -> Any:
    """Bytes of a device; with `torch_total_too` also those that torch has reserved."""
    device = get_torch_device() if dev is None else torch.device(dev)
    if device.type == "cuda":
        total, reserved = torch.cuda.mem_get_info(device)[1], torch.cuda.memory_reserved(device)
    else:
        total = reserved = main_memory()[0]
    return (total, reserved) if torch_total_too else total


def get_free_memory(dev: Any = None, torch_free_too: bool = False) -> Any:
    """Bytes to be had on a device; with `torch_free_too` also those that torch has at hand."""
    device = get_torch_device() if dev is None else torch.device(dev)
    if device.type == "cuda":
        at_hand = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        free = torch.cuda.mem_get_info(device)[0] + at_hand
    else:
        free = at_hand = main_memory()[1]
    return (free, at_hand) if torch_free_too else free


def minimum_inference_memory() -> int:
    """Bytes that a pack should leave free."""
    return RESERVE


def maximum_vram_for_weights(device: Any = None) -> int:
    """Bytes that weights may take."""
    return int(get_total_memory(device)) - RESERVE


def extra_reserved_memory() -> int:
    """Bytes that the host keeps for itself."""
    return 0


def module_size(module: nn.Module) -> int:
    """Bytes of a module's parameters and buffers."""
    return sum(tensor.nelement() * tensor.element_size() for tensor in module.state_dict().values())


def soft_empty_cache(force: bool = False) -> None:
    """Give back what torch keeps for later."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def cleanup_models_gc() -> None:
    """Let go of what nobody holds."""
    gc.collect()


def cleanup_models() -> None:
    """Nothing to do: weights go when the engine needs the room."""


def unload_all_models() -> None:
    """Let go of what nobody holds; the engine's own weights go when it needs the room."""
    gc.collect()
    soft_empty_cache()


def free_memory(
    memory_required: float, device: Any, keep_loaded: Iterable[Any] = (), **_: object
) -> list[Any]:
    """Let go of what nobody holds; the engine makes room for leases itself."""
    soft_empty_cache()
    return []


def load_models_gpu(models: Iterable[Any], *_: object, **__: object) -> None:
    """Nothing to do: the weights inside a call's arguments are leased to the device already."""


def load_model_gpu(model: Any) -> None:
    """Nothing to do: the weights inside a call's arguments are leased to the device already."""


def loaded_models(only_currently_used: bool = False) -> list[Any]:
    """None that a pack might manage."""
    return []


# Interrupts


def throw_exception_if_processing_interrupted() -> None:
    """Raises InterruptProcessingException when the run was asked to stop; call it between steps."""
    calling().check_cancelled()


def processing_interrupted() -> bool:
    """Whether the run was asked to stop."""
    return calling().cancel.requested


def interrupt_current_processing(value: bool = True) -> None:
    """Ask the running run to stop."""
    if value:
        calling().cancel.set()
