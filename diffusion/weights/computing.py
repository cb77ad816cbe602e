"""In which number format, and by which compiler, a model's network computes."""

from __future__ import annotations

import shutil
from dataclasses import replace

import torch

from diffusion.errors import DiffusionError
from diffusion.parts import present_model
from diffusion.types import Model
from diffusion.weights.precision import dtype_named

CPU_COMPILERS = ("c++", "g++", "clang++", "cl")


def in_dtype(model: Model | None, name: str) -> Model:
    """A model whose numbers are fp32, bf16 or fp16; `default` as its file was opened."""
    model = present_model(model)
    plain = next(
        (t.dtype for t in model.weights.plain_tensors.values() if t.is_floating_point()), model.dtype
    )
    dtype = plain if name == "default" else dtype_named(name)
    if dtype == model.dtype:
        return model
    weights = replace(model.weights, dtype=None if dtype == plain else dtype)
    return replace(model, weights=weights, dtype=dtype)


def compiled(model: Model | None, backend: str) -> Model:
    """A model whose network torch compiles when it is first used. Raises DiffusionError where it cannot."""
    model = present_model(model)
    check_backend(backend, cuda=torch.cuda.is_available())
    return replace(model, weights=replace(model.weights, backend=backend))


def check_backend(backend: str, *, cuda: bool) -> None:
    """Refuse a compiler that cannot work here."""
    if backend == "cudagraphs" and not cuda:
        raise DiffusionError(
            "cudagraphs need an NVIDIA GPU, and there is none: take inductor, or leave this out"
        )
    if backend == "inductor" and not cuda and not any(map(shutil.which, CPU_COMPILERS)):
        tried = ", ".join(CPU_COMPILERS)
        raise DiffusionError(
            f"torch.compile needs a C++ compiler for the CPU, and none of {tried} is installed: "
            "install one, or leave this out"
        )
