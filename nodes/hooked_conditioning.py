"""Nodes that say where, when and under which hooks conditionings hold."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from diffusion.sampling.hooks import Hook
from nodes.api import Conditioning, Mask, Range, node
from nodes.conditioning import MaskedArea, Pair, changed, masked
from nodes.hooks import Hooks, Span, together

SINGLE, PAIR = "advanced/hooks/cond single", "advanced/hooks/cond pair"

Weight = Annotated[float, Range(0.0, 10.0, 0.01)]


@node(
    SINGLE, name="ConditioningSetProperties", display_name="Cond Set Props", experimental=True, at_rest=True
)
def set_properties(
    *,
    cond_NEW: Conditioning,
    strength: Weight = 1.0,
    set_cond_area: MaskedArea,
    mask: Mask | None = None,
    hooks: Hooks | None = None,
    timesteps: Span | None = None,
) -> Conditioning:
    """Say where, when and under which hooks a conditioning holds; the strength is that of the mask."""
    return with_properties(cond_NEW, strength, set_cond_area, mask, hooks, timesteps)


@node(
    SINGLE,
    name="ConditioningSetPropertiesAndCombine",
    display_name="Cond Set Props Combine",
    experimental=True,
    at_rest=True,
)
def set_properties_and_combine(
    *,
    cond: Conditioning,
    cond_NEW: Conditioning,
    strength: Weight = 1.0,
    set_cond_area: MaskedArea,
    mask: Mask | None = None,
    hooks: Hooks | None = None,
    timesteps: Span | None = None,
) -> Conditioning:
    """Say where, when and under which hooks a conditioning holds, beside another one."""
    return (*cond, *with_properties(cond_NEW, strength, set_cond_area, mask, hooks, timesteps))


@node(
    PAIR,
    name="PairConditioningSetProperties",
    display_name="Cond Pair Set Props",
    experimental=True,
    at_rest=True,
)
def set_pair_properties(
    *,
    positive_NEW: Conditioning,
    negative_NEW: Conditioning,
    strength: Weight = 1.0,
    set_cond_area: MaskedArea,
    mask: Mask | None = None,
    hooks: Hooks | None = None,
    timesteps: Span | None = None,
) -> Pair:
    """Say where, when and under which hooks a positive and a negative conditioning hold."""
    new = (positive_NEW, negative_NEW)
    return Pair(*(with_properties(one, strength, set_cond_area, mask, hooks, timesteps) for one in new))


@node(
    PAIR,
    name="PairConditioningSetPropertiesAndCombine",
    display_name="Cond Pair Set Props Combine",
    experimental=True,
    at_rest=True,
)
def set_pair_properties_and_combine(
    *,
    positive: Conditioning,
    negative: Conditioning,
    positive_NEW: Conditioning,
    negative_NEW: Conditioning,
    strength: Weight = 1.0,
    set_cond_area: MaskedArea,
    mask: Mask | None = None,
    hooks: Hooks | None = None,
    timesteps: Span | None = None,
) -> Pair:
    """Say where, when and under which hooks a pair of conditionings holds, beside another pair."""
    new = (positive_NEW, negative_NEW)
    changed_ones = [with_properties(one, strength, set_cond_area, mask, hooks, timesteps) for one in new]
    return Pair((*positive, *changed_ones[0]), (*negative, *changed_ones[1]))


@node(
    SINGLE,
    name="ConditioningSetDefaultCombine",
    display_name="Cond Set Default Combine",
    experimental=True,
    at_rest=True,
)
def combine_default(
    *,
    cond: Conditioning,
    cond_DEFAULT: Conditioning,
    hooks: Hooks | None = None,
) -> Conditioning:
    """Let a conditioning hold wherever the others leave something of the picture free."""
    return (*cond, *as_default(cond_DEFAULT, hooks))


@node(
    PAIR,
    name="PairConditioningSetDefaultCombine",
    display_name="Cond Pair Set Default Combine",
    experimental=True,
    at_rest=True,
)
def combine_default_pair(
    *,
    positive: Conditioning,
    negative: Conditioning,
    positive_DEFAULT: Conditioning,
    negative_DEFAULT: Conditioning,
    hooks: Hooks | None = None,
) -> Pair:
    """Let a pair of conditionings hold wherever the others leave something of the picture free."""
    return Pair(
        (*positive, *as_default(positive_DEFAULT, hooks)), (*negative, *as_default(negative_DEFAULT, hooks))
    )


@node(PAIR, name="PairConditioningCombine", display_name="Cond Pair Combine", experimental=True, at_rest=True)
def combine_pairs(
    *,
    positive_A: Conditioning,
    negative_A: Conditioning,
    positive_B: Conditioning,
    negative_B: Conditioning,
) -> Pair:
    """Let both pairs of conditionings hold."""
    return Pair((*positive_A, *positive_B), (*negative_A, *negative_B))


def with_properties(
    conditioning: Conditioning,
    strength: float,
    area: MaskedArea,
    mask: Mask | None,
    hooks: tuple[Hook, ...] | None,
    timesteps: tuple[float, float] | None,
) -> Conditioning:
    """Every conditioning with what is given; the rest as it was."""
    if mask is not None:
        conditioning = masked(conditioning, mask, strength, area)
    if timesteps is not None:
        conditioning = changed(conditioning, start=timesteps[0], end=timesteps[1])
    return under(conditioning, hooks)


def as_default(conditioning: Conditioning, hooks: tuple[Hook, ...] | None) -> Conditioning:
    """Every conditioning as one that only fills in."""
    return under(changed(conditioning, fallback=True), hooks)


def under(conditioning: Conditioning, hooks: tuple[Hook, ...] | None) -> Conditioning:
    """Every conditioning with these hooks beside its own."""
    return tuple(dataclasses.replace(cond, hooks=together(cond.hooks, hooks)) for cond in conditioning)
