"""Style models against torch's own layers, and what weighs their tokens against a longer softmax."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

from diffusion.control.style import StyleModel, TokenBias, open_style_model, styled
from diffusion.errors import CheckpointError, DiffusionError
from diffusion.networks.layers import attend
from diffusion.networks.style import Redux, StyleAdapter, StyleConfig
from diffusion.networks.tweaks import Pass, Place
from diffusion.types import Cond
from diffusion.vision.clip_vision import ClipVisionOutput
from tests.diffusion.control.oracles import close, enlivened

CONFIG = StyleConfig(width=16, context_width=6, layers=2, tokens=3, heads=8)
CROSS = Place(Pass(1.0, (4, 4)), "input", 1, kind="cross", size=(4, 4), heads=2)


def adapter() -> StyleAdapter:
    torch.manual_seed(0)
    return enlivened(StyleAdapter(CONFIG).eval().requires_grad_(False))


def seen(width: int = 16) -> ClipVisionOutput:
    torch.manual_seed(1)
    return ClipVisionOutput(torch.randn(1, 4), torch.randn(1, 5, width), torch.randn(1, 5, width))


def by_torch(network: StyleAdapter, x: Tensor) -> Tensor:
    """The same with torch's attention, tokens first, as the paper's authors wrote it."""
    weights = network.state_dict()
    x = torch.cat([x, network.style_embedding.expand(len(x), -1, -1)], 1)
    x = F.layer_norm(x, (16,), weights["ln_pre.weight"], weights["ln_pre.bias"]).transpose(0, 1)
    for layer in network.transformer_layes:
        attention = nn.MultiheadAttention(16, 8)
        attention.load_state_dict(layer.attn.state_dict())
        h = layer.ln_1(x)
        x = x + attention(h, h, h, need_weights=False)[0]
        h = layer.mlp.c_fc(layer.ln_2(x))
        x = x + layer.mlp.c_proj(h * torch.sigmoid(1.702 * h))
    x = x.transpose(0, 1)[:, -CONFIG.tokens :]
    return network.ln_post(x) @ network.proj


@torch.no_grad()
def test_a_style_adapter_gives_its_tokens() -> None:
    network, x = adapter(), seen().last_hidden_state
    close(network(x), by_torch(network, x))


def test_a_file_gives_the_same_network(tmp_path: Path) -> None:
    network = adapter()
    path = tmp_path / "style.safetensors"
    save_file(network.state_dict(), path)
    opened = open_style_model(path).network
    assert isinstance(opened, StyleAdapter)
    assert opened.config == CONFIG
    assert all(torch.equal(value, opened.state_dict()[key]) for key, value in network.state_dict().items())


def test_redux_gives_a_token_for_each_token(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Redux(16, 20, 6).requires_grad_(False)
    path = tmp_path / "redux.safetensors"
    save_file(network.state_dict(), path)
    context = styled((Cond(torch.zeros(1, 7, 6)),), open_style_model(path), seen())[0].context
    assert torch.equal(context[:, :7], torch.zeros(1, 7, 6))
    weights, x = network.state_dict(), seen().last_hidden_state
    hidden = F.silu(x @ weights["redux_up.weight"].T + weights["redux_up.bias"])
    close(context[:, 7:], hidden @ weights["redux_down.weight"].T + weights["redux_down.bias"])


def test_its_tokens_stand_behind_the_prompts_times_the_strength() -> None:
    model, prompt = StyleModel(adapter()), Cond(torch.ones(1, 7, 6))
    whole, half = (styled((prompt,), model, seen(), strength)[0] for strength in (1.0, 0.5))
    assert whole.context.shape == (1, 10, 6)
    assert torch.equal(whole.context[:, :7], prompt.context)
    close(half.context[:, 7:], whole.context[:, 7:] / 2)
    assert half.tweaks == ()


@pytest.mark.parametrize("repeats", [1, 3])
def test_attention_to_its_tokens_is_weighed_by_the_strength(repeats: int) -> None:
    torch.manual_seed(2)
    q, k, v = torch.randn(2, 16, 8), torch.randn(2, 10, 8), torch.randn(2, 10, 8)
    (tweak,) = styled((Cond(torch.ones(1, 7, 6)),), StyleModel(adapter()), seen(), 2.0, "attn_bias")[0].tweaks
    rows = [tensor.repeat(1, repeats, 1) for tensor in (k, v)]
    found = tweak.attend(CROSS, q, *rows, lambda q, k, v: attend(q, k, v, 2))
    twice = [
        torch.cat([tensor, tensor[:, 7:]], 1) for tensor in (k, v)
    ]  # as if each of them were there twice
    close(found, attend(q, *twice, 2))


def test_at_strength_0_its_tokens_are_not_read_and_at_1_nothing_steps_in() -> None:
    q, k, v = torch.randn(1, 4, 8), torch.randn(1, 10, 8), torch.randn(1, 10, 8)
    model, prompt = StyleModel(adapter()), Cond(torch.ones(1, 7, 6))
    (tweak,) = styled((prompt,), model, seen(), 0.0, "attn_bias")[0].tweaks
    assert isinstance(tweak, TokenBias)
    assert tweak.bias == -math.inf
    close(tweak.attend(CROSS, q, k, v, lambda *_: q), attend(q, k[:, :7], v[:, :7], 2))
    assert styled((prompt,), model, seen(), 1.0, "attn_bias")[0].tweaks == ()


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DiffusionError, match="reads 16 numbers for each token of an image encoder, this one gives 9"
    ):
        styled((Cond(torch.ones(1, 7, 6)),), StyleModel(adapter()), seen(9))
    with pytest.raises(DiffusionError, match="tokens of width 6, the prompt's have 5"):
        styled((Cond(torch.ones(1, 7, 5)),), StyleModel(adapter()), seen())
    save_file({"some.weight": torch.zeros(2, 2)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match=r"other\.safetensors holds no style model"):
        open_style_model(tmp_path / "other.safetensors")
