"""From the tensors that a file stores for one module to its adapters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from torch import Tensor

from diffusion.weights.adapters import (
    Adapter,
    Butterfly,
    Decomposed,
    Dense,
    Generalised,
    Hadamard,
    Kronecker,
    LowRank,
    Replacement,
    Rotation,
)

Parts: TypeAlias = Mapping[str, Tensor]
"""The tensors of one module by their role."""


def weight_adapter(parts: Parts) -> Adapter | None:
    """What these tensors make of a module's weight; None where none of them is known or one is missing."""
    alpha = number(parts.get("alpha"))
    found = (make(parts, alpha) for make in KINDS)
    adapter = next((one for one in found if one is not None), None)
    if adapter is None or "dora_scale" not in parts:
        return adapter
    return Decomposed(adapter, parts["dora_scale"])


def bias_adapter(parts: Parts) -> Adapter | None:
    """What they make of its bias."""
    found = next((parts[role] for role in ("diff_b", "b_norm") if role in parts), None)
    return None if found is None else Dense(found)


def number(tensor: Tensor | None) -> float | None:
    """A stored number; trainers store alpha as a tensor of one."""
    return None if tensor is None or tensor.numel() != 1 else float(tensor)


def low_rank(parts: Parts, alpha: float | None) -> Adapter | None:
    """LoRA and LoCon."""
    if not {"lora_up", "lora_down"} <= parts.keys():
        return None
    return LowRank(parts["lora_up"], parts["lora_down"], parts.get("lora_mid"), alpha)


def hadamard(parts: Parts, alpha: float | None) -> Adapter | None:
    """LoHa."""
    if not {"hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"} <= parts.keys():
        return None
    cores = (parts["hada_t1"], parts["hada_t2"]) if {"hada_t1", "hada_t2"} <= parts.keys() else None
    ups, downs = ((parts[f"hada_w1_{side}"], parts[f"hada_w2_{side}"]) for side in "ab")
    return Hadamard(ups, downs, cores, alpha)


def kronecker(parts: Parts, alpha: float | None) -> Adapter | None:
    """LoKr."""
    first, second = (factors(parts, f"lokr_w{side}") for side in (1, 2))
    if not first or not second:
        return None
    return Kronecker(first, second, parts.get("lokr_t2") if len(second) == 2 else None, alpha)


def factors(parts: Parts, name: str) -> tuple[Tensor, ...]:
    """A tensor, or the two whose product it is."""
    names = (name,) if name in parts else (f"{name}_a", f"{name}_b")
    return tuple(parts[one] for one in names if one in parts) if names[-1] in parts else ()


def rotation(parts: Parts, alpha: float | None) -> Adapter | None:
    """OFT and BOFT."""
    if "oft_diag" in parts:
        return Rotation(parts["oft_diag"], True, parts.get("rescale"))
    blocks = parts.get("oft_blocks")
    if blocks is None or blocks.ndim not in (3, 4):
        return None
    if blocks.ndim == 4:
        return Butterfly(blocks, parts.get("rescale"), alpha)
    return Rotation(blocks, False, parts.get("rescale"), alpha)


def generalised(parts: Parts, alpha: float | None) -> Adapter | None:
    """GLoRA, in the order of factors that fits: older files store each pair the other way round."""
    if not {"a1", "a2", "b1", "b2"} <= parts.keys():
        return None
    a1, a2, b1, b2 = (parts[name] for name in ("a1", "a2", "b1", "b2"))
    older = a1.shape[0] < a1.shape[1]
    return Generalised((a2, a1), (b2, b1), alpha) if older else Generalised((a1, a2), (b1, b2), alpha)


def dense(parts: Parts, alpha: float | None) -> Adapter | None:
    """A whole difference or another weight."""
    del alpha
    if "set_weight" in parts:
        return Replacement(parts["set_weight"])
    found = next((parts[role] for role in ("diff", "w_norm") if role in parts), None)
    return None if found is None else Dense(found)


KINDS: tuple[Callable[[Parts, float | None], Adapter | None], ...] = (
    low_rank,
    hadamard,
    kronecker,
    rotation,
    generalised,
    dense,
)
