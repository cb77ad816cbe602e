"""IP-Adapters agree with diffusers' for the same file, inside the UNet and in front of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel
from torch import Tensor

from diffusion.control.image_prompt import (
    ImagePrompt,
    ImagePrompter,
    cross_attentions,
    open_ip_adapter,
    prompted,
)
from diffusion.errors import CheckpointError, DiffusionError
from diffusion.networks.ip_adapter import ImageKind, IpAdapter, IpAdapterConfig, ResamplerConfig
from diffusion.networks.tweaks import Pass, Place
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.types import Model
from diffusion.vision.clip_vision import ClipVision, ClipVisionOutput, encode_image, encode_nothing
from diffusion.vision.image_encoder import EncoderConfig, ImageEncoder
from diffusion.weights.reach import reachable_modules
from tests.diffusion.control.oracles import (
    SD1,
    XL,
    Asked,
    asked,
    close,
    enlivened,
    model_of,
    narrower,
    saved,
    unets,
)

SHAPES = pytest.mark.parametrize("config", [SD1, XL], ids=["sd1", "xl"])
KINDS: tuple[ImageKind, ...] = ("plain", "plus", "full")
KIND = pytest.mark.parametrize("kind", KINDS)
TOKENS = 257  # of a full-face adapter, which diffusers takes for granted
RESAMPLER = ResamplerConfig(tokens=3, width=12, depth=4, inner=128, hidden=48)


def network(config: UNetConfig, kind: ImageKind) -> IpAdapter:
    torch.manual_seed(2)
    channels = tuple(cross_attentions(model_of(UNet(config))).values())
    sizes = IpAdapterConfig(
        kind,
        10,
        config.context_width,
        channels,
        0 if kind == "plus" else 4,
        RESAMPLER if kind == "plus" else None,
    )
    return enlivened(IpAdapter(sizes).eval().requires_grad_(False))


def published(adapter: IpAdapter) -> dict[str, Tensor]:
    """The weights under the names of the files: attentions to the prompt have odd numbers."""
    named = {}
    for key, value in adapter.state_dict().items():
        if key.startswith("layers."):
            _, index, rest = key.split(".", 2)
            key = f"ip_adapter.{2 * int(index) + 1}.{rest}"
        named[key] = value
    return named


def seen(kind: ImageKind, value: int = 3) -> ClipVisionOutput:
    torch.manual_seed(value)
    tokens = TOKENS if kind == "full" else 5
    return ClipVisionOutput(torch.randn(1, 10), torch.randn(1, tokens, 10), torch.randn(1, tokens, 10))


def read(kind: ImageKind, output: ClipVisionOutput) -> Tensor:
    return output.image_embeds if kind == "plain" else output.penultimate_hidden_states


def adapted(other: UNet2DConditionModel, weights: dict[str, Tensor], scale: float) -> UNet2DConditionModel:
    parts: dict[str, dict[str, Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for key, value in weights.items():
        part, rest = key.split(".", 1)
        parts[part][rest] = value
    other._load_ip_adapter_weights([parts], low_cpu_mem_usage=False)
    for processor in other.attn_processors.values():
        if hasattr(processor, "scale"):
            processor.scale = [scale]
    return other.eval().requires_grad_(False)


def through(model: Model, given: Asked, sigma: float = 1.0, negative: tuple[bool, ...] = (False,)) -> Tensor:
    way = Pass(sigma, (given.x.shape[-2], given.x.shape[-1]), negative)
    tweaks = [tweak.begin() for tweak in model.tweaks]
    found: Tensor = model.network(
        given.x, given.timesteps, given.context, given.vector, tweaks=tweaks, way=way
    )
    return found


@SHAPES
@KIND
def test_it_agrees_with_diffusers(config: UNetConfig, kind: ImageKind, tmp_path: Path) -> None:
    weights = published(network(config, kind))
    unet, their_unet = unets(config)
    model, given = model_of(unet), asked(config)
    adapter = open_ip_adapter(saved(weights, tmp_path / "ip.safetensors"))
    assert adapter.network.config == network(config, kind).config
    other = adapted(their_unet, weights, 0.7)
    empty = torch.zeros_like(read(kind, seen(kind))) if kind == "plain" else read(kind, seen(kind, 9))
    pictures = torch.cat([read(kind, seen(kind)), empty])[:, None]  # of the prompt, of the negative prompt
    told = {**given.told, "image_embeds": [pictures]}
    expected = other(
        given.x, given.timesteps, encoder_hidden_states=given.context, added_cond_kwargs=told
    ).sample
    changed = prompted(model, adapter, seen(kind), seen(kind, 9), weight=0.7)
    close(through(changed, given, negative=(False, True)), expected)
    assert not torch.allclose(through(model, given), expected, atol=1e-3)


def test_a_file_of_two_dicts_is_read(tmp_path: Path) -> None:
    adapter = network(SD1, "plain")
    parts: dict[str, dict[str, Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for key, value in published(adapter).items():
        part, rest = key.split(".", 1)
        parts[part][rest] = value
    torch.save(parts, tmp_path / "ip.bin")
    opened = open_ip_adapter(tmp_path / "ip.bin")
    assert all(
        torch.equal(value, opened.network.state_dict()[key]) for key, value in adapter.state_dict().items()
    )


def prompter(kind: ImageKind = "plain", config: UNetConfig = SD1) -> ImagePrompter:
    return ImagePrompter(network(config, kind), torch.float32)


def test_a_weight_of_0_changes_nothing() -> None:
    model, given = model_of(unets(SD1)[0]), asked(SD1)
    still = prompted(model, prompter(), seen("plain"), None, weight=0.0)
    assert torch.equal(through(still, given), through(model, given))


def test_it_works_during_its_part_of_sampling_only() -> None:
    model, given = model_of(unets(SD1)[0]), asked(SD1)
    second_half = prompted(model, prompter(), seen("plain"), None, start=0.5)
    early, late = model.schedule.sigma_after(0.25), model.schedule.sigma_after(0.75)
    assert torch.equal(through(second_half, given, early), through(model, given, early))
    assert not torch.equal(through(second_half, given, late), through(model, given, late))


def test_a_mask_says_where_the_picture_counts() -> None:
    model, given = model_of(unets(SD1)[0]), asked(SD1)
    whole = prompted(model, prompter(), seen("plain"), None)
    everywhere, nowhere = (
        prompted(model, prompter(), seen("plain"), None, mask=torch.full((1, 64, 96), value))
        for value in (1.0, 0.0)
    )
    assert torch.equal(through(everywhere, given), through(whole, given))
    assert torch.equal(through(nowhere, given), through(model, given))
    half = torch.zeros(1, 64, 96)
    half[..., 48:] = 1
    tweak = prompted(model, prompter(), seen("plain"), None, mask=half).tweaks[0]
    assert isinstance(tweak, ImagePrompt)
    place = Place(Pass(1.0, (8, 12)), "input", 1, kind="cross", size=(8, 12), heads=2)
    q, nothing = torch.randn(1, 96, 8), torch.zeros(1, 1, 8)
    found = tweak.attend(place, q, nothing, nothing, lambda *given: torch.zeros_like(given[0])).reshape(
        8, 12, 8
    )
    assert torch.equal(found[:, :6], torch.zeros(8, 6, 8))
    assert (found[:, 6:].abs() > 0).all()


def test_several_pictures_are_read_together() -> None:
    both = ClipVisionOutput(*(torch.cat([one, one]) for one in vars(seen("plain")).values()))
    model, given = model_of(unets(SD1)[0]), asked(SD1)
    twice, once = (prompted(model, prompter(), output, None) for output in (both, seen("plain")))
    assert twice.tweaks[0].tokens.shape == (1, 8, SD1.context_width)
    close(through(twice, given), through(once, given))


def test_two_adapters_add_up() -> None:
    model, given = model_of(unets(SD1)[0]), asked(SD1)
    once = prompted(model, prompter(), seen("plain"), None, weight=0.5)
    twice = prompted(once, prompter(), seen("plain"), None, weight=0.5)
    whole = prompted(model, prompter(), seen("plain"), None, weight=1.0)
    close(through(twice, given), through(whole, given))


def test_keys_and_values_are_made_once_a_sampling() -> None:
    model, given = model_of(unets(SD1)[0]), asked(SD1)
    tweak = prompted(model, prompter(), seen("plain"), None).tweaks[0].begin()
    assert isinstance(tweak, ImagePrompt)
    way = Pass(1.0, (8, 12))
    made = []
    for _ in range(2):
        model.network(given.x, given.timesteps, given.context, tweaks=[tweak], way=way)
        made.append({key: pair[0] for key, pair in tweak.made.items()})
    assert len(made[0]) == len(tweak.layers)
    assert all(tensor is made[1][key] for key, tensor in made[0].items())
    again = tweak.begin()
    assert isinstance(again, ImagePrompt)
    assert again.made == {}


@pytest.mark.parametrize("kind", ["plus", "full"])
def test_what_compares_with_an_empty_picture_needs_the_encoder(kind: ImageKind) -> None:
    with pytest.raises(DiffusionError, match="link clip_vision too"):
        prompted(model_of(UNet(SD1)), prompter(kind), seen(kind), None)


def test_an_empty_picture_is_zero_behind_the_normalization() -> None:
    sizes = EncoderConfig("clip", 16, 2, 2, 32, 4, 8, 10, "quick_gelu")
    torch.manual_seed(0)
    encoder = ClipVision(ImageEncoder(sizes).eval(), 8, (128 / 255,) * 3, (0.25,) * 3, torch.float32)
    grey = encode_image(encoder, torch.full((1, 8, 8, 3), 128 / 255))
    torch.testing.assert_close(
        encode_nothing(encoder).penultimate_hidden_states,
        grey.penultimate_hidden_states,
        atol=0.02,
        rtol=0.02,
    )


def test_a_model_of_another_family_is_refused() -> None:
    with pytest.raises(
        DiffusionError, match="tokens of width 12 in 11 attentions, the model of width 16 in 11"
    ):
        prompted(model_of(UNet(narrower(SD1))), prompter(), seen("plain"), None)


def test_another_encoder_is_refused() -> None:
    other = ClipVisionOutput(torch.zeros(1, 7), torch.zeros(1, 5, 7), torch.zeros(1, 5, 7))
    with pytest.raises(DiffusionError, match="reads 10 numbers of an image encoder, this one gives 7"):
        prompted(model_of(UNet(SD1)), prompter(), other, None)


def test_adapters_of_faces_are_refused(tmp_path: Path) -> None:
    weights = published(network(SD1, "plain"))
    face = {key: value for key, value in weights.items() if not key.startswith("image_proj.")}
    face |= {"image_proj.proj.0.weight": torch.zeros(8, 8), "image_proj.norm.weight": torch.zeros(8)}
    with pytest.raises(CheckpointError, match="FaceID, which needs embeddings of faces by insightface"):
        open_ip_adapter(saved(face, tmp_path / "face.safetensors"))


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"other\.safetensors holds no IP-Adapter"):
        open_ip_adapter(saved({"some.weight": torch.zeros(2, 2)}, tmp_path / "other.safetensors"))


def test_the_adapters_weights_are_found_by_a_lease() -> None:
    model = prompted(model_of(UNet(SD1)), prompter(), seen("plain"), None)
    assert any(isinstance(module, IpAdapter) for module in reachable_modules(model))
