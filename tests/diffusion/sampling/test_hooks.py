"""Hooks: weights that change under one conditioning only, and are the very same ones again after."""

import dataclasses
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from diffusion.families.family import Checkpoint
from diffusion.sampling.hooks import Hook, Hooked, Keyframe, sorted_keyframes, swapped
from diffusion.sampling.noise import make_noise
from diffusion.sampling.sample import sample
from diffusion.sampling.schedules import linear_noise_schedule
from diffusion.text import clip
from diffusion.types import Conditioning, Latent, Model, TextEncoder
from diffusion.weights.checkpoint import open_checkpoint
from diffusion.weights.devices import SimulatedDevice
from diffusion.weights.hook_sources import CheckpointSource, LoraSource, with_hooks
from diffusion.weights.lora import Lora, open_lora, with_lora
from diffusion.weights.patched import Weights
from diffusion.weights.patches import Scaled
from diffusion.weights.reach import reach
from diffusion.weights.streaming import stream
from tests.factories import tiny_sd1
from tests.factories.loras import tiny_lora

Q = "input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return open_checkpoint(tiny_sd1(tmp_path_factory.mktemp("sd1") / "tiny.safetensors"))


@pytest.fixture(scope="module")
def lora(tmp_path_factory: pytest.TempPathFactory) -> Lora:
    return open_lora(tiny_lora(tmp_path_factory.mktemp("lora") / "a.safetensors"))


def model_of(checkpoint: Checkpoint) -> Model:
    assert checkpoint.model is not None
    return checkpoint.model


def text_of(checkpoint: Checkpoint) -> TextEncoder:
    assert checkpoint.text is not None
    return checkpoint.text


class Doubled:
    """A source that scales one weight, and counts how often it is asked."""

    def __init__(self, name: str = Q) -> None:
        self.name = name
        self.asked: list[float] = []

    def on_model(self, model: Model, strength: float) -> Model:
        self.asked.append(strength)
        weights = model.weights.with_patches({self.name: Scaled(1.0 + strength)})
        return dataclasses.replace(model, weights=weights)

    def on_text(self, encoder: TextEncoder, strength: float) -> TextEncoder:
        del strength
        return encoder


def weight(model: Model) -> Tensor:
    return model.network.get_parameter(Q)


def test_inside_the_block_the_weight_is_patched_and_after_it_the_very_same(checkpoint: Checkpoint) -> None:
    model = model_of(checkpoint)
    before, bits = dict(model.network.named_parameters()), weight(model).clone()
    hooked = Hooked(model)
    with hooked([Hook(Doubled(), 0.5)], 1.0):
        assert torch.equal(weight(model), bits * 1.5)
    after = dict(model.network.named_parameters())
    assert list(after) == list(before)
    assert all(after[name] is before[name] for name in before)
    assert torch.equal(weight(model), bits)


def test_they_come_back_also_when_the_network_raises(checkpoint: Checkpoint) -> None:
    model = model_of(checkpoint)
    before = weight(model)
    with pytest.raises(RuntimeError, match="broken"), Hooked(model)([Hook(Doubled())], 1.0):
        raise RuntimeError("broken")
    assert weight(model) is before
    with (
        pytest.raises(AttributeError),
        swapped(model.network, {Q: nn.Parameter(bits_of(model)), "no.such": nn.Parameter(bits_of(model))}),
    ):
        raise AssertionError("the block never runs")
    assert weight(model) is before


def bits_of(model: Model) -> Tensor:
    return weight(model).detach().clone()


def test_without_hooks_nothing_is_touched(checkpoint: Checkpoint) -> None:
    model = model_of(checkpoint)
    with Hooked(model)((), 1.0):
        assert weight(model) is model.network.get_parameter(Q)


def test_keyframes_multiply_the_strength_from_their_start_on() -> None:
    schedule = linear_noise_schedule()
    frames = sorted_keyframes([Keyframe(0.0, 0.5), Keyframe(0.8, 0.2)])
    hook = Hook(Doubled(), 2.0, 3.0, frames)
    early, middle, late = (schedule.sigma_after(share) for share in (0.1, 0.3, 0.7))
    assert [hook.at_sigma(schedule, sigma) for sigma in (early, middle, late)] == [1.6, 1.6, 0.0]
    assert hook.at_sigma(schedule, schedule.sigma_after(0.5)) == 0.0
    assert [hook.at_share(share) for share in (0.0, 0.2, 0.5)] == pytest.approx([2.4, 2.4, 0.0])
    assert Hook(Doubled(), 2.0).at_sigma(schedule, early) == 2.0


