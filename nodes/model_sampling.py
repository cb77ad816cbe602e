"""Nodes that say what a model predicts, and by which noise levels it was trained."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal

from diffusion import types
from diffusion.errors import DiffusionError
from diffusion.parts import present_model
from diffusion.sampling.continuous import cascade_schedule, continuous_schedule, with_discrete_sampling
from diffusion.sampling.schedules import NoiseSchedule
from nodes.api import Model, Option, Range, node

Sigma = Annotated[float, Range(0.0, 1000.0, 0.001), Option(round=False)]
# What each sampling predicts, and the spread of scaled latents that it expects.
CONTINUOUS: dict[str, tuple[types.Prediction, float]] = {
    "v_prediction": ("v", 1.0),
    "edm": ("edm", 0.5),
    "edm_playground_v2.5": ("edm", 0.5),
    "eps": ("epsilon", 1.0),
}


@node("advanced/model", name="ModelSamplingDiscrete", display_name="Model Sampling (Discrete)", at_rest=True)
def discrete(
    *,
    model: Model,
    sampling: Literal["eps", "v_prediction", "lcm", "x0", "img_to_img"],
    zsnr: bool = False,
) -> Model:
    """Say what a model of a thousand steps predicts; "zsnr" lets its noise end in pure noise."""
    return with_discrete_sampling(present_model(model), sampling, zsnr)


@node(
    "advanced/model",
    name="ModelSamplingContinuousEDM",
    display_name="Model Sampling (Continuous EDM)",
    at_rest=True,
)
def continuous_edm(
    *,
    model: Model,
    sampling: Literal["v_prediction", "edm", "edm_playground_v2.5", "eps", "cosmos_rflow"],
    sigma_max: Sigma = 120.0,
    sigma_min: Sigma = 0.002,
) -> Model:
    """Say what a model of continuous noise levels predicts, and which levels it knows."""
    if sampling not in CONTINUOUS:
        raise DiffusionError(
            f"sampling {sampling!r} is for Cosmos models; choose one of {', '.join(CONTINUOUS)}"
        )
    prediction, data_std = CONTINUOUS[sampling]
    schedule = continuous_schedule(sigma_min, sigma_max)
    return dataclasses.replace(
        present_model(model), schedule=schedule, prediction=prediction, data_std=data_std
    )


@node(
    "advanced/model",
    name="ModelSamplingContinuousV",
    display_name="Model Sampling (Continuous V)",
    at_rest=True,
)
def continuous_v(
    *,
    model: Model,
    sampling: Literal["v_prediction"],
    sigma_max: Sigma = 500.0,
    sigma_min: Sigma = 0.03,
) -> Model:
    """Take a model for one that predicts velocity and is told the angle of its noise level."""
    prediction, data_std = CONTINUOUS[sampling]
    schedule = continuous_schedule(sigma_min, sigma_max, "arctan")
    return dataclasses.replace(
        present_model(model), schedule=schedule, prediction=prediction, data_std=data_std
    )


@node(
    "advanced/model",
    name="ModelSamplingStableCascade",
    display_name="Model Sampling (Stable Cascade)",
    at_rest=True,
)
def cascade(*, model: Model, shift: Annotated[float, Range(0.0, 100.0, 0.01)] = 2.0) -> Model:
    """Give a model Stable Cascade's noise levels; a larger shift suits larger pictures."""
    schedule = cascade_schedule(shift)
    return with_schedule(model, schedule, "epsilon", 1.0)


def with_schedule(
    model: types.Model | None, schedule: NoiseSchedule, prediction: types.Prediction, data_std: float
) -> types.Model:
    """The model with other noise levels and another reading of what its network says."""
    return dataclasses.replace(
        present_model(model), schedule=schedule, prediction=prediction, data_std=data_std
    )
