"""In which number format, and by which compiler, a model's network computes."""

from __future__ import annotations

import shutil
from dataclasses import replace

import torch

from diffusion.errors import DiffusionError, PartMissing
from diffusion.types import Model
from diffusion.weights.precision import dtype_named

CPU_COMPILERS = ("c++", "g++", "clang++", "cl")


def in_dtype(model: Model | None, name: str) -> Model:
    """A model whose numbers are fp32, bf16 or fp16; `default` as its file was opened."""
    present = checked(model)
    plain = next(
        (t.dtype for t in present.weights.plain_tensors.values() if t.is_floating_point()), present.dtype
    )
    dtype = plain if name == "default" else dtype_named(name)
    if dtype == present.dtype:
        return present
    weights = replace(present.weights, dtype=None if dtype == plain else dtype)
    return replace(present, weights=weights, dtype=dtype)


def compiled(model: Model | None, backend: str) -> Model:
    """A model whose network torch compiles when it is first used. Raises DiffusionError where it cannot."""
    present = checked(model)
    check_backend(backend, cuda=torch.cuda.is_available())
    return replace(present, weights=replace(present.weights, backend=backend))


def checked(model: Model | None) -> Model:
    """The model, or an error that says whose it is to give one."""
    if model is None:
        raise PartMissing("there is no model to change: the checkpoint holds none, load another one")
    return model


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
