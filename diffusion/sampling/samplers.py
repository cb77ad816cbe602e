"""Every sampler by name: its solver, the noise it draws, and the habits that the field gave it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling.noise import ancestral_noise, brownian_device_noise, brownian_noise
from diffusion.sampling.ode import dpm_2, dpmpp_2m, euler, heun
from diffusion.sampling.schedules import schedule_names
from diffusion.sampling.sde import dpmpp_2m_sde, dpmpp_sde, euler_ancestral, lcm
from diffusion.sampling.step import Denoise, OnStep, UnitNoise
from diffusion.sampling.unipc import uni_pc, uni_pc_bh2

__all__ = ["Sampler", "find_sampler", "sampler_names", "schedule_names", "solve"]


@dataclass(frozen=True)
class Sampler:
    """`solver(denoise, x, sigmas, on_step)`, with a fifth argument, unit noise, where it draws some."""

    name: str
    solver: Callable[..., Tensor]
    noise: Callable[[Tensor, Sequence[float], int], UnitNoise] | None = None  # of x, sigmas and seed
    skips_penultimate: bool = False  # the schedule is one step longer, its last sigma but one left out
    redraws_kept: bool = False  # what a mask keeps gets noise of its own
    needs_unguided: bool = False  # its solver asks a GuidedDenoise for both answers


SAMPLERS = (
    Sampler("euler", euler),
    Sampler("euler_ancestral", euler_ancestral, ancestral_noise),
    Sampler("heun", heun),
    Sampler("dpm_2", dpm_2, skips_penultimate=True),
    Sampler("dpmpp_sde", dpmpp_sde, brownian_noise),
    Sampler("dpmpp_sde_gpu", dpmpp_sde, brownian_device_noise),
    Sampler("dpmpp_2m", dpmpp_2m),
    Sampler("dpmpp_2m_sde", dpmpp_2m_sde, brownian_noise),
    Sampler("dpmpp_2m_sde_gpu", dpmpp_2m_sde, brownian_device_noise),
    Sampler("ddpm", euler_ancestral, ancestral_noise),  # the same draw, found twice
    Sampler("lcm", lcm, ancestral_noise),
    Sampler("ddim", euler, redraws_kept=True),
    Sampler("uni_pc", uni_pc, skips_penultimate=True),
    Sampler("uni_pc_bh2", uni_pc_bh2, skips_penultimate=True),
)


def sampler_names() -> tuple[str, ...]:
    """Every sampler there is, in the order of the drop-down."""
    return tuple(sampler.name for sampler in SAMPLERS)


def find_sampler(name: str) -> Sampler:
    """The sampler of this name."""
    for sampler in SAMPLERS:
        if sampler.name == name:
            return sampler
    raise DiffusionError(f"there is no sampler {name!r}; there are {', '.join(sampler_names())}")


def solve(
    sampler: Sampler, denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, seed: int
) -> Tensor:
    """Run a sampler from x at the first of the levels to the last, all its chance from the seed."""
    if sampler.noise is None:
        return sampler.solver(denoise, x, sigmas, on_step)
    return sampler.solver(denoise, x, sigmas, on_step, sampler.noise(x, sigmas, seed))
