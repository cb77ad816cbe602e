"""Nodes that say how a model's network computes."""

from __future__ import annotations

from typing import Literal

from diffusion.weights.computing import compiled, in_dtype
from nodes.api import Model, node


@node("advanced/debug/model", name="ModelComputeDtype", display_name="ModelComputeDtype", at_rest=True)
def set_compute_dtype(*, model: Model, dtype: Literal["default", "fp32", "fp16", "bf16"]) -> Model:
    """Let a model compute in another number format than was chosen for its device."""
    return in_dtype(model, dtype)


@node(
    "_for_testing",
    name="TorchCompileModel",
    display_name="TorchCompileModel",
    experimental=True,
    at_rest=True,
)
def compile_model(*, model: Model, backend: Literal["inductor", "cudagraphs"]) -> Model:
    """Let torch compile a model's network: the first step takes minutes, those after it less time."""
    return compiled(model, backend)
