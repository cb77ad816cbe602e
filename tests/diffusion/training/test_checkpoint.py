"""The bundled checkpoint: its size, its header, and that its networks take it whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from diffusion.training import denoiser
from diffusion.training.export import SIZE_LIMIT, TEXT_PREFIX, UNET_PREFIX, VAE_PREFIX
from diffusion.training.generation import Generator, load_generator

BUNDLED = Path(__file__).parents[3] / "models/checkpoints/heddle-demo.safetensors"


@pytest.fixture(scope="module")
def header() -> dict[str, str]:
    with safe_open(BUNDLED, "pt") as file:
        found: dict[str, str] = file.metadata()
    return found


@pytest.fixture(scope="module")
def generator() -> Generator:
    return load_generator(BUNDLED)


def test_the_bundled_file_is_small() -> None:
    assert BUNDLED.stat().st_size <= SIZE_LIMIT


def test_its_keys_are_those_of_the_family_in_half_precision() -> None:
    with safe_open(BUNDLED, "pt") as file:
        keys = list(file.keys())
        assert {file.get_slice(key).get_dtype() for key in keys} == {"F16"}
    assert all(key.startswith((UNET_PREFIX, VAE_PREFIX, TEXT_PREFIX)) for key in keys)
    assert UNET_PREFIX + "input_blocks.0.0.weight" in keys
    assert VAE_PREFIX + "post_quant_conv.weight" in keys
    assert TEXT_PREFIX + "embeddings.token_embedding.weight" in keys


def test_its_header_tells_what_weights_cannot(header: dict[str, str]) -> None:
    config = json.loads(header["heddle.config"])
    assert config["family"] == "sd1"
    assert config["prediction"] == "epsilon"
    assert config["native_size"] == 128
    assert 0 < config["latent_scale"] < 1
    assert [len(row) for row in config["latent_rgb"]] == [3] * 5
    assert header["modelspec.license"] == "Apache-2.0"


@torch.no_grad()
def test_a_prompt_changes_the_picture_in_its_direction(generator: Generator) -> None:
    texts = ["a red house in the snow by day", "a red house in the snow at night"]
    day, night = generator.pictures(texts, [7, 7], guidance=3.0)
    assert day.mean() > night.mean() + 0.3


def test_each_picture_depends_on_its_own_seed_only(generator: Generator) -> None:
    text = "a tree in a meadow"
    alone = generator.pictures([text], [5], guidance=2.0)
    among = generator.pictures([text, text], [4, 5], guidance=2.0)
    torch.testing.assert_close(alone[0], among[1], atol=1e-3, rtol=1e-3)
    assert not torch.allclose(among[0], among[1], atol=0.1)


@torch.no_grad()
def test_words_are_told_apart_by_the_text_encoder(generator: Generator) -> None:
    red, blue = generator.context("red boat"), generator.context("blue boat")
    assert (red - blue).abs().max() > 0.1


@torch.no_grad()
def test_training_and_product_read_a_text_alike(generator: Generator) -> None:
    mine = denoiser.text_encoder().eval()
    mine.load_state_dict(generator.text.towers[0].network.state_dict())
    text = "a red house in the snow"
    trained = mine(input_ids=denoiser.tokenize([text])).last_hidden_state
    torch.testing.assert_close(trained, generator.context(text), atol=1e-4, rtol=1e-4)
