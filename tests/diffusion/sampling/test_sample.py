"""The whole of sampling with a tiny network whose answers are known."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.sampling.ode import euler
from diffusion.sampling.sample import make_noise, part, planned, sample
from diffusion.sampling.samplers import find_sampler, sampler_names
from diffusion.sampling.schedules import linear_noise_schedule, schedule_names, sigmas, zero_terminal_snr
from diffusion.sampling.step import Step
from diffusion.types import Latent, LatentFormat, Model
from diffusion.weights.patched import Weights
from tests.diffusion.sampling.worlds import Gaussian, Listener, network_of, prompt, tiny_model

EMPTY = torch.zeros(2, 4, 8, 8)
PAINTED = torch.randn((2, 4, 8, 8), generator=torch.Generator().manual_seed(77))
POSITIVE, NEGATIVE = (prompt(1.0, 2.0),), (prompt(-0.5),)
ONE_HISTORY = ("euler", "heun", "dpm_2", "ddim")  # neither memory of earlier steps nor chance


def draw(model: Model, **changes: Any) -> Tensor:
    """Sample with these changes to a plain run."""
    latent = changes.get("latent", EMPTY)
    seed = changes.pop("seed", 11)
    settings: dict[str, Any] = {
        "noise": make_noise(Latent(latent), seed),
        "latent": EMPTY,
        "positive": POSITIVE,
        "negative": NEGATIVE,
        "cfg": 2.0,
        "sampler": "euler",
        "schedule": "simple",
        "steps": 10,
        "seed": seed,
    }
    return sample(model, **(settings | changes))


def visited(model: Model) -> list[int]:
    """The timesteps at which the network was asked."""
    return [int(call.timesteps[0]) for call in network_of(model).seen]


def test_sampling_is_its_formula_from_noise_to_unscaled_latents() -> None:
    model = tiny_model(scale=0.25)
    means = [network_of(model).mean(conds[0].context).detach() for conds in (POSITIVE, NEGATIVE)]

    def guided(x: Tensor, sigma: float) -> Tensor:
        share = 0.25 / (0.25 + sigma**2)
        c, u = (mean + share * (x - mean) for mean in means)
        return u + 2.0 * (c - u)

    levels = sigmas("simple", model.schedule, 10).tolist()
    top = (1 + levels[0] ** 2) ** 0.5
    expected = euler(guided, make_noise(Latent(EMPTY), 11) * top, levels, Listener()) / 0.25
    found = draw(model)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=2e-3)


def test_a_prompt_is_what_comes_out() -> None:
    """Guided at 1 the exact solution is the prompt's mean, plus its spread times the noise."""
    model = tiny_model()
    found = draw(model, cfg=1.0, schedule="simple", steps=200, sampler="dpmpp_2m")
    mean = network_of(model).mean(POSITIVE[0].context).detach()
    noise, top = make_noise(Latent(EMPTY), 11), model.schedule.sigma_max
    flow = Gaussian(mean=0.0).flow(noise * (1 + top**2) ** 0.5 - mean, top, 0.0) + mean
    torch.testing.assert_close(found * 0.5, flow, rtol=0, atol=0.02)  # the last level is above 0


@pytest.mark.parametrize("name", sampler_names())
def test_the_same_seed_gives_the_same_bytes_and_torchs_own_dice_stay_untouched(name: str) -> None:
    model, before = tiny_model(), torch.get_rng_state()
    first, second = (draw(model, sampler=name, schedule="karras", steps=5) for _ in range(2))
    assert first.numpy().tobytes() == second.numpy().tobytes()
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.allclose(first, draw(model, sampler=name, schedule="karras", steps=5, seed=12))


@pytest.mark.parametrize("name", sampler_names())
@pytest.mark.parametrize("schedule", schedule_names())
def test_every_sampler_follows_every_schedule(name: str, schedule: str) -> None:
    found = draw(tiny_model(), sampler=name, schedule=schedule, steps=3, cfg=1.0)
    assert bool(found.isfinite().all())
    assert found.shape == EMPTY.shape


@pytest.mark.parametrize("name", sampler_names())
def test_one_step_and_many_work(name: str) -> None:
    for steps in (1, 2):
        assert bool(draw(tiny_model(), sampler=name, schedule="normal", steps=steps).isfinite().all())


@pytest.mark.parametrize("name", ONE_HISTORY)
@pytest.mark.parametrize("schedule", ["normal", "karras"])
def test_two_halves_with_leftover_noise_are_the_whole(name: str, schedule: str) -> None:
    settings = {"sampler": name, "schedule": schedule, "latent": PAINTED}
    whole = draw(tiny_model(), **settings)
    half = draw(tiny_model(), **settings, end_step=5, full_denoise=False)
    rest = draw(tiny_model(), **settings | {"latent": half}, start_step=5, add_noise=False, seed=99)
    assert not torch.allclose(half, whole, atol=0.1)
    torch.testing.assert_close(rest, whole, rtol=1e-5, atol=1e-4)


