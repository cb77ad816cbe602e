"""Nodes that choose a sampler and its settings."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Annotated, Literal

from diffusion.parts import present_model
from diffusion.sampling import cfg_pp, sde
from diffusion.sampling.exponential import extended, power
from diffusion.sampling.flow import with_ratio
from diffusion.sampling.noise import ancestral_noise, fresh_noise
from diffusion.sampling.samplers import Sampler as Solver
from diffusion.sampling.samplers import find_sampler, sampler_names, stochastic_levels
from nodes.api import Choice, Model, Option, Range, Sampler, node
from nodes.resampling import resize

CATEGORY = "sampling/custom_sampling/samplers"
UNROUNDED = Option(round=False)

Amount = Annotated[float, Range(0.0, 100.0, 0.01), UNROUNDED]
NoiseDevice = Literal["gpu", "cpu"]


@node(CATEGORY, name="KSamplerSelect", display_name="KSampler Select", lane="cpu")
def select(*, sampler_name: Annotated[str, Choice(sampler_names)]) -> Sampler:
    """A sampler by its name, with its usual settings."""
    return find_sampler(sampler_name)


@node(CATEGORY, name="SamplerEulerAncestral", display_name="SamplerEulerAncestral", lane="cpu")
def euler_ancestral(*, eta: Amount = 1.0, s_noise: Amount = 1.0) -> Sampler:
    """Euler ancestral: eta is how much of the noise is drawn anew in each step, s_noise its strength."""
    return find_sampler("euler_ancestral").with_settings(eta=eta, s_noise=s_noise)


@node(CATEGORY, name="SamplerEulerAncestralCFGPP", display_name="SamplerEulerAncestralCFG++", lane="cpu")
def euler_ancestral_cfg_pp(
    *,
    eta: Annotated[float, Range(0.0, 1.0, 0.01), UNROUNDED] = 1.0,
    s_noise: Annotated[float, Range(0.0, 10.0, 0.01), UNROUNDED] = 1.0,
) -> Sampler:
    """Euler ancestral with CFG++: wants a cfg of about 1."""
    return find_sampler("euler_ancestral_cfg_pp").with_settings(eta=eta, s_noise=s_noise)


@node(
    "_for_testing", name="SamplerEulerCFGpp", display_name="SamplerEulerCFG++", experimental=True, lane="cpu"
)
def euler_cfg_pp(*, version: Literal["regular", "alternative"]) -> Sampler:
    """Euler with CFG++: wants a cfg of about 1."""
    regular = find_sampler("euler_cfg_pp")
    if version == "regular":
        return regular
    solver = cfg_pp.euler_cfg_pp_alternative
    return dataclasses.replace(regular, name="euler_cfg_pp_alternative", solver=solver, on_flow=None)


@node(CATEGORY, name="SamplerLMS", display_name="SamplerLMS", lane="cpu")
def lms(*, order: Annotated[int, Range(1, 100)] = 4) -> Sampler:
    """Linear multistep: order is how many steps it looks back to."""
    return find_sampler("lms").with_settings(order=order)


@node(CATEGORY, name="SamplerDPMAdaptative", display_name="SamplerDPMAdaptative", lane="cpu")
def dpm_adaptive(
    *,
    order: Annotated[int, Range(2, 3)] = 3,
    rtol: Amount = 0.05,
    atol: Amount = 0.0078,
    h_init: Amount = 0.05,
    pcoeff: Amount = 0.0,
    icoeff: Amount = 1.0,
    dcoeff: Amount = 0.0,
    accept_safety: Amount = 0.81,
    eta: Amount = 0.0,
    s_noise: Amount = 1.0,
) -> Sampler:
    """DPM-Solver that chooses its own steps, as long as the tolerances rtol and atol allow."""
    steps = {"h_init": h_init, "pcoeff": pcoeff, "icoeff": icoeff, "dcoeff": dcoeff}
    sampler = find_sampler("dpm_adaptive").with_settings(
        order=order, rtol=rtol, atol=atol, **steps, accept_safety=accept_safety, eta=eta, s_noise=s_noise
    )
    if eta == 0:
        return sampler
    return dataclasses.replace(sampler, noise=ancestral_noise, on_flow=with_ratio(sampler.solver))


@node(CATEGORY, name="SamplerDPMPP_2S_Ancestral", display_name="SamplerDPMPP_2S_Ancestral", lane="cpu")
def dpmpp_2s_ancestral(*, eta: Amount = 1.0, s_noise: Amount = 1.0) -> Sampler:
    """DPM++ 2S ancestral: eta is how much of the noise is drawn anew in each step, s_noise its strength."""
    return find_sampler("dpmpp_2s_ancestral").with_settings(eta=eta, s_noise=s_noise)


@node(CATEGORY, name="SamplerDPMPP_SDE", display_name="SamplerDPMPP_SDE", lane="cpu")
def dpmpp_sde(
    *, eta: Amount = 1.0, s_noise: Amount = 1.0, r: Amount = 0.5, noise_device: NoiseDevice
) -> Sampler:
    """DPM++ SDE: r is where inside each step it looks a second time."""
    return drawn_on(noise_device, "dpmpp_sde").with_settings(eta=eta, s_noise=s_noise, r=r)


@node(CATEGORY, name="SamplerDPMPP_2M_SDE", display_name="SamplerDPMPP_2M_SDE", lane="cpu")
def dpmpp_2m_sde(
    *,
    solver_type: Literal["midpoint", "heun"],
    eta: Amount = 1.0,
    s_noise: Amount = 1.0,
    noise_device: NoiseDevice,
) -> Sampler:
    """DPM++ 2M SDE: eta is how much of the noise is drawn anew in each step, s_noise its strength."""
    settings = {"solver_type": solver_type, "eta": eta, "s_noise": s_noise}
    return drawn_on(noise_device, "dpmpp_2m_sde").with_settings(**settings)


@node(CATEGORY, name="SamplerDPMPP_3M_SDE", display_name="SamplerDPMPP_3M_SDE", lane="cpu")
def dpmpp_3m_sde(*, eta: Amount = 1.0, s_noise: Amount = 1.0, noise_device: NoiseDevice) -> Sampler:
    """DPM++ 3M SDE: eta is how much of the noise is drawn anew in each step, s_noise its strength."""
    return drawn_on(noise_device, "dpmpp_3m_sde").with_settings(eta=eta, s_noise=s_noise)


def drawn_on(device: NoiseDevice, name: str) -> Solver:
    """The sampler of this name whose noise is drawn on the host or on the latent's device."""
    return find_sampler(name if device == "cpu" else f"{name}_gpu")


