"""Nodes that write, cut and change noise levels."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal, NamedTuple

import torch

from diffusion.parts import present_model
from diffusion.sampling import cuts
from nodes.api import Model, Option, OutputName, Range, Sigmas, Text, node
from nodes.errors import NodeError

CATEGORY = "sampling/custom_sampling/sigmas"
UNROUNDED = Option(round=False)
EVERYTHING = 999999999.9  # what the field writes for a noise level without bound

Sigma = Annotated[float, Range(0.0, 20000.0, 0.01), UNROUNDED]


class Halves(NamedTuple):
    """The levels with more noise and those with less."""

    high: Annotated[Sigmas, OutputName("high_sigmas")]
    low: Annotated[Sigmas, OutputName("low_sigmas")]


@node(CATEGORY, name="SplitSigmas", display_name="Split Sigmas", lane="cpu")
def split_sigmas(*, sigmas: Sigmas, step: Annotated[int, Range(0, 10000)] = 0) -> Halves:
    """Two parts of the noise levels, before and after a step."""
    return Halves(*cuts.split_at(sigmas, step))


@node(CATEGORY, name="SplitSigmasDenoise", display_name="Split Sigmas Denoise", lane="cpu")
def split_sigmas_denoise(*, sigmas: Sigmas, denoise: Annotated[float, Range(0.0, 1.0, 0.01)] = 1.0) -> Halves:
    """Two parts of the noise levels, the second with this share of the steps."""
    return Halves(*cuts.split_by_denoise(sigmas, denoise))


@node(CATEGORY, name="FlipSigmas", display_name="Flip Sigmas", lane="cpu")
def flip_sigmas(*, sigmas: Sigmas) -> Sigmas:
    """The noise levels backwards: a sampler then adds the noise of which a picture would have come."""
    return cuts.flipped(sigmas)


@node(CATEGORY, name="SetFirstSigma", display_name="Set First Sigma", lane="cpu")
def set_first_sigma(
    *, sigmas: Sigmas, sigma: Annotated[float, Range(0.0, 20000.0, 0.001), UNROUNDED] = 136.0
) -> Sigmas:
    """The noise levels from another start."""
    return cuts.with_first(sigmas, sigma)


@node(CATEGORY, name="ExtendIntermediateSigmas", display_name="Extend Intermediate Sigmas", lane="cpu")
def extend_sigmas(
    *,
    sigmas: Sigmas,
    steps: Annotated[int, Range(1, 100)] = 2,
    start_at_sigma: Annotated[float, Range(-1.0, 20000.0, 0.01), UNROUNDED] = -1.0,
    end_at_sigma: Sigma = 12.0,
    spacing: Literal["linear", "cosine", "sine"],
) -> Sigmas:
    """More noise levels between those that lie within bounds: each step there becomes several."""
    return cuts.extended(sigmas, steps, start_at_sigma, end_at_sigma, spacing)


@node(
    CATEGORY,
    name="SamplingPercentToSigma",
    display_name="Sampling Percent To Sigma",
    lane="cpu",
    at_rest=True,
)
def percent_to_sigma(
    *,
    model: Model,
    sampling_percent: Annotated[float, Range(0.0, 1.0, 0.0001)] = 0.0,
    return_actual_sigma: bool = False,
) -> Annotated[float, OutputName("sigma_value")]:
    """The model's noise level when this share of the sampling is done; at the ends its own if asked for."""
    schedule = present_model(model).schedule
    if return_actual_sigma and sampling_percent in (0.0, 1.0):
        return schedule.sigma_min if sampling_percent else schedule.sigma_max
    sigma = schedule.sigma_after(sampling_percent)
    return EVERYTHING if math.isinf(sigma) else sigma


@node(
    "_for_testing/custom_sampling",
    name="ManualSigmas",
    display_name="Manual Sigmas",
    experimental=True,
    lane="cpu",
)
def manual_sigmas(*, sigmas: Annotated[str, Text()] = "1, 0.5") -> Sigmas:
    """Noise levels as they are written, with commas or spaces between."""
    words = [word for word in re.split(r"[\s,;\[\]()]+", sigmas) if word]
    try:
        levels = [float(word) for word in words]
    except ValueError as error:
        raise NodeError(f'noise levels are numbers like "14.6, 5, 1, 0", not {sigmas!r}') from error
    return torch.tensor(levels, dtype=torch.float32)