def test_patched_weights_are_kept_while_the_strength_stays(checkpoint: Checkpoint) -> None:
    model, source = model_of(checkpoint), Doubled()
    hook = Hook(source, 1.0, 1.0, (Keyframe(1.0, 0.0), Keyframe(0.5, 0.5), Keyframe(0.0, 0.9)))
    hooked, bits = Hooked(model), weight(model).clone()
    for share in (0.1, 0.2, 0.3, 0.6, 0.7, 0.95):
        with hooked([hook], model.schedule.sigma_after(share)):
            expected = {0.6: 1.5, 0.7: 1.5, 0.95: 1.0}.get(share, 2.0)
            assert torch.equal(weight(model), bits * expected)
    assert source.asked == [1.0, 0.5]


def test_hooks_stack_and_come_behind_the_patches_of_the_model(checkpoint: Checkpoint) -> None:
    plain = model_of(checkpoint)
    bits = weight(plain).clone()
    weights = plain.weights.with_patches({Q: add_one})
    model = dataclasses.replace(plain, weights=weights)
    with Hooked(model)([Hook(Doubled(), 1.0), Hook(Doubled(), 2.0)], 1.0):
        torch.testing.assert_close(weight(model).data, (bits + 1) * 6)
    torch.testing.assert_close(weight(model).data, bits + 1)


def add_one(weight: Tensor) -> Tensor:
    return weight + 1


def test_a_network_that_streams_is_patched_too(checkpoint: Checkpoint) -> None:
    """What streams through a ring is filled by the ring: the patched weight must not be written over."""
    model, x = model_of(checkpoint), torch.randn(1, 4, 8, 8)
    given = (x, torch.tensor([500.0]), torch.randn(1, 77, 32))
    hooked, hooks = Hooked(model), [Hook(Doubled(), 0.5)]
    plain = model.network(*given)
    with hooked(hooks, 1.0):
        wanted = model.network(*given)
    lent = stream(model.network, SimulatedDevice(1 << 30), 0)
    try:
        for _ in range(2):
            with hooked(hooks, 1.0):
                torch.testing.assert_close(model.network(*given), wanted)
            torch.testing.assert_close(model.network(*given), plain)
    finally:
        lent.close()
    assert not torch.allclose(wanted, plain)


def run(model: Model, positive: Conditioning, negative: Conditioning, steps: int = 3) -> Tensor:
    latent = Latent(torch.zeros(1, 4, 8, 8))
    return sample(
        model, noise=make_noise(latent, 1), latent=latent.samples, positive=positive, negative=negative,
        cfg=3.0, sampler="euler", schedule="normal", steps=steps, seed=1,
    )  # fmt: skip


def under(conditioning: Conditioning, *hooks: Hook) -> Conditioning:
    return tuple(dataclasses.replace(cond, hooks=hooks) for cond in conditioning)


def test_under_all_conditionings_it_is_the_lora_itself(checkpoint: Checkpoint, lora: Lora) -> None:
    model, text = model_of(checkpoint), text_of(checkpoint)
    prompt, nothing = clip.encode(text, "a house"), clip.encode(text, "")
    laid, _ = with_lora(model, None, lora, model_strength=0.9)
    assert laid is not None
    hook = Hook(LoraSource(lora), 0.9)
    wanted = run(laid, prompt, nothing)
    torch.testing.assert_close(
        run(model, under(prompt, hook), under(nothing, hook)), wanted, rtol=1e-4, atol=1e-4
    )
    plain = run(model, prompt, nothing)
    assert not torch.allclose(plain, wanted, atol=1e-3)
    assert torch.equal(run(model, prompt, nothing), plain)


def test_under_one_conditioning_only_that_one_changes(checkpoint: Checkpoint, lora: Lora) -> None:
    model, text = model_of(checkpoint), text_of(checkpoint)
    prompt, nothing = clip.encode(text, "a house"), clip.encode(text, "")
    hook = Hook(LoraSource(lora), 1.0)
    laid, _ = with_lora(model, None, lora, model_strength=1.0)
    assert laid is not None
    found = run(model, under(prompt, hook), nothing, steps=1)
    parts = [run(one, cond, cond, steps=1) for one, cond in ((laid, prompt), (model, nothing))]
    torch.testing.assert_close(found, parts[1] + 3.0 * (parts[0] - parts[1]), rtol=1e-3, atol=1e-3)


