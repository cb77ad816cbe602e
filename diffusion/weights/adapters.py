"""The published ways to store a change of a weight in few numbers, and the change that each stands for.

An adapter's `change` is W' - W at full strength, in float32 on the weight's device. W (out, in) or, of a
convolution, (out, in, kh, kw); r is a rank, s = alpha / r the scale that trainers store beside the factors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

EPSILON = 1e-8  # keeps a norm of zero from dividing


class Adapter(Protocol):
    """A change of one weight."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the weights that it changes, as far as it knows: at least how many rows they have."""

    def change(self, weight: Tensor) -> Tensor:
        """W' - W for a float32 weight that `fits`, in the weight's shape."""


def fits(adapter: Adapter, shape: Sequence[int]) -> bool:
    """Whether an adapter can change weights of this shape.

    Matrices serve 1x1 convolutions too, and a convolution may have input channels that the adapter lacks.
    """
    own = adapter.shape
    if own[0] != shape[0] or len(own) == 1:
        return own[0] == shape[0]
    return math.prod(own) == math.prod(shape) or lacks_inputs(own, shape)


def lacks_inputs(own: Sequence[int], shape: Sequence[int]) -> bool:
    """Whether a convolution of this shape only has more input channels, as those for inpainting do."""
    return len(own) == len(shape) == 4 and own[1] < shape[1] and own[2:] == tuple(shape[2:])


def laid(delta: Tensor, weight: Tensor) -> Tensor:
    """A change in the weight's shape; nothing for input channels that it lacks."""
    if delta.numel() == weight.numel():
        return delta.reshape(weight.shape)
    return F.pad(delta, (0, 0, 0, 0, 0, weight.shape[1] - delta.shape[1]))


def wide(tensor: Tensor, like: Tensor) -> Tensor:
    """A stored factor as float32 where the weight is."""
    return tensor.to(like.device, torch.float32)


@dataclass(frozen=True, eq=False)
class LowRank:
    """LoRA: s B A (Hu et al. 2021); with a core, s B C A, Tucker's form for convolutions (LoCon)."""

    up: Tensor  # B (out, r) or (out, r, 1, 1)
    down: Tensor  # A (r, in) or (r, in, kh, kw)
    core: Tensor | None = None  # C (r, r, kh, kw)
    alpha: float | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """(out, in, …)."""
        kernel = self.down.shape[2:] if self.core is None else self.core.shape[2:]
        return (self.up.shape[0], self.down.shape[1], *kernel)

    def change(self, weight: Tensor) -> Tensor:
        """s B A."""
        up, down = wide(self.up, weight).flatten(1), wide(self.down, weight).flatten(1)
        up = up * scale_of(self.alpha, self.down.shape[0])
        if self.core is None:
            return laid((up @ down).reshape(self.shape), weight)
        return laid(tucker(wide(self.core, weight), up.T, down), weight)


@dataclass(frozen=True, eq=False)
class Hadamard:
    """LoHa: s (B1 A1) * (B2 A2), element by element (Hyeon-Woo et al. 2022; Yeh et al. 2023).

    With cores, each side is a Tucker product; its outer factor is then stored as (r, out).
    """

    ups: tuple[Tensor, Tensor]
    downs: tuple[Tensor, Tensor]
    cores: tuple[Tensor, Tensor] | None = None
    alpha: float | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """(out, in, …)."""
        if self.cores is None:
            return (self.ups[0].shape[0], *self.downs[0].shape[1:])
        return (self.ups[0].shape[1], self.downs[0].shape[1], *self.cores[0].shape[2:])

    def change(self, weight: Tensor) -> Tensor:
        """s (B1 A1) * (B2 A2)."""
        first, second = self.side(0, weight), self.side(1, weight)
        return laid(first.mul_(second).mul_(scale_of(self.alpha, self.downs[0].shape[0])), weight)

    def side(self, index: int, weight: Tensor) -> Tensor:
        """One of the two products."""
        up, down = wide(self.ups[index], weight), wide(self.downs[index], weight)
        return up @ down if self.cores is None else tucker(wide(self.cores[index], weight), up, down)


