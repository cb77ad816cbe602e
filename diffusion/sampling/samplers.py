"""Every sampler by name: its solver, the noise it draws, and the habits that the field gave it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import Any

from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling import ancestral, cfg_pp, dpm, exponential, flow, multistep, ode, sde, unipc
from diffusion.sampling.flow import with_ratio
from diffusion.sampling.noise import ancestral_noise, brownian_device_noise, brownian_noise
from diffusion.sampling.sa_solver import sa_solver
from diffusion.sampling.schedules import NoiseSchedule, schedule_names
from diffusion.sampling.step import Denoise, OnStep

__all__ = ["Sampler", "find_sampler", "sampler_names", "schedule_names", "solve"]

Solver = Callable[..., Tensor]
Settings = Mapping[str, Any]
Draw = Callable[[Tensor, Sequence[float], int], Callable[..., Tensor]]  # noise, of x, sigmas and seed


@dataclass(frozen=True)
class Sampler:
    """`solver(denoise, x, sigmas, on_step)`, with a fifth argument, unit noise, where it draws some."""

    name: str
    solver: Solver
    noise: Draw | None = None
    on_flow: Solver | None = None  # the solver for x = (1 - sigma) x0 + sigma * noise, if another one
    settings: Settings = field(default_factory=dict)  # named arguments of the solver
    of_model: Callable[[NoiseSchedule], Settings] | None = None  # settings that the model's levels decide
    skips_penultimate: bool = False  # the schedule is one step longer, its last sigma but one left out
    takes_repeats: bool = False  # a step between equal levels is one
    redraws_kept: bool = False  # what a mask keeps gets noise of its own
    needs_unguided: bool = False  # its solver asks a GuidedDenoise for both answers

    def with_settings(self, **settings: Any) -> Sampler:
        """The same sampler with other arguments of its solver."""
        return replace(self, settings={**self.settings, **settings})


def either_form(name: str, solver: Solver, noise: Draw | None = None, **habits: Any) -> Sampler:
    """A sampler that works on flow models by the ratio of noise to signal."""
    return Sampler(name, solver, noise, on_flow=with_ratio(solver), **habits)


def stochastic_levels(schedule: NoiseSchedule, start: float = 0.2, end: float = 0.8) -> Settings:
    """Between which of a model's levels SA-Solver is stochastic, by shares of the way."""
    return {"noisy": schedule.period(start, end)}


exp_heun = partial(exponential.seeds_2, r=1.0, solver_type="phi_2")
SA_SOLVER = either_form("sa_solver", sa_solver, ancestral_noise, of_model=stochastic_levels)