@node(CATEGORY, name="SamplerER_SDE", display_name="SamplerER_SDE", lane="cpu")
def er_sde(
    *,
    solver_type: Literal["ER-SDE", "Reverse-time SDE", "ODE"],
    max_stage: Annotated[int, Range(1, 3)] = 3,
    eta: Amount = 1.0,
    s_noise: Amount = 1.0,
) -> Sampler:
    """ER-SDE: how noise is drawn anew is its own, that of the reverse SDE of strength eta, or none."""
    if solver_type == "ODE":
        eta, s_noise = 0.0, 0.0
    growth = extended if solver_type == "ER-SDE" else power(1 + eta)
    return find_sampler("er_sde").with_settings(max_stage=max_stage, growth=growth, s_noise=s_noise)


@node(CATEGORY, name="SamplerSEEDS2", display_name="SamplerSEEDS2", lane="cpu")
def seeds_2(
    *,
    solver_type: Literal["phi_1", "phi_2"],
    eta: Amount = 1.0,
    s_noise: Amount = 1.0,
    r: Annotated[float, Range(0.01, 1.0, 0.01), UNROUNDED] = 0.5,
) -> Sampler:
    """SEEDS-2: r is where inside each step it looks a second time, eta how much noise is drawn anew."""
    return find_sampler("seeds_2").with_settings(solver_type=solver_type, eta=eta, s_noise=s_noise, r=r)


@node(CATEGORY, name="SamplerSASolver", display_name="SamplerSASolver", lane="cpu", at_rest=True)
def sa_solver(
    *,
    model: Model,
    eta: Annotated[float, Range(0.0, 10.0, 0.01), UNROUNDED] = 1.0,
    sde_start_percent: Annotated[float, Range(0.0, 1.0, 0.001)] = 0.2,
    sde_end_percent: Annotated[float, Range(0.0, 1.0, 0.001)] = 0.8,
    s_noise: Amount = 1.0,
    predictor_order: Annotated[int, Range(1, 6)] = 3,
    corrector_order: Annotated[int, Range(0, 6)] = 4,
    use_pece: bool,
    simple_order_2: bool,
) -> Sampler:
    """SA-Solver, stochastic between two shares of the sampling; use_pece looks twice in each step."""
    return find_sampler("sa_solver").with_settings(
        **stochastic_levels(present_model(model).schedule, sde_start_percent, sde_end_percent),
        eta=eta,
        s_noise=s_noise,
        predictor_order=predictor_order,
        corrector_order=corrector_order,
        use_pece=use_pece,
        simple_order_2=simple_order_2,
    )


@node(CATEGORY, name="SamplerLCMUpscale", display_name="SamplerLCMUpscale", lane="cpu")
def lcm_upscale(
    *,
    scale_ratio: Annotated[float, Range(0.1, 20.0, 0.01)] = 1.0,
    scale_steps: Annotated[int, Range(-1, 1000, 1)] = -1,
    upscale_method: Literal["bislerp", "nearest-exact", "bilinear", "area", "bicubic"],
) -> Sampler:
    """LCM whose picture grows step by step; -1 steps are about half of all."""
    sampler = Solver(
        "lcm_upscale",
        sde.lcm_upscale,
        fresh_noise,
        on_flow=partial(sde.lcm_upscale, flow=True),
        takes_repeats=True,
    )
    return sampler.with_settings(
        ratio=scale_ratio,
        steps=None if scale_steps < 0 else scale_steps,
        resize=partial(resize, method=upscale_method),
    )
