"""Text towers in files of their own, in both layouts, against transformers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from diffusion.errors import CheckpointError
from diffusion.text.clip import ClipConfig, encode, text_tower
from diffusion.text.towers import CLIP_G, CLIP_H, CLIP_L, layer_of
from diffusion.types import TextEncoder
from diffusion.weights.archive import Archive, Entry
from diffusion.weights.checkpoint import open_checkpoint
from diffusion.weights.text_encoder import KINDS, kind_of, open_text
from tests.factories.original_layout import below, openclip, original_clip
from tests.factories.relatives import TOLD, Oracles, sd2_oracles, sdxl_oracles, tiny_sd2, tiny_sdxl

PROMPT = "a small red house by the sea"


@pytest.fixture(scope="module")
def oracles() -> Oracles:
    return sdxl_oracles()


@pytest.fixture(scope="module")
def whole(oracles: Oracles, tmp_path_factory: pytest.TempPathFactory) -> TextEncoder:
    encoder = open_checkpoint(tiny_sdxl(tmp_path_factory.mktemp("xl") / "xl.safetensors", oracles)).text
    assert encoder is not None
    return encoder


def written(path: Path, weights: dict[str, Tensor], heads: int) -> Path:
    held = {key: tensor.detach().clone().contiguous() for key, tensor in weights.items()}
    save_file(held, path, {"heddle.config": json.dumps({"text_heads": heads})})
    return path


def transformers_layout(oracles: Oracles) -> dict[str, Tensor]:
    return dict(oracles.texts[1].state_dict())


@pytest.mark.parametrize("layout", ["transformers", "openclip", "openclip, wrapped"])
@pytest.mark.parametrize("turned", [False, True])
def test_two_files_in_any_order_are_the_text_encoder_of_sdxl(
    oracles: Oracles, whole: TextEncoder, tmp_path: Path, layout: str, turned: bool
) -> None:
    first = written(tmp_path / "clip_l.safetensors", original_clip(oracles.texts[0]), TOLD["text_heads"])
    weights = {
        "transformers": transformers_layout(oracles),
        "openclip": openclip(oracles.texts[1]),
        "openclip, wrapped": below("model.", openclip(oracles.texts[1])),
    }[layout]
    second = written(tmp_path / "clip_g.safetensors", weights, TOLD["text_2_heads"])
    paths = [second, first] if turned else [first, second]
    (found,), (expected,) = encode(open_text(paths), PROMPT), encode(whole, PROMPT)
    assert found.pooled is not None
    assert expected.pooled is not None
    torch.testing.assert_close(found.context, expected.context)
    torch.testing.assert_close(found.pooled, expected.pooled)


def test_a_tower_of_openclip_alone_is_read_as_stable_diffusion_2_does(tmp_path: Path) -> None:
    oracles = sd2_oracles()
    path = written(tmp_path / "clip_h.safetensors", openclip(oracles.texts[0]), 2)
    (found,) = encode(open_text([path]), PROMPT)
    (expected,) = encode(open_checkpoint(tiny_sd2(tmp_path / "sd2.safetensors", oracles)).text, PROMPT)
    torch.testing.assert_close(found.context, expected.context)


def test_clip_l_alone_is_read_as_stable_diffusion_1_does(oracles: Oracles, tmp_path: Path) -> None:
    weights = original_clip(oracles.texts[0]) | {"text_projection.weight": torch.zeros(32, 32)}
    encoder = open_text([written(tmp_path / "clip_l.safetensors", weights, 2)])
    (tower,) = encoder.towers
    assert (tower.name, tower.layer, tower.normed) == ("clip_l", -1, True)
    (cond,) = encode(encoder, PROMPT)
    assert cond.pooled is not None
    assert cond.pooled.abs().max() > 0


def test_the_published_towers_are_told_by_their_widths() -> None:
    assert {width: kind.name for width, kind in KINDS.items()} == {
        768: "clip_l",
        1024: "clip_h",
        1280: "clip_g",
    }
    assert [layer_of(kind, 24) for kind in (CLIP_L, CLIP_H, CLIP_G)] == [-1, -2, -2]
    assert layer_of(CLIP_H, 23) == -1  # diffusers stores no more than what is read


@pytest.mark.parametrize(("layers", "name"), [(12, "clip_l"), (24, "clip_h"), (32, "clip_g")])
def test_a_tower_of_another_width_is_told_by_its_depth(layers: int, name: str) -> None:
    config = ClipConfig(width=8, layers=layers, heads=1, hidden=8, vocabulary=9)
    weights = text_tower(config).state_dict()
    found = kind_of(
        Archive({key: Entry(Path(), key, tuple(w.shape), w.dtype) for key, w in weights.items()}), False
    )
    assert found.name == name


def test_two_towers_that_are_the_same_are_refused(oracles: Oracles, tmp_path: Path) -> None:
    table = torch.zeros(1, 768)
    weights = {"text_model.embeddings.token_embedding.weight": table}
    paths = [written(tmp_path / f"{name}.safetensors", weights, 1) for name in ("a", "b")]
    with pytest.raises(CheckpointError, match=r"SDXL reads clip_l and clip_g; .* are clip_l and clip_l"):
        open_text(paths)


def test_a_file_without_a_tower_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"layer.0.a": torch.zeros(1, 1)}, path)
    with pytest.raises(CheckpointError, match=r"x\.safetensors holds no text encoder"):
        open_text([path])
