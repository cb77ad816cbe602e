"""Steps taken from the cache: none without leave, and no harm where the noise is always the same."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffusion.guidance.step_cache import Reusing, StepCache
from diffusion.sampling.noise import make_noise
from diffusion.sampling.rules import Ask
from diffusion.sampling.sample import sample
from diffusion.sampling.schedules import Period
from diffusion.types import Latent, Model
from tests.diffusion.guidance.saying import normal
from tests.diffusion.sampling.worlds import network_of, prompt, tiny_model

STEPS = 12
PAINTED = 0.3 * normal(2, 4, 6, 8, seed=4)


def world(spread: float = 0.5, cache: StepCache | None = None) -> Model:
    model = tiny_model()
    network_of(model).spread = spread
    return model if cache is None else replace(model, rules=(cache,))


def drawn(model: Model, sampler: str = "euler", mask: Tensor | None = None, cfg: float = 3.0) -> Tensor:
    return sample(
        model,
        noise=make_noise(Latent(PAINTED), 1),
        latent=PAINTED,
        positive=(prompt(1.0),),
        negative=(prompt(-0.5),),
        cfg=cfg,
        sampler=sampler,
        schedule="karras",
        steps=STEPS,
        noise_mask=mask,
        seed=1,
    )


@pytest.mark.parametrize("adaptive", [True, False])
@pytest.mark.parametrize("sampler", ["euler", "heun", "dpmpp_2m", "dpmpp_2s_ancestral", "dpm_2", "uni_pc"])
def test_a_threshold_of_zero_changes_no_bit(sampler: str, adaptive: bool) -> None:
    never = StepCache(0.0, 0.0, 1.0, adaptive)
    mask = torch.ones(1, 6, 8)
    mask[..., :4] = 0.25
    assert torch.equal(drawn(world(cache=never), sampler, mask), drawn(world(), sampler, mask))


@pytest.mark.parametrize("adaptive", [True, False])
@pytest.mark.parametrize("sampler", ["euler", "heun", "dpm_2"])
def test_where_the_noise_never_changes_skipping_costs_nothing(sampler: str, adaptive: bool) -> None:
    """Of data that is one point, the noise on the way there is the same at every level."""
    cached, plain = world(0.0, StepCache(0.9, 0.0, 1.0, adaptive)), world(0.0)
    found, expected = drawn(cached, sampler), drawn(plain, sampler)
    torch.testing.assert_close(found, expected, rtol=0, atol=0.05)  # the network rounds levels to timesteps
    assert len(network_of(cached).seen) < len(network_of(plain).seen)


def test_what_a_mask_keeps_stays_while_steps_are_skipped() -> None:
    mask = torch.zeros(1, 6, 8)
    mask[..., 4:] = 1
    cached = world(cache=StepCache(0.5, 0.0, 1.0, adaptive=False))
    found = drawn(cached, mask=mask)
    torch.testing.assert_close(found[..., :4], PAINTED[..., :4], rtol=0, atol=1e-5)
    assert len(network_of(cached).seen) < STEPS


@pytest.mark.parametrize("adaptive", [True, False])
def test_more_leave_skips_more_and_strays_more(adaptive: bool) -> None:
    plain = drawn(world())
    calls, errors = [], []
    for threshold in (0.05, 0.3, 1.0):
        model = world(cache=StepCache(threshold, 0.0, 1.0, adaptive))
        errors.append(float((drawn(model) - plain).abs().mean()))
        calls.append(len(network_of(model).seen))
    assert calls == sorted(calls, reverse=True)
    assert calls[-1] < calls[0]
    assert errors == sorted(errors)


def test_each_sampling_begins_with_nothing_remembered() -> None:
    model = world(cache=StepCache(0.5, 0.0, 1.0))
    assert torch.equal(drawn(model), drawn(model))


def test_every_step_outside_of_its_part_is_asked() -> None:
    model = world(0.0, StepCache(3.0, 0.3, 0.6))
    drawn(model)
    first, last = model.schedule.sigma_after(0.3), model.schedule.sigma_after(0.6)
    asked = {float(model.schedule.sigmas[int(call.timesteps[0])]) for call in network_of(model).seen}
    whole = world(0.0)
    drawn(whole)
    levels = {float(model.schedule.sigmas[int(call.timesteps[0])]) for call in network_of(whole).seen}
    assert asked < levels
    assert all(last <= level <= first for level in levels - asked)


def says(answer: Tensor) -> Ask:
    """A network that always answers this."""
    return lambda *_: (answer,)


def test_the_error_is_the_change_by_the_rate_at_which_the_answer_changed() -> None:
    """EasyCache: |v - v'| / |x - x'| of the last two answers, times the input's change, over the answer."""
    rule = Reusing(StepCache(0.5, 0.0, 1.0), Period(1e9))
    x = [normal(1, 4, 3, 3, seed=i) for i in range(3)]
    clean = [normal(1, 4, 3, 3, seed=10 + i) for i in range(2)]

    def flow(x: Tensor, x0: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
        """x_t = (1 - t) x0 + t noise with t = sigma / (1 + sigma), and its derivative by t."""
        return x / (1 + sigma), (x - x0) / sigma - x0

    rule.ask(x[0], 2.0, says(clean[0]))
    rule.ask(x[1], 1.5, says(clean[1]))
    assert (rule.skipped, rule.error) == (0, 0.0)  # without a rate nothing is reused
    (at, said), (later, then) = flow(x[0], clean[0], 2.0), flow(x[1], clean[1], 1.5)
    near = (x[1] / 2.5 + 0.01 * x[2]) * 2
    (x0,) = rule.ask(near, 1.0, says(clean[0]))
    rate = float((then - said).abs().mean() / (later - at).abs().mean())
    assert rule.error == pytest.approx(rate * 0.01 * float(x[2].abs().mean() / then.abs().mean()), rel=1e-3)
    assert x0 is not None
    torch.testing.assert_close(x0, near - (x[1] - clean[1]) / 1.5, rtol=1e-4, atol=1e-4)


def test_the_other_cache_goes_by_the_inputs_change_alone() -> None:
    rule = Reusing(StepCache(0.5, 0.0, 1.0, adaptive=False), Period(1e9))
    x = normal(1, 4, 3, 3)
    for share, sigma in ((1.0, 2.0), (0.75, 1.5), (0.6, 1.0)):
        rule.ask(x * share, sigma, says(torch.zeros_like(x)))
    assert rule.error == pytest.approx(0.25 + 0.2)
    assert rule.skipped == 2
    rule.ask(x * 0.5, 0.5, says(torch.zeros_like(x)))
    assert (rule.error, rule.skipped) == (0.0, 2)


def test_a_question_without_noise_is_asked_and_teaches_nothing() -> None:
    rule = Reusing(StepCache(0.5, 0.0, 1.0), Period(1e9))
    x = normal(1, 4, 3, 3)
    assert rule.ask(x, 0.0, says(x))[0] is x
    assert rule.noises == ()