def test_ending_early_without_leftover_noise_denoises_all_the_way() -> None:
    model, listener = tiny_model(), Listener()
    found = draw(model, end_step=4, full_denoise=True, on_step=listener)
    assert visited(model) == [999, 899, 799, 699]
    torch.testing.assert_close(found * 0.5, listener.steps[-1].denoised)


def test_no_noise_added_starts_from_the_latent_itself() -> None:
    model = tiny_model()
    draw(model, latent=PAINTED, add_noise=False, start_step=5)
    sigma = float(model.schedule.sigmas[499])
    expected = PAINTED * 0.5 / (1 + sigma**2) ** 0.5
    torch.testing.assert_close(network_of(model).seen[0].x[:2], expected)


def test_denoise_below_one_takes_the_end_of_a_longer_schedule() -> None:
    model = tiny_model()
    draw(model, latent=PAINTED, denoise=0.4, steps=8)
    assert visited(model) == [399, 349, 299, 249, 199, 149, 99, 49]  # the last 8 of 20
    sigma = float(model.schedule.sigmas[399])
    noisy = PAINTED * 0.5 + make_noise(Latent(PAINTED), 11) * sigma
    torch.testing.assert_close(network_of(model).seen[0].x[:2], noisy / (1 + sigma**2) ** 0.5)


@pytest.mark.parametrize("denoise", [0.0, -1.0])
def test_no_denoise_gives_the_latent_back(denoise: float) -> None:
    model = tiny_model()
    assert torch.equal(draw(model, latent=PAINTED, denoise=denoise), PAINTED)
    assert network_of(model).seen == []


def test_starting_after_the_end_gives_the_latent_back() -> None:
    assert torch.equal(draw(tiny_model(), latent=PAINTED, start_step=10), PAINTED)
    assert torch.equal(draw(tiny_model(), latent=PAINTED, start_step=6, end_step=6), PAINTED)
    assert torch.equal(draw(tiny_model(), latent=PAINTED, end_step=0), PAINTED)


@pytest.mark.parametrize("name", ["dpm_2", "uni_pc", "uni_pc_bh2"])
def test_some_samplers_leave_out_the_level_before_zero(name: str) -> None:
    schedule = tiny_model().schedule
    levels = planned(find_sampler(name), "normal", schedule, 10, 1.0)
    longer = sigmas("normal", schedule, 11).tolist()
    assert levels == [*longer[:-2], 0.0]
    half = planned(find_sampler(name), "normal", schedule, 10, 0.5)
    assert half == [*sigmas("normal", schedule, 21).tolist()[:-2], 0.0][-11:]


def test_parts_are_cut_first_at_the_end_then_at_the_start() -> None:
    levels = [5.0, 4.0, 3.0, 2.0, 0.0]
    assert part(levels, None, None, True) == levels
    assert part(levels, 1, 3, False) == [4.0, 3.0, 2.0]
    assert part(levels, 1, 3, True) == [4.0, 3.0, 0.0]
    assert part(levels, 0, 10_000, False) == levels
    assert part(levels, 2, 1, False) == []


def test_each_step_is_told_with_its_clean_picture() -> None:
    model, listener = tiny_model(), Listener()
    found = draw(model, on_step=listener, steps=4)
    assert [(step.index, step.total) for step in listener.steps] == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert [step.sigma for step in listener.steps] == [
        float(model.schedule.sigmas[t]) for t in (999, 749, 499, 249)
    ]
    torch.testing.assert_close(listener.steps[-1].denoised, found * 0.5)


def test_a_listener_that_raises_ends_the_sampling() -> None:
    class Cancelled(Exception):
        pass

    def cancel(step: Step) -> None:
        if step.index == 2:
            raise Cancelled

    model = tiny_model()
    with pytest.raises(Cancelled):
        draw(model, on_step=cancel)
    assert len(network_of(model).seen) == 3


@pytest.mark.parametrize(
    ("name", "calls"), [("euler", 10), ("heun", 19), ("dpm_2", 19), ("dpmpp_sde", 19), ("uni_pc", 10)]
)
@pytest.mark.parametrize(("cfg", "rows"), [(1.0, 2), (2.0, 4)])
def test_the_network_is_called_once_a_slope_for_both_signs(
    name: str, calls: int, cfg: float, rows: int
) -> None:
    model = tiny_model()
    draw(model, sampler=name, cfg=cfg)
    assert [len(call.x) for call in network_of(model).seen] == [rows] * calls


def left_half() -> Tensor:
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., :32] = 1
    return mask


