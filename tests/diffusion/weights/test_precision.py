"""Number formats by device and size."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch

from diffusion.errors import DiffusionError
from diffusion.weights.precision import (
    SMALL,
    Precision,
    compute_dtype,
    cpu_dtypes,
    cuda_dtypes,
    dtype_named,
    model_dtype,
    text_dtype,
    vae_dtype,
)

CPU = torch.device("cpu")
BF16, FP16, FP32 = torch.bfloat16, torch.float16, torch.float32


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({}, set()),
        ({"avx512_f": True}, set()),
        ({"avx512_bf16": True}, {BF16}),
        ({"amx_bf16": True}, {BF16}),
        ({"amx_bf16": True, "amx_fp16": True}, {BF16, FP16}),
    ],
)
def test_a_cpu_is_fast_in_what_it_has_instructions_for(
    capabilities: Mapping[str, object], expected: set[torch.dtype]
) -> None:
    assert cpu_dtypes(capabilities) == expected


def test_a_gpu_is_fast_in_bfloat16_from_ampere_on() -> None:
    assert cuda_dtypes((6, 1)) == set()
    assert cuda_dtypes((7, 5)) == {FP16}
    assert cuda_dtypes((8, 0)) == cuda_dtypes((9, 0)) == {FP16, BF16}


def on(monkeypatch: pytest.MonkeyPatch, **capabilities: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)


def test_the_first_preferred_format_that_is_fast_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, amx_bf16=True)
    assert compute_dtype(CPU, (FP16, BF16)) == BF16
    on(monkeypatch, amx_bf16=True, amx_fp16=True)
    assert compute_dtype(CPU, (FP16, BF16)) == FP16
    on(monkeypatch)
    assert compute_dtype(CPU) == FP32


def test_only_large_networks_are_narrowed(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, avx512_bf16=True)
    precision = Precision(CPU)
    assert (model_dtype(precision, SMALL - 1), model_dtype(precision, SMALL)) == (FP32, BF16)
    assert (vae_dtype(precision, SMALL - 1), vae_dtype(precision, SMALL)) == (FP32, BF16)


def test_a_vae_is_never_float16_and_a_text_tower_is_exact_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, amx_fp16=True)
    precision = Precision(CPU, (FP16, BF16))
    assert model_dtype(precision, SMALL) == FP16
    assert vae_dtype(precision, SMALL) == FP32
    assert text_dtype(precision) == FP32


def test_the_users_word_counts_for_every_part() -> None:
    precision = Precision(CPU, override=FP16)
    assert {model_dtype(precision, 1), vae_dtype(precision, 1), text_dtype(precision)} == {FP16}


def test_formats_are_named_as_people_name_them() -> None:
    assert dtype_named("bf16") == BF16
    with pytest.raises(DiffusionError, match="choose one of fp32, bf16, fp16"):
        dtype_named("int3")
