"""PhotoMaker: whose pictures become which word, against the same sums written out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.control.photomaker import PersonMaker, encode_person, open_photomaker
from diffusion.errors import CheckpointError, DiffusionError
from diffusion.networks.photomaker import PhotoMaker, PhotoMakerConfig
from diffusion.text.clip import encode, text_tower
from diffusion.text.embeddings import no_embeddings
from diffusion.text.tokenizer import clip_tokenizer
from diffusion.types import TextEncoder, TextTower
from diffusion.vision.clip_vision import CLIP_MEAN, CLIP_STD, preprocess
from diffusion.vision.image_encoder import EncoderConfig
from diffusion.weights.patched import Weights
from tests.diffusion.control.oracles import close, enlivened, saved
from tests.factories.checkpoints import TEXT

SIZES = PhotoMakerConfig(EncoderConfig("clip", 64, 2, 1, 32, 4, 8, 20, "quick_gelu"), second=12)
FACES = torch.rand(2, 8, 8, 3, generator=torch.Generator().manual_seed(5))


def network() -> PhotoMaker:
    torch.manual_seed(2)
    return enlivened(PhotoMaker(SIZES).eval().requires_grad_(False))


def encoder() -> TextEncoder:
    torch.manual_seed(3)
    tower = enlivened(text_tower(TEXT).requires_grad_(False))
    return TextEncoder((TextTower("clip_l", Weights(tower), clip_tokenizer()),), no_embeddings)


def context(text: str) -> Tensor:
    return encode(encoder(), text)[0].context


def mlp(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    """Norm, linear, GELU, linear by their keys."""
    x = F.layer_norm(x, x.shape[-1:], weights[f"{name}.layernorm.weight"], weights[f"{name}.layernorm.bias"])
    x = F.gelu(x @ weights[f"{name}.fc1.weight"].T + weights[f"{name}.fc1.bias"])
    return x @ weights[f"{name}.fc2.weight"].T + weights[f"{name}.fc2.bias"]


def written_out(maker: PhotoMaker, word: Tensor, face: Tensor) -> Tensor:
    """The word (1, 32) fused with a face (1, 8, 8, 3)."""
    weights = maker.state_dict()
    pooled = maker.vision_model(preprocess(face, 8, CLIP_MEAN, CLIP_STD, "center")).pooler_output
    person = torch.cat([pooled @ weights[f"visual_projection{n}.weight"].T for n in ("", "_2")], -1)
    x = word + mlp(weights, "fuse_module.mlp1", torch.cat([word, person], -1))
    x = x + mlp(weights, "fuse_module.mlp2", x)
    norm = (weights["fuse_module.layer_norm.weight"], weights["fuse_module.layer_norm.bias"])
    return F.layer_norm(x, x.shape[-1:], *norm)


@torch.no_grad()
def test_the_word_before_the_trigger_is_the_person() -> None:
    maker, plain = network(), context("photo of a man smiling")
    found = encode_person(PersonMaker(maker), encoder(), FACES[:1], "photo of a man photomaker smiling")[
        0
    ].context
    others = [index for index in range(77) if index != 4]  # start, photo, of, a, man
    close(found[:, others], plain[:, others])
    close(found[:, 4], written_out(maker, plain[:, 4], FACES[:1]))


@torch.no_grad()
def test_each_picture_has_a_word_of_its_own() -> None:
    maker, plain = network(), context("a man man smiling")
    found = encode_person(PersonMaker(maker), encoder(), FACES, "a man photomaker smiling")[0].context
    for place, face in ((2, FACES[:1]), (3, FACES[1:])):
        close(found[:, place], written_out(maker, plain[:, place], face))


@torch.no_grad()
def test_of_a_word_of_several_tokens_it_is_the_last() -> None:
    word = "heddlesmith"
    plain = context(f"a {word}")
    pieces = clip_tokenizer().ids(word)
    assert len(pieces) > 1
    found = encode_person(PersonMaker(network()), encoder(), FACES[:1], f"a {word} photomaker")[0].context
    changed = [index for index in range(77) if not torch.equal(found[0, index], plain[0, index])]
    assert changed == [1 + len(pieces)]


def test_without_the_trigger_it_is_any_prompt() -> None:
    found = encode_person(PersonMaker(network()), encoder(), FACES, "a man smiling")
    assert torch.equal(found[0].context, context("a man smiling"))


def test_a_trigger_behind_nothing_is_an_error() -> None:
    with pytest.raises(DiffusionError, match='begins with "photomaker": write it behind the word'):
        encode_person(PersonMaker(network()), encoder(), FACES, "photomaker smiling")


def test_a_text_encoder_of_another_family_is_refused() -> None:
    torch.manual_seed(2)
    wide = PhotoMaker(PhotoMakerConfig(SIZES.encoder, second=20)).eval()
    with pytest.raises(DiffusionError, match=r"words of width 40, the text encoder's have 32: .* SDXL"):
        encode_person(PersonMaker(wide), encoder(), FACES, "a man photomaker")


@pytest.mark.parametrize("suffix", [".safetensors", ".bin"])
def test_it_is_read_from_files_with_or_without_its_lora(suffix: str, tmp_path: Path) -> None:
    weights = network().state_dict()
    path = tmp_path / f"photomaker{suffix}"
    if suffix == ".bin":
        torch.save({"id_encoder": weights, "lora_weights": {"down": torch.zeros(2, 2)}}, path)
    else:
        saved({f"id_encoder.{key}": value for key, value in weights.items()}, path)
    opened = open_photomaker(path).network.state_dict()
    assert all(torch.equal(value, opened[key]) for key, value in weights.items())


def test_the_second_version_and_other_files_are_refused(tmp_path: Path) -> None:
    weights = {f"id_encoder.{key}": value for key, value in network().state_dict().items()}
    second = weights | {"id_encoder.qformer_perceiver.token_norm.weight": torch.zeros(2)}
    with pytest.raises(
        CheckpointError, match="PhotoMaker v2, which needs embeddings of faces by insightface"
    ):
        open_photomaker(saved(second, tmp_path / "second.safetensors"))
    with pytest.raises(CheckpointError, match=r"other\.safetensors holds no PhotoMaker"):
        open_photomaker(saved({"some.weight": torch.zeros(2, 2)}, tmp_path / "other.safetensors"))
