"""Control networks during sampling: strength, range, mask, several at once, and who goes through together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from diffusion.control.apply import controlled
from diffusion.control.controlnet import NetControl
from diffusion.networks.controlnet import ControlNet, ControlNetConfig
from diffusion.networks.unet import Residuals
from diffusion.sampling.conditioning import Box
from diffusion.sampling.control import added, fitted_mask, lay, steer
from diffusion.sampling.guidance import Guidance
from diffusion.sampling.rules import Cfg
from diffusion.types import Cond, Conditioning, Control, Guider
from diffusion.weights.reach import reachable_modules
from tests.diffusion.control.oracles import SD1, asked, close, enlivened, model_of, unets

HINT = torch.rand(1, 64, 96, 3, generator=torch.Generator().manual_seed(5))
X = 3 * torch.randn((2, 4, 8, 12), generator=torch.Generator().manual_seed(0))
UNET = unets(SD1)[0]
MODEL = model_of(UNET)
HIGH, MIDDLE, LOW = (float(MODEL.schedule.sigma_after(part)) for part in (0.1, 0.5, 0.9))


def net(seed: int = 0) -> NetControl:
    torch.manual_seed(seed)
    config = ControlNetConfig(SD1, hint_widths=(4, 4, 6, 6, 8, 8, 10))
    return NetControl(enlivened(ControlNet(config).eval().requires_grad_(False)), torch.float32)


def prompts() -> tuple[Conditioning, Conditioning]:
    torch.manual_seed(3)
    return (Cond(torch.randn(1, 7, 12)),), (Cond(torch.randn(1, 7, 12)),)


@torch.no_grad()
def answer(positive: Conditioning, negative: Conditioning, sigma: float = MIDDLE, x: Tensor = X) -> Tensor:
    guider = Guider(MODEL, (positive, negative), Cfg(3.0))
    return Guidance(guider, torch.zeros_like(x), [sigma, 0.0])(x, sigma)


@contextmanager
def counted(module: nn.Module) -> Iterator[list[int]]:
    """The rows of each call of a network."""
    calls: list[int] = []
    handle = module.register_forward_hook(lambda _module, given, _out: calls.append(len(given[0])))
    yield calls
    handle.remove()


def test_both_signs_go_through_both_networks_together() -> None:
    control = Control(net(), HINT)
    positive, negative = (controlled(one, control) for one in prompts())
    with counted(control.net.network) as steering, counted(UNET) as denoising:
        answer(positive, negative)
    assert steering == denoising == [4]


def test_a_control_of_no_strength_changes_nothing_to_the_last_bit() -> None:
    positive, negative = prompts()
    control = Control(net(), HINT, strength=0.0)
    with counted(control.net.network) as calls:
        found = answer(controlled(positive, control), controlled(negative, control))
        direct = answer(replace_controls(positive, control), replace_controls(negative, control))
    assert calls == []
    assert torch.equal(found, answer(positive, negative))
    assert torch.equal(direct, found)


def replace_controls(conditioning: Conditioning, *controls: Control) -> Conditioning:
    return tuple(replace(cond, controls=controls) for cond in conditioning)


@pytest.mark.parametrize(
    ("start", "end", "works"), [(0.0, 1.0, (1, 1, 1)), (0.3, 1.0, (0, 1, 1)), (0.0, 0.6, (1, 1, 0))]
)
def test_it_works_during_its_part_of_sampling_only(start: float, end: float, works: tuple[int, ...]) -> None:
    positive, negative = prompts()
    control = Control(net(), HINT, 1.0, start, end)
    for sigma, expected in zip((HIGH, MIDDLE, LOW), works, strict=True):
        with counted(control.net.network) as calls:
            found = answer(controlled(positive, control), controlled(negative, control), sigma)
        assert len(calls) == expected
        assert torch.equal(found, answer(positive, negative, sigma)) == (not expected)


def residuals(*controls: Control) -> Residuals:
    given = asked(SD1)
    found = steer([lay(control, given.x[:1], MODEL) for control in controls], given.call())
    assert found is not None
    return found


def test_residuals_are_times_the_strength() -> None:
    whole, half = (residuals(Control(net(), HINT, strength)) for strength in (1.0, 0.5))
    for index, x in whole.skips.items():
        close(half.skips[index], x / 2)
    assert whole.middle is not None
    assert half.middle is not None
    close(half.middle, whole.middle / 2)


def test_several_add_up() -> None:
    one, other = Control(net(1), HINT, 0.7), Control(net(2), HINT.flip(1), 0.4)
    both, alone = residuals(one, other), [residuals(one), residuals(other)]
    for index, x in both.skips.items():
        close(x, alone[0].skips[index] + alone[1].skips[index])
    assert both.middle is not None
    close(both.middle, sum((part.middle for part in alone if part.middle is not None), torch.zeros(())))


def test_what_only_one_of_two_adds_to_is_kept() -> None:
    skip, block = torch.ones(1, 2, 3, 3), 2 * torch.ones(1, 2, 3, 3)
    total = added(Residuals(skips={1: skip}), Residuals(blocks={2: block}, middle=block))
    assert total.skips[1] is skip
    assert total.blocks[2] is block
    assert total.middle is block


def test_a_mask_says_where_it_works() -> None:
    mask = torch.zeros(1, 64, 96)
    mask[..., 48:] = 1
    whole, half = residuals(Control(net(), HINT)), residuals(Control(net(), HINT, mask=mask))
    for index in (0, 1, 2):  # at the size of the latents
        assert torch.equal(half.skips[index][..., 6:], whole.skips[index][..., 6:])
        assert not half.skips[index][..., :6].any()


def test_each_picture_may_have_its_own_mask() -> None:
    given = asked(SD1)
    masks = torch.stack([torch.zeros(64, 96), torch.ones(64, 96)])
    control = Control(net(), HINT, mask=masks)
    call = replace(given.call(parts=1), pictures=slice(0, 2))
    found = steer([lay(control, given.x, MODEL)], call)
    assert found is not None
    assert not found.skips[0][0].any()
    assert found.skips[0][1].any()


def test_a_mask_is_cut_to_the_box() -> None:
    mask = torch.zeros(1, 64, 96)
    mask[:, 32:, 48:] = 1
    call = asked(SD1, 4, 6).call(box=Box(4, 6, 4, 6))
    call = replace(call, whole=(8, 12))
    assert torch.equal(fitted_mask(mask, torch.zeros(2, 3, 4, 6), call), torch.ones(1, 1, 4, 6))


def test_without_a_control_at_work_nothing_is_added() -> None:
    given = asked(SD1)
    assert steer([], given.call()) is None
    assert steer([lay(Control(net(), HINT, 0.0), given.x[:1], MODEL)], given.call()) is None


def test_a_lease_of_the_conditioning_finds_the_control_network() -> None:
    control = Control(net(), HINT)
    assert control.net.network in reachable_modules(controlled(prompts()[0], control))


def test_prompts_under_different_controls_go_apart() -> None:
    positive, negative = prompts()
    control = Control(net(), HINT)
    with counted(UNET) as calls:
        answer(controlled(positive, control), negative)
    assert calls == [2, 2]