SAMPLERS = (
    Sampler("euler", ode.euler),
    either_form("euler_cfg_pp", cfg_pp.euler_cfg_pp, needs_unguided=True),
    Sampler("euler_ancestral", ancestral.euler_ancestral, ancestral_noise, flow.euler_ancestral),
    either_form(
        "euler_ancestral_cfg_pp", cfg_pp.euler_ancestral_cfg_pp, ancestral_noise, needs_unguided=True
    ),
    Sampler("heun", ode.heun),
    Sampler("heunpp2", ode.heunpp2),
    either_form("exp_heun_2_x0", partial(exp_heun, eta=0.0)),
    either_form("exp_heun_2_x0_sde", exp_heun, ancestral_noise),
    Sampler("dpm_2", ode.dpm_2, skips_penultimate=True),
    Sampler(
        "dpm_2_ancestral",
        ancestral.dpm_2_ancestral,
        ancestral_noise,
        flow.dpm_2_ancestral,
        skips_penultimate=True,
    ),
    Sampler("lms", multistep.lms),
    Sampler("dpm_fast", dpm.dpm_fast),
    Sampler("dpm_adaptive", dpm.dpm_adaptive),
    Sampler("dpmpp_2s_ancestral", ancestral.dpmpp_2s_ancestral, ancestral_noise, flow.dpmpp_2s_ancestral),
    either_form(
        "dpmpp_2s_ancestral_cfg_pp", cfg_pp.dpmpp_2s_ancestral_cfg_pp, ancestral_noise, needs_unguided=True
    ),
    either_form("dpmpp_sde", sde.dpmpp_sde, brownian_noise),
    either_form("dpmpp_sde_gpu", sde.dpmpp_sde, brownian_device_noise),
    Sampler("dpmpp_2m", ode.dpmpp_2m),
    either_form("dpmpp_2m_cfg_pp", cfg_pp.dpmpp_2m_cfg_pp, needs_unguided=True),
    either_form("dpmpp_2m_sde", sde.dpmpp_2m_sde, brownian_noise),
    either_form("dpmpp_2m_sde_gpu", sde.dpmpp_2m_sde, brownian_device_noise),
    either_form("dpmpp_2m_sde_heun", partial(sde.dpmpp_2m_sde, solver_type="heun"), brownian_noise),
    either_form(
        "dpmpp_2m_sde_heun_gpu", partial(sde.dpmpp_2m_sde, solver_type="heun"), brownian_device_noise
    ),
    either_form("dpmpp_3m_sde", sde.dpmpp_3m_sde, brownian_noise),
    either_form("dpmpp_3m_sde_gpu", sde.dpmpp_3m_sde, brownian_device_noise),
    either_form("ddpm", ancestral.euler_ancestral, ancestral_noise),  # the same draw, found twice
    either_form("lcm", sde.lcm, ancestral_noise, takes_repeats=True),
    Sampler("ipndm", multistep.ipndm),
    Sampler("ipndm_v", multistep.ipndm_v),
    Sampler("deis", multistep.deis),
    Sampler("res_multistep", ancestral.res_multistep),
    either_form("res_multistep_cfg_pp", cfg_pp.res_multistep_cfg_pp, needs_unguided=True),
    either_form("res_multistep_ancestral", partial(ancestral.res_multistep, eta=1.0), ancestral_noise),
    either_form(
        "res_multistep_ancestral_cfg_pp",
        partial(cfg_pp.res_multistep_cfg_pp, eta=1.0),
        ancestral_noise,
        needs_unguided=True,
    ),
    Sampler("gradient_estimation", ode.gradient_estimation),
    either_form("gradient_estimation_cfg_pp", cfg_pp.gradient_estimation_cfg_pp, needs_unguided=True),
    either_form("er_sde", exponential.er_sde, ancestral_noise),
    either_form("seeds_2", exponential.seeds_2, ancestral_noise),
    either_form("seeds_3", exponential.seeds_3, ancestral_noise),
    SA_SOLVER,
    replace(SA_SOLVER, name="sa_solver_pece", settings={"use_pece": True}),
    Sampler("ddim", ode.euler, redraws_kept=True),
    Sampler("uni_pc", unipc.uni_pc, skips_penultimate=True),
    Sampler("uni_pc_bh2", unipc.uni_pc_bh2, skips_penultimate=True),
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
    sampler: Sampler,
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    seed: int,
    *,
    schedule: NoiseSchedule | None = None,
    flow: bool = False,
) -> Tensor:
    """Run a sampler from x at the first of the levels to the last, all its chance from the seed.

    `schedule` is the model's, for samplers that look at it; `flow` says that x = (1 - sigma) x0 + sigma *
    noise. A sampler that needs the unguided answer too wants a GuidedDenoise.
    """
    if not sampler.takes_repeats:
        sigmas = [sigma for sigma, _ in groupby(sigmas)]
    solver = sampler.on_flow if flow and sampler.on_flow else sampler.solver
    fitted = sampler.of_model(schedule) if sampler.of_model and schedule else {}
    chance = [sampler.noise(x, sigmas, seed)] if sampler.noise else []
    return solver(denoise, x, sigmas, on_step, *chance, **{**fitted, **sampler.settings})