@dataclass(frozen=True, eq=False)
class Kronecker:
    """LoKr: s W1 (x) W2, the Kronecker product (Edalati et al. 2022; Yeh et al. 2023).

    Each may be a product of two factors, W2 of a convolution also one with Tucker's core.
    """

    first: tuple[Tensor, ...]  # W1, or its factors (a, r), (r, b)
    second: tuple[Tensor, ...]  # W2, or its factors; with a core (r, c), (r, d)
    core: Tensor | None = None  # (r, r, kh, kw)
    alpha: float | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """(a c, b d, …)."""
        rows = self.second[0].shape[0 if self.core is None else 1]
        kernel = self.second[-1].shape[2:] if self.core is None else self.core.shape[2:]
        columns = self.first[-1].shape[1] * self.second[-1].shape[1]
        return (self.first[0].shape[0] * rows, columns, *kernel)

    @property
    def scale(self) -> float:
        """Alpha counts only where something is factored: the inner rank of W2, else of W1."""
        factored = next((pair for pair in (self.second, self.first) if len(pair) == 2), None)
        return 1.0 if factored is None else scale_of(self.alpha, factored[1].shape[0])

    def change(self, weight: Tensor) -> Tensor:
        """s W1 (x) W2."""
        first = self.scale * product(self.first, weight)
        if self.core is None:
            second = product(self.second, weight)
        else:
            second = tucker(wide(self.core, weight), *(wide(factor, weight) for factor in self.second))
        if second.ndim > first.ndim:
            first = first.reshape(*first.shape, *[1] * (second.ndim - first.ndim))
        return laid(torch.kron(first, second.contiguous()), weight)


@dataclass(frozen=True, eq=False)
class Generalised:
    """GLoRA: s (W A + B) with low-rank A and B (Chavan et al. 2023).

    The factors of A are (in, r) and (r, in), of B (out, r) and (r, in).
    """

    a: tuple[Tensor, Tensor]
    b: tuple[Tensor, Tensor]
    alpha: float | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """(out, in)."""
        return (self.b[0].shape[0], *self.b[1].shape[1:])

    def change(self, weight: Tensor) -> Tensor:
        """s (W A + B)."""
        a1, a2, b1, b2 = (wide(factor, weight).flatten(1) for factor in (*self.a, *self.b))
        scale = scale_of(self.alpha, self.b[1].shape[0])
        return laid(scale * (weight.flatten(1) @ a1 @ a2 + b1 @ b2), weight)


@dataclass(frozen=True, eq=False)
class Dense:
    """A whole difference, as of a bias, of a norm or of a fine-tuned layer."""

    difference: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """The difference's."""
        return tuple(self.difference.shape) or (1,)

    def change(self, weight: Tensor) -> Tensor:
        """The difference."""
        return laid(wide(self.difference, weight), weight)


@dataclass(frozen=True, eq=False)
class Replacement:
    """Another weight in the place of this one; at half strength halfway between them."""

    weight: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """The weight's."""
        return tuple(self.weight.shape)

    def change(self, weight: Tensor) -> Tensor:
        """The other minus this one."""
        other = wide(self.weight, weight)
        if other.numel() == weight.numel():
            return other.reshape(weight.shape) - weight
        return laid(other - weight[:, : other.shape[1]], weight)


@dataclass(frozen=True, eq=False)
class Decomposed:
    """DoRA: m (W + dW) / |W + dW|, direction and magnitude apart (Liu et al. 2024, equation 5).

    The magnitudes m are of rows where they are stored as (out, 1, …) or (out,), of columns as (1, in, …).
    """

    inner: Adapter
    magnitude: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """The inner one's."""
        return self.inner.shape

    def change(self, weight: Tensor) -> Tensor:
        """m (W + dW) / |W + dW| - W."""
        moved = weight + self.inner.change(weight)
        axis = 0 if self.magnitude.ndim == 1 or self.magnitude.shape[0] == weight.shape[0] else 1
        others = [dim for dim in range(weight.ndim) if dim != axis]
        norm = torch.linalg.vector_norm(moved, dim=others, keepdim=True) + EPSILON
        turned: Tensor = moved * (wide(self.magnitude, weight).reshape(norm.shape) / norm)
        return turned - weight


