"""`comfy.model_management` on a machine without a GPU: devices, precisions, memory, interrupts."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from compat.comfy import model_management as mm
from diffusion.weights.precision import fast_dtypes
from graph.context import Context
from graph.errors import Cancelled

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    mm.cpu_state_now.cache_clear()


def test_the_work_is_done_on_the_cpu_and_everything_lies_there() -> None:
    homes = (
        mm.get_torch_device, mm.unet_offload_device, mm.text_encoder_device, mm.text_encoder_offload_device,
        mm.vae_device, mm.vae_offload_device, mm.intermediate_device,
    )  # fmt: skip
    assert {home() for home in homes} == {CPU}
    assert mm.get_torch_device_name(CPU) == "cpu"
    assert mm.cpu_mode()
    assert mm.cpu_state is mm.CPUState.CPU
    assert mm.is_device_cpu(CPU)
    assert not mm.is_device_cuda(CPU)
    assert not mm.is_nvidia()
    assert not mm.xformers_enabled()


def test_precisions_are_those_that_the_device_computes() -> None:
    assert mm.unet_dtype(supported_dtypes=(torch.float32,)) == torch.float32
    assert mm.should_use_fp16() == (torch.float16 in fast_dtypes(CPU))
    assert mm.should_use_bf16(CPU) == (torch.bfloat16 in fast_dtypes(CPU))
    assert mm.unet_manual_cast(torch.float32, CPU) is None
    assert mm.vae_dtype() in (torch.float32, torch.bfloat16)
    assert mm.dtype_size(torch.float16) == 2
    assert not mm.supports_fp8_compute(CPU)


def test_memory_is_that_of_the_machine() -> None:
    assert 0 < mm.get_free_memory() <= mm.get_total_memory()
    assert mm.get_free_memory(CPU, torch_free_too=True)[1] > 0
    assert mm.total_ram > 0
    assert mm.total_vram > 0
    assert mm.module_size(nn.Linear(3, 2)) == 4 * (6 + 2)


def test_what_leases_do_already_is_asked_for_without_harm() -> None:
    mm.load_models_gpu([object()], memory_required=5, force_patch_weights=True)
    mm.load_model_gpu(object())
    mm.unload_all_models()
    mm.soft_empty_cache(True)
    assert mm.free_memory(1 << 30, CPU) == []
    assert mm.loaded_models() == []


def test_tensors_are_cast() -> None:
    assert mm.cast_to_device(torch.ones(1), CPU, torch.float16).dtype == torch.float16
    same = torch.ones(1)
    assert mm.cast_to(same) is same


def test_an_interrupted_run_is_noticed(called: Context) -> None:
    mm.throw_exception_if_processing_interrupted()
    assert not mm.processing_interrupted()
    mm.interrupt_current_processing()
    assert mm.processing_interrupted()
    assert called.cancel.requested
    with pytest.raises(mm.InterruptProcessingException):
        mm.throw_exception_if_processing_interrupted()
    assert mm.InterruptProcessingException is Cancelled


def test_what_heddle_lacks_is_named() -> None:
    with pytest.raises(AttributeError, match=r"'LoadedModel': Heddle does not have"):
        mm.LoadedModel  # noqa: B018 - the look alone asks