@pytest.mark.parametrize("name", sampler_names())
def test_what_a_mask_keeps_comes_out_as_it_was(name: str) -> None:
    found = draw(tiny_model(), sampler=name, schedule="karras", latent=PAINTED, noise_mask=left_half())
    torch.testing.assert_close(found[..., 4:], PAINTED[..., 4:], rtol=0, atol=1e-6)
    assert not torch.allclose(found[..., :4], PAINTED[..., :4], atol=0.1)


@pytest.mark.parametrize(("name", "noise_seed"), [("euler", 11), ("ddim", 12)])
def test_the_kept_part_is_shown_with_the_starts_noise_and_to_ddim_with_other(
    name: str, noise_seed: int
) -> None:
    model = tiny_model()
    draw(model, sampler=name, latent=PAINTED, noise_mask=left_half(), steps=4)
    noise = make_noise(Latent(PAINTED), noise_seed)
    for call, t in zip(network_of(model).seen, (999, 749, 499, 249), strict=True):
        sigma = float(model.schedule.sigmas[t])
        kept = (PAINTED * 0.5 + noise * sigma) / (1 + sigma**2) ** 0.5
        torch.testing.assert_close(call.x[:2, ..., 4:], kept[..., 4:])


def test_a_zero_terminal_snr_model_of_velocities_samples() -> None:
    plain = tiny_model(prediction="v")
    schedule = zero_terminal_snr(plain.schedule)
    network_of(plain).sigmas = schedule.sigmas
    listener = Listener()
    found = draw(
        replace(plain, schedule=schedule), cfg=1.0, steps=40, schedule="sgm_uniform", on_step=listener
    )
    assert listener.steps[0].sigma == pytest.approx(4096, rel=1e-4)
    mean = network_of(plain).mean(POSITIVE[0].context).detach()[0, :, 0, 0]
    torch.testing.assert_close(found.mean((0, 2, 3)) * 0.5, mean, rtol=0, atol=0.2)


def test_the_sampler_works_in_float32_beside_a_small_network_type() -> None:
    model, listener = tiny_model(dtype=torch.bfloat16), Listener()
    found = draw(model, latent=PAINTED.bfloat16(), on_step=listener)
    assert found.dtype == listener.steps[0].denoised.dtype == torch.float32
    assert {call.x.dtype for call in network_of(model).seen} == {torch.bfloat16}


def test_nothing_keeps_gradients() -> None:
    assert not draw(tiny_model()).requires_grad


@pytest.mark.parametrize(
    "name", ["euler", "heun", "dpm_2", "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_sde", "uni_pc"]
)
def test_no_step_waits_for_the_device(name: str) -> None:
    """On the meta device there is nothing to wait for: reading a value there is an error."""
    model = tiny_model()
    model.network.to("meta")
    found = draw(model, sampler=name, latent=EMPTY.to("meta"), noise=EMPTY, noise_mask=left_half())
    assert found.device.type == "meta"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"latent": torch.zeros(1, 16, 8, 8)}, r"\(B, 4, h, w\); these are \(1, 16, 8, 8\)"),
        ({"noise": torch.zeros(1, 4, 9, 8)}, r"noise \(1, 4, 9, 8\) does not fit latents \(2, 4, 8, 8\)"),
        ({"sampler": "eulr"}, "no sampler 'eulr'"),
        ({"schedule": "karas"}, "no schedule 'karas'"),
    ],
)
def test_what_cannot_be_sampled_is_refused_with_the_reason(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DiffusionError, match=message):
        draw(tiny_model(), **changes)


@pytest.fixture
def real_unet() -> Callable[[], Model]:
    def make() -> Model:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            config = UNetConfig(
                widths=(16, 32), depths=(1, 1), blocks=1, context_width=4, heads=2, norm_groups=8
            )
            network = UNet(config).eval()
        return Model(
            Weights(network),
            linear_noise_schedule(),
            "epsilon",
            LatentFormat(4, 0.18215),
            "sd1",
            torch.float32,
        )

    return make


def test_the_real_network_takes_joined_and_projected_contexts(real_unet: Callable[[], Model]) -> None:
    together = draw(real_unet(), steps=3, positive=(prompt(1.0, 0.4, 0.2),), negative=(prompt(0.1, 0.3),))
    model = real_unet()
    seen: list[int] = []

    def refuse_pairs(module: object, inputs: tuple[Tensor, ...]) -> None:
        seen.append(len(inputs[0]))
        if len(inputs[0]) > 2:
            raise torch.OutOfMemoryError

    model.network.register_forward_pre_hook(refuse_pairs)
    apart = draw(model, steps=3, positive=(prompt(1.0, 0.4, 0.2),), negative=(prompt(0.1, 0.3),))
    assert seen == [4, 2, 2, 2, 2, 2, 2]
    torch.testing.assert_close(together, apart, rtol=1e-3, atol=1e-3)