@dataclass(frozen=True, eq=False)
class Rotation:
    """OFT: blocks of rows turned by R^T, R = (I + Q) (I - Q)^-1, Q skew-symmetric (Qiu et al. 2023).

    The norm of Q is held at alpha times the rows where there is an alpha; then rows are scaled by `rescale`.
    """

    blocks: Tensor  # (k, n, n): Q is a block minus its transpose; or R itself
    turned: bool = False  # they are R itself, as the first files of LyCORIS hold them
    rescale: Tensor | None = None  # (out, 1, …)
    alpha: float | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """(out,)."""
        return (self.blocks.shape[0] * self.blocks.shape[1],)

    def change(self, weight: Tensor) -> Tensor:
        """R^T W - W, block by block."""
        blocks = wide(self.blocks, weight)
        turns = blocks if self.turned else cayley(blocks, self.alpha, weight.shape[0])
        grouped = weight.reshape(*blocks.shape[:2], -1)  # (k, n, …)
        return rescaled((turns.mT @ grouped).reshape(weight.shape), self.rescale) - weight


@dataclass(frozen=True, eq=False)
class Butterfly:
    """BOFT: m rotations one after another, each of rows ever farther apart (Liu et al. 2023)."""

    blocks: Tensor  # (m, k, n, n)
    rescale: Tensor | None = None
    alpha: float | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """(out,)."""
        return (self.blocks.shape[1] * self.blocks.shape[2],)

    def change(self, weight: Tensor) -> Tensor:
        """B_m … B_1 W - W."""
        turns = cayley(wide(self.blocks, weight), self.alpha, weight.shape[0])
        rows = weight.flatten(1)
        for level, turn in enumerate(turns):
            order = interleaved(len(rows), 2**level * (turn.shape[1] // 2)).to(rows.device)
            mixed = turn @ rows[order].reshape(*turn.shape[:2], -1)  # (k, n, …)
            rows = torch.empty_like(rows).index_copy(0, order, mixed.reshape(rows.shape))
        return rescaled(rows.reshape(weight.shape), self.rescale) - weight


def scale_of(alpha: float | None, rank: int) -> float:
    """Alpha / r, 1 without an alpha."""
    return 1.0 if alpha is None else alpha / rank


def product(factors: Sequence[Tensor], like: Tensor) -> Tensor:
    """One tensor, or the product of two, the second of which may be a convolution's."""
    if len(factors) == 1:
        return wide(factors[0], like)
    left, right = (wide(factor, like) for factor in factors)
    return (left @ right.flatten(1)).reshape(left.shape[0], *right.shape[1:])


def tucker(core: Tensor, up: Tensor, down: Tensor) -> Tensor:
    """(out, in, kh, kw) of a core (r, r, kh, kw), an outer factor (r, out) and an inner one (r, in)."""
    return torch.einsum("i j k l, j r, i p -> p r k l", core, down, up)


def cayley(blocks: Tensor, alpha: float | None, rows: int) -> Tensor:
    """Rotations (I + Q) (I - Q)^-1 of Q = blocks - blocks^T, its norm at most alpha times the rows."""
    skew: Tensor = blocks - blocks.mT
    norm = torch.linalg.vector_norm(skew)
    if alpha and norm > alpha * rows:
        skew = skew * (alpha * rows / norm)
    identity = torch.eye(blocks.shape[-1], device=blocks.device)
    turns: Tensor = torch.linalg.solve(identity - skew, identity + skew, left=False)
    return turns


def rescaled(weight: Tensor, factors: Tensor | None) -> Tensor:
    """Rows times their factors, if there are any."""
    return weight if factors is None else weight * wide(factors, weight).reshape(-1, *[1] * (weight.ndim - 1))


def interleaved(rows: int, distance: int) -> Tensor:
    """The order of rows that brings those `distance` apart together: (groups, 2, distance) transposed."""
    return torch.arange(rows).reshape(-1, 2, distance).transpose(1, 2).flatten()