def test_a_keyframe_of_strength_zero_from_the_start_is_no_hook_at_all(
    checkpoint: Checkpoint, lora: Lora
) -> None:
    model, text = model_of(checkpoint), text_of(checkpoint)
    prompt, nothing = clip.encode(text, "a house"), clip.encode(text, "")
    hook = Hook(LoraSource(lora), 1.0, 1.0, (Keyframe(0.0, 0.0),))
    found = run(model, under(prompt, hook), nothing, steps=1)
    torch.testing.assert_close(found, run(model, prompt, nothing, steps=1), rtol=1e-3, atol=1e-3)


def test_another_checkpoint_as_a_hook_is_that_checkpoint(checkpoint: Checkpoint, tmp_path: Path) -> None:
    model, other = model_of(checkpoint), open_checkpoint(tiny_sd1(tmp_path / "b.safetensors", seed=1))
    source = CheckpointSource(other.model, other.text)
    with Hooked(model)([Hook(source)], 1.0):
        theirs = dict(model_of(other).network.named_parameters())
        assert all(torch.equal(tensor, theirs[name]) for name, tensor in model.network.named_parameters())
    half = source.on_text(text_of(checkpoint), 0.25).towers[0].weights
    name = "encoder.layers.0.mlp.fc1.weight"
    ours, others = (
        encoder.towers[0].weights.tensor(name) for encoder in (text_of(checkpoint), text_of(other))
    )
    torch.testing.assert_close(half.tensor(name), 0.75 * ours + 0.25 * others)


def test_a_lease_that_finds_a_hook_brings_no_weights_for_it(checkpoint: Checkpoint, tmp_path: Path) -> None:
    other = open_checkpoint(tiny_sd1(tmp_path / "b.safetensors", seed=1))
    hook = Hook(CheckpointSource(other.model, other.text))
    cond = under(clip.encode(text_of(checkpoint), "x"), hook)
    assert reach(cond).modules == ()


def test_a_text_encoder_under_hooks_encodes_with_the_patch_and_passes_the_hooks_on(
    checkpoint: Checkpoint, lora: Lora
) -> None:
    text, hook = text_of(checkpoint), Hook(LoraSource(lora), 1.0, 0.5)
    _, laid = with_lora(None, text, lora, model_strength=0.0, text_strength=0.5)
    encoded = clip.encode(with_hooks(text, (hook,), on_prompts=True, scheduled=False), "a house")
    wanted = clip.encode(laid, "a house")
    assert torch.equal(encoded[0].context, wanted[0].context)
    assert encoded[0].hooks == (hook,)
    silent = clip.encode(with_hooks(text, (hook,), on_prompts=False, scheduled=False), "a house")
    assert silent[0].hooks == ()
    assert torch.equal(silent[0].context, wanted[0].context)


def test_a_scheduled_text_encoder_gives_one_conditioning_for_each_span(
    checkpoint: Checkpoint, lora: Lora
) -> None:
    text = text_of(checkpoint)
    hook = Hook(LoraSource(lora), 1.0, 1.0, (Keyframe(1.0, 0.0), Keyframe(0.0, 0.4), Keyframe(0.5, 0.7)))
    encoded = clip.encode(with_hooks(text, (hook,), on_prompts=True, scheduled=True), "a house")
    assert [(cond.start, cond.end) for cond in encoded] == [(0.0, 0.4), (0.4, 0.7), (0.7, 1.0)]
    assert all(cond.hooks == (hook,) for cond in encoded)
    for cond, strength in zip(encoded, (1.0, 0.0, 0.5), strict=True):
        _, laid = with_lora(None, text, lora, model_strength=0.0, text_strength=strength)
        assert torch.equal(cond.context, clip.encode(laid, "a house")[0].context)


def test_the_network_of_hooked_weights_is_never_made(checkpoint: Checkpoint) -> None:
    model = model_of(checkpoint)
    made: list[Weights] = []

    class Recorded(Doubled):
        def on_model(self, model: Model, strength: float) -> Model:
            found = super().on_model(model, strength)
            made.append(found.weights)
            return found

    with Hooked(model)([Hook(Recorded())], 1.0):
        pass
    assert made[0].made is model.weights.plain
