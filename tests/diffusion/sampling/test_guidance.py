"""Guidance against its formula, with a network that counts its calls."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffusion.sampling.calls import fit_together, same_length
from diffusion.sampling.conditioning import place
from diffusion.sampling.guidance import Guidance
from diffusion.sampling.inputs import Occasion
from diffusion.sampling.rules import Cfg
from diffusion.types import Cond, Guider, Model
from diffusion.weights.thrift import Thrift, spared
from tests.diffusion.sampling.worlds import Projecting, PromptedGaussian, network_of, prompt, tiny_model

SIGMA = float(tiny_model().schedule.sigmas[700])  # a level of the model's own, so that answers are exact
X = 3 * torch.randn((2, 4, 16, 24), generator=torch.Generator().manual_seed(0))
GOOD, BAD = prompt(1.0), prompt(-0.5)


def guidance(
    model: Model, positive: Sequence[Cond], negative: Sequence[Cond] = (BAD,), cfg: float = 3.0
) -> Guidance:
    return guidance_of(model, positive, negative, cfg, X)


def guidance_of(
    model: Model, positive: Sequence[Cond], negative: Sequence[Cond], cfg: float, x: Tensor
) -> Guidance:
    return Guidance(Guider(model, (tuple(positive), tuple(negative)), Cfg(cfg)), x, [SIGMA, 0.0])


def answer(cond: Cond, x: Tensor = X, sigma: float = SIGMA) -> Tensor:
    """x0 by the closed form."""
    network: PromptedGaussian = network_of(tiny_model())
    mean = network.mean(cond.context).detach()
    share = network.spread**2 / (network.spread**2 + sigma**2)
    return mean + share * (x - mean)


def close(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found.detach(), expected, rtol=1e-4, atol=2e-4)


def test_guidance_goes_from_the_negative_through_the_positive_in_one_call() -> None:
    model = tiny_model()
    close(guidance(model, [GOOD])(X, SIGMA), answer(BAD) + 3 * (answer(GOOD) - answer(BAD)))
    (call,) = network_of(model).seen
    assert call.x.shape == (4, 4, 16, 24)  # two pictures, two signs
    assert call.timesteps.tolist() == [700.0] * 4


def test_at_cfg_1_the_negative_is_not_computed() -> None:
    model = tiny_model()
    close(guidance(model, [GOOD], cfg=1.0)(X, SIGMA), answer(GOOD))
    (call,) = network_of(model).seen
    assert len(call.x) == 2


def test_without_a_negative_there_is_nothing_to_guide_away_from() -> None:
    close(guidance(tiny_model(), [GOOD], [])(X, SIGMA), answer(GOOD))


def test_velocity_and_noise_networks_give_the_same_answer() -> None:
    found = [guidance(tiny_model(prediction=kind), [GOOD])(X, SIGMA) for kind in ("epsilon", "v")]
    close(found[0], found[1].detach())


def test_the_network_gets_its_own_type_and_answers_are_float32() -> None:
    model = tiny_model(dtype=torch.bfloat16)
    found = guidance(model, [GOOD])(X, SIGMA)
    (call,) = network_of(model).seen
    assert call.x.dtype == call.context.dtype == torch.bfloat16
    assert found.dtype == torch.float32
    torch.testing.assert_close(
        found.detach(), answer(BAD) + 3 * (answer(GOOD) - answer(BAD)), rtol=0.1, atol=0.5
    )


def test_conditionings_of_one_sign_are_averaged_by_strength() -> None:
    parts = [replace(prompt(1.0), strength=0.5), replace(prompt(3.0), strength=1.5)]
    expected = 0.25 * answer(parts[0]) + 0.75 * answer(parts[1])
    close(guidance(tiny_model(), parts, cfg=1.0)(X, SIGMA), expected)


def test_the_strength_of_a_lone_conditioning_cancels() -> None:
    close(guidance(tiny_model(), [replace(GOOD, strength=0.3)], cfg=1.0)(X, SIGMA), answer(GOOD))


def test_contexts_of_unequal_lengths_share_a_call_and_change_nothing() -> None:
    model = tiny_model()
    long, short = prompt(1.0, -2.0, 0.5), prompt(0.3, 0.9)
    close(guidance(model, [long], [short])(X, SIGMA), answer(short) + 3 * (answer(long) - answer(short)))
    (call,) = network_of(model).seen
    assert call.context.shape == (4, 6, 4)  # the least common multiple of 3 and 2


def test_a_conditioning_may_hold_a_prompt_for_each_picture() -> None:
    both = Cond(torch.cat([prompt(1.0).context, prompt(2.0).context]))
    found = guidance(tiny_model(), [both], cfg=1.0)(X, SIGMA)
    close(found[:1], answer(prompt(1.0), X[:1]))
    close(found[1:], answer(prompt(2.0), X[1:]))


def test_contexts_that_would_have_to_be_repeated_much_go_alone() -> None:
    model = tiny_model()
    odd, even = prompt(*[0.1 * i for i in range(7)]), prompt(*[0.2 * i for i in range(6)])
    close(guidance(model, [odd], [even])(X, SIGMA), answer(even) + 3 * (answer(odd) - answer(even)))
    assert [call.context.shape[1] for call in network_of(model).seen] == [7, 6]


def test_repeating_stays_within_four_times_the_shortest() -> None:
    def together(*lengths: int) -> bool:
        conds = tuple(Cond(torch.zeros(1, length, 4)) for length in lengths)
        return fit_together(place(conds, tiny_model(), Occasion(X, 0, False)))

    assert together(77, 154)
    assert together(77, 308)
    assert together(154, 231)  # 462
    assert not together(77, 385)
    assert not together(77, 78)


def test_same_length_repeats_whole_contexts() -> None:
    a, b = torch.randn(2, 2, 3), torch.randn(2, 3, 3)
    first, second = same_length([a, b])
    assert torch.equal(first, torch.cat([a, a, a], dim=1))
    assert torch.equal(second, torch.cat([b, b], dim=1))


def test_a_prompt_is_projected_once_not_at_each_step() -> None:
    model = tiny_model(Projecting)
    denoise = guidance(model, [GOOD])
    for t in (900, 700, 500):
        sigma = float(model.schedule.sigmas[t])
        close(denoise(X, sigma), answer(BAD, X, sigma) + 3 * (answer(GOOD, X, sigma) - answer(BAD, X, sigma)))
    assert isinstance(model.network, Projecting)
    assert [context.shape for context in model.network.projected] == [(4, 1, 4)]
    assert len({id(call.context) for call in model.network.seen}) == 1


def test_contexts_are_joined_once_not_at_each_step() -> None:
    model = tiny_model()
    denoise = guidance(model, [GOOD])
    for _ in range(3):
        denoise(X, SIGMA)
    assert len({id(call.context) for call in network_of(model).seen}) == 1


def test_a_full_device_gets_one_conditioning_at_a_time_and_the_same_comes_out() -> None:
    together, apart = tiny_model(), tiny_model()
    network_of(apart).most_rows = 2
    whole, split = guidance(together, [GOOD]), guidance(apart, [GOOD])
    torch.testing.assert_close(split(X, SIGMA), whole(X, SIGMA), rtol=1e-6, atol=1e-6)
    assert [len(call.x) for call in network_of(apart).seen] == [4, 2, 2]
    split(X, SIGMA)
    assert [len(call.x) for call in network_of(apart).seen[3:]] == [2, 2]  # it remembers


def test_a_full_device_gets_as_many_conditionings_as_fit() -> None:
    model = tiny_model()
    network_of(model).most_rows = 4
    parts = [prompt(value) for value in (1.0, 2.0, 3.0)]
    found = guidance(model, parts)(X, SIGMA)
    assert [len(call.x) for call in network_of(model).seen] == [8, 4, 4]
    positive = sum((answer(part) for part in parts), torch.zeros_like(X)) / 3
    close(found, answer(BAD) + 3 * (positive - answer(BAD)))


def test_a_device_too_small_for_one_conditioning_gets_it_picture_by_picture() -> None:
    together, apart = tiny_model(Projecting), tiny_model(Projecting)
    network_of(apart).most_rows = 1
    prompts = replace(GOOD, context=torch.cat([GOOD.context, prompt(2.0).context]))  # one for each picture
    whole, split = guidance(together, [prompts]), guidance(apart, [prompts])
    torch.testing.assert_close(split(X, SIGMA), whole(X, SIGMA), rtol=1e-6, atol=1e-6)
    assert [len(call.x) for call in network_of(apart).seen] == [4, 2, 1, 1, 1, 1]
    split(X, SIGMA)
    assert [len(call.x) for call in network_of(apart).seen[6:]] == [1] * 4


@pytest.mark.parametrize("rows", range(1, 13))
def test_a_batch_is_cut_where_it_fits(rows: int) -> None:
    x = torch.cat([X, X + 1, X[:1] - 1])  # five pictures
    model = tiny_model()
    network_of(model).most_rows = rows
    found = guidance_of(model, [GOOD], [BAD], 3.0, x)(x, SIGMA)
    close(found, answer(BAD, x) + 3 * (answer(GOOD, x) - answer(BAD, x)))
    tried = [len(call.x) for call in network_of(model).seen]
    fitted = [size for size in tried if size <= rows]
    assert sum(fitted) == 10
    assert len(tried) - len(fitted) <= 4  # 10, 5, 3, 2


def test_a_device_too_small_for_one_picture_is_an_error() -> None:
    model = tiny_model()
    network_of(model).most_rows = 0
    with pytest.raises(torch.OutOfMemoryError):
        guidance(model, [GOOD])(X, SIGMA)


def test_conditionings_that_never_went_together_are_not_split_in_vain() -> None:
    model = tiny_model()
    network_of(model).most_rows = 1
    corner = replace(prompt(4.0), area=(16, 12, 0, 0))
    guidance(model, [GOOD, corner], cfg=1.0)(X, SIGMA)
    assert [len(call.x) for call in network_of(model).seen] == [2, 1, 1, 1, 1]


def test_what_worked_is_tried_first_by_the_next_sampling_of_its_kind() -> None:
    model = tiny_model()
    network_of(model).most_rows = 2
    sparing = Thrift()
    for _ in range(2):
        with spared(sparing):
            guidance(model, [GOOD])(X, SIGMA)
    assert sparing.at_once == 2
    assert [len(call.x) for call in network_of(model).seen] == [4, 2, 2, 2, 2]


def test_what_is_idle_leaves_before_anything_is_split() -> None:
    model = tiny_model()
    network_of(model).most_rows = 2
    idle = [4, 1000]  # rows that fit once so many idle weights have left

    def make_room() -> bool:
        if idle:
            network_of(model).most_rows = idle.pop(0)
            return True
        return False

    with spared(Thrift(make_room=make_room)):
        guidance(model, [GOOD])(X, SIGMA)
    assert [len(call.x) for call in network_of(model).seen] == [4, 4]
    assert idle == [1000]


def test_an_area_is_computed_on_its_part_and_blended_by_weight() -> None:
    model = tiny_model()
    corner = replace(prompt(4.0), area=(16, 12, 0, 0), strength=2.0)  # the left half, fading over 3 columns
    found = guidance(model, [GOOD, corner], cfg=1.0)(X, SIGMA)
    assert sorted(tuple(call.x.shape) for call in network_of(model).seen) == [(2, 4, 16, 12), (2, 4, 16, 24)]
    weight = 2 * torch.cat([torch.ones(9), torch.tensor([1, 2 / 3, 1 / 3]), torch.zeros(12)])
    close(found, (answer(GOOD) + weight * answer(corner)) / (1 + weight))


def test_areas_of_one_size_share_a_call() -> None:
    model = tiny_model()
    left, right = replace(GOOD, area=(16, 12, 0, 0)), replace(prompt(2.0), area=(16, 12, 0, 12))
    guidance(model, [left, right], cfg=1.0)(X, SIGMA)
    assert [tuple(call.x.shape) for call in network_of(model).seen] == [(4, 4, 16, 12)]
    torch.testing.assert_close(network_of(model).seen[0].x[2:], (X / (SIGMA**2 + 1) ** 0.5)[..., 12:])


def test_masks_divide_the_picture() -> None:
    mask = torch.zeros(1, 16, 24)
    mask[:, :8] = 1
    top, bottom = replace(GOOD, mask=mask), replace(prompt(2.0), mask=1 - mask)
    found = guidance(tiny_model(), [top, bottom], cfg=1.0)(X, SIGMA)
    close(found[:, :, :8], answer(top)[:, :, :8])
    close(found[:, :, 8:], answer(bottom)[:, :, 8:])


def test_where_no_positive_lies_there_is_no_guidance() -> None:
    mask = torch.zeros(1, 16, 24)
    mask[:, :8] = 1
    found = guidance(tiny_model(), [replace(GOOD, mask=mask)])(X, SIGMA)
    close(found[:, :, :8], (answer(BAD) + 3 * (answer(GOOD) - answer(BAD)))[:, :, :8])
    close(found[:, :, 8:], answer(BAD)[:, :, 8:])


def test_where_no_negative_lies_there_is_no_guidance() -> None:
    mask = torch.zeros(1, 16, 24)
    mask[:, :8] = 1
    found = guidance(tiny_model(), [GOOD], [replace(BAD, mask=mask)])(X, SIGMA)
    close(found[:, :, 8:], answer(GOOD)[:, :, 8:])


def test_conditionings_take_turns_along_the_way() -> None:
    model = tiny_model()
    first, second = replace(GOOD, end=0.5), replace(prompt(2.0), start=0.5)
    denoise = guidance(model, [first, second], cfg=1.0)
    high, low = (float(model.schedule.sigmas[t]) for t in (900, 100))
    close(denoise(X, high), answer(first, X, high))
    close(denoise(X, low), answer(second, X, low))
    assert len(network_of(model).seen) == 2


def test_a_positive_that_rests_leaves_the_negative_alone() -> None:
    denoise = guidance(tiny_model(), [replace(GOOD, start=0.9)])
    close(denoise(X, SIGMA), answer(BAD))


def test_with_nothing_at_work_the_network_rests_too() -> None:
    model = tiny_model()
    found = guidance(model, [replace(GOOD, start=0.9)], [], 3.0)(X, SIGMA)
    assert torch.equal(found, torch.zeros_like(X))
    assert network_of(model).seen == []
