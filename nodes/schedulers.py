"""Nodes that make noise levels for a number of steps."""

from __future__ import annotations

from typing import Annotated, Literal

from diffusion.parts import present_model
from diffusion.sampling import published, schedules, spacing
from diffusion.sampling.schedules import schedule_names
from nodes.api import Choice, Model, Option, Range, Sigmas, node

CATEGORY = "sampling/custom_sampling/schedulers"
UNROUNDED = Option(round=False)

Steps = Annotated[int, Range(1, 10000)]
Denoise = Annotated[float, Range(0.0, 1.0, 0.01)]
Sigma = Annotated[float, Range(0.0, 5000.0, 0.01), UNROUNDED]
TurboDenoise = Annotated[float, Range(0, 1.0, 0.01)]
Power = Annotated[float, Range(0.0, 100.0, 0.01), UNROUNDED]

LARGEST, SMALLEST = 14.614642, 0.0291675  # of Stable Diffusion


@node(CATEGORY, name="BasicScheduler", display_name="Basic Scheduler", lane="cpu", at_rest=True)
def basic(
    *,
    model: Model,
    scheduler: Annotated[str, Choice(schedule_names)],
    steps: Steps = 20,
    denoise: Denoise = 1.0,
) -> Sigmas:
    """The noise levels that a KSampler with these settings would visit."""
    return schedules.last_part(scheduler, present_model(model).schedule, steps, denoise)


@node(CATEGORY, name="KarrasScheduler", display_name="Karras Scheduler", lane="cpu")
def karras(
    *, steps: Steps = 20, sigma_max: Sigma = LARGEST, sigma_min: Sigma = SMALLEST, rho: Power = 7.0
) -> Sigmas:
    """Noise levels that fall ever more slowly; a larger rho puts more of them at the low end."""
    return spacing.ended(spacing.karras(steps, sigma_max, sigma_min, rho))


@node(CATEGORY, name="ExponentialScheduler", display_name="Exponential Scheduler", lane="cpu")
def exponential(*, steps: Steps = 20, sigma_max: Sigma = LARGEST, sigma_min: Sigma = SMALLEST) -> Sigmas:
    """Noise levels that fall by the same factor in each step."""
    return spacing.ended(spacing.polyexponential(steps, sigma_max, sigma_min))


@node(CATEGORY, name="PolyexponentialScheduler", display_name="Polyexponential Scheduler", lane="cpu")
def polyexponential(
    *, steps: Steps = 20, sigma_max: Sigma = LARGEST, sigma_min: Sigma = SMALLEST, rho: Power = 1.0
) -> Sigmas:
    """Noise levels that fall by a factor which rho makes larger at first."""
    return spacing.ended(spacing.polyexponential(steps, sigma_max, sigma_min, rho))


@node(CATEGORY, name="LaplaceScheduler", display_name="Laplace Scheduler", lane="cpu")
def laplace(
    *,
    steps: Steps = 20,
    sigma_max: Sigma = LARGEST,
    sigma_min: Sigma = SMALLEST,
    mu: Annotated[float, Range(-10.0, 10.0, 0.1), UNROUNDED] = 0.0,
    beta: Annotated[float, Range(0.0, 10.0, 0.1), UNROUNDED] = 0.5,
) -> Sigmas:
    """Noise levels that gather around the level whose logarithm is mu, the closer the smaller beta is."""
    return spacing.ended(spacing.laplace(steps, sigma_max, sigma_min, mu, beta))


@node(CATEGORY, name="VPScheduler", display_name="VP Scheduler", lane="cpu")
def variance_preserving(
    *,
    steps: Steps = 20,
    beta_d: Sigma = 19.9,
    beta_min: Sigma = 0.1,
    eps_s: Annotated[float, Range(0.0, 1.0, 0.0001), UNROUNDED] = 0.001,
) -> Sigmas:
    """Noise levels even in the time of a process that keeps the variance of pictures."""
    return spacing.ended(spacing.variance_preserving(steps, beta_d, beta_min, eps_s))


@node(
    CATEGORY, name="BetaSamplingScheduler", display_name="Beta Sampling Scheduler", lane="cpu", at_rest=True
)
def beta_sampling(
    *,
    model: Model,
    steps: Steps = 20,
    alpha: Annotated[float, Range(0.0, 50.0, 0.01), UNROUNDED] = 0.6,
    beta: Annotated[float, Range(0.0, 50.0, 0.01), UNROUNDED] = 0.6,
) -> Sigmas:
    """Noise levels of the model at the quantiles of a beta distribution: below 1 dense at both ends."""
    return spacing.ended(schedules.beta(present_model(model).schedule, steps, alpha, beta))


@node(CATEGORY, name="SDTurboScheduler", display_name="SD Turbo Scheduler", lane="cpu", at_rest=True)
def turbo(*, model: Model, steps: Annotated[int, Range(1, 10)] = 1, denoise: TurboDenoise = 1.0) -> Sigmas:
    """Noise levels for models distilled to one to ten steps."""
    return schedules.turbo(present_model(model).schedule, steps, denoise)


@node(CATEGORY, name="AlignYourStepsScheduler", display_name="Align Your Steps Scheduler", lane="cpu")
def align_your_steps(
    *, model_type: Literal["SD1", "SDXL", "SVD"], steps: Steps = 10, denoise: Denoise = 1.0
) -> Sigmas:
    """Noise levels that NVIDIA found to be best for these models in ten steps."""
    return published.align_your_steps(model_type, steps, denoise)


@node(CATEGORY, name="GITSScheduler", display_name="GITS Scheduler", lane="cpu")
def gits(
    *,
    coeff: Annotated[float, Range(0.8, 1.5, 0.05)] = 1.2,
    steps: Annotated[int, Range(2, 1000)] = 10,
    denoise: Denoise = 1.0,
) -> Sigmas:
    """Noise levels where the way to a picture bends; a larger coeff puts more where there is little noise."""
    return published.gits(coeff, steps, denoise)


@node(CATEGORY, name="OptimalStepsScheduler", display_name="Optimal Steps Scheduler", lane="cpu")
def optimal_steps(
    *,
    model_type: Literal["FLUX", "Wan", "Chroma"],
    steps: Annotated[int, Range(3, 1000)] = 20,
    denoise: Denoise = 1.0,
) -> Sigmas:
    """Noise levels whose few steps stay near to many, found for these flow models."""
    return published.optimal_steps(model_type, steps, denoise)
