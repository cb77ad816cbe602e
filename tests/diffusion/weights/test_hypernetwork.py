"""Hypernetworks: their files, and what they do to keys and values."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from diffusion.errors import CheckpointError
from diffusion.networks.tweaks import Pass, Place
from diffusion.types import Model
from diffusion.weights.checkpoint import open_checkpoint
from diffusion.weights.hypernetwork import Hypernetwork, with_hypernetwork
from diffusion.weights.reach import reachable_modules
from tests.factories import tiny_sd1

WIDTH = 32
PLACE = Place(Pass(1.0, (4, 4)), "input", 1)


def rand(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def layers(seed: int, *, norm: bool = False) -> dict[str, Tensor]:
    """Two linear layers, twice as wide between; indices as a trainer's nn.Sequential has them."""
    found = {
        "linear.0.weight": rand(2 * WIDTH, WIDTH, seed=seed) / 8,
        "linear.0.bias": rand(2 * WIDTH, seed=seed),
        "linear.3.weight": rand(WIDTH, 2 * WIDTH, seed=seed + 1) / 8,
        "linear.3.bias": rand(WIDTH, seed=seed + 1),
    }
    if norm:
        found |= {"linear.2.weight": rand(2 * WIDTH, seed=seed + 2), "linear.2.bias": rand(2 * WIDTH, seed=9)}
    return found


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    opened = open_checkpoint(tiny_sd1(tmp_path_factory.mktemp("sd1") / "tiny.safetensors"))
    assert opened.model is not None
    return opened.model


def pickled(path: Path, **told: object) -> Path:
    content: dict[object, object] = {WIDTH: [layers(0), layers(10)], "name": "ink", "step": 1000}
    content.update(told)
    torch.save(content, path)
    return path


def tweak(model: Model, path: Path, strength: float = 1.0) -> Hypernetwork:
    found = with_hypernetwork(model, path, strength).tweaks[-1]
    assert isinstance(found, Hypernetwork)
    return found


def written_out(x: Tensor, stored: dict[str, Tensor], *, activate_output: bool) -> Tensor:
    h = F.relu(x @ stored["linear.0.weight"].T + stored["linear.0.bias"])
    if "linear.2.weight" in stored:
        h = F.layer_norm(h, h.shape[-1:], stored["linear.2.weight"], stored["linear.2.bias"])
    h = h @ stored["linear.3.weight"].T + stored["linear.3.bias"]
    return F.relu(h) if activate_output else h


@pytest.mark.parametrize("activate_output", [True, False])
@pytest.mark.parametrize("norm", [True, False])
def test_keys_and_values_are_made_from_changed_tokens(
    model: Model, tmp_path: Path, activate_output: bool, norm: bool
) -> None:
    pair = [layers(0, norm=norm), layers(10, norm=norm)]
    path = tmp_path / "ink.pt"
    torch.save({WIDTH: pair, "activation_func": "relu", "activate_output": activate_output}, path)
    x = rand(2, 7, WIDTH, seed=5)
    found = tweak(model, path, 0.6).sources(PLACE, x)
    for source, stored in zip(found, pair, strict=True):
        wanted = x + 0.6 * written_out(x, stored, activate_output=activate_output)
        torch.testing.assert_close(source, wanted, rtol=1e-4, atol=1e-4)


def test_tokens_of_another_width_pass(model: Model, tmp_path: Path) -> None:
    x = rand(1, 3, WIDTH + 1)
    keys, values = tweak(model, pickled(tmp_path / "ink.pt")).sources(PLACE, x)
    assert keys is x
    assert values is x


def test_safetensors_hold_the_same_by_flat_names(model: Model, tmp_path: Path) -> None:
    torch.save(
        {WIDTH: [layers(0), layers(10)], "activation_func": "swish", "activate_output": False},
        tmp_path / "a.pt",
    )
    flat = {
        f"{WIDTH}.{side}.{key}": tensor
        for side, seed in ((0, 0), (1, 10))
        for key, tensor in layers(seed).items()
    }
    save_file(flat, tmp_path / "a.safetensors", {"activation_func": "swish", "activate_output": "False"})
    x = rand(1, 3, WIDTH)
    first, second = (
        tweak(model, tmp_path / f"a.{suffix}").sources(PLACE, x) for suffix in ("pt", "safetensors")
    )
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(first, second, strict=True))


def test_the_oldest_files_name_layers_without_a_dot_and_have_no_activation(
    model: Model, tmp_path: Path
) -> None:
    old = [
        {
            key.replace("linear.0", "linear1").replace("linear.3", "linear2"): t
            for key, t in layers(seed).items()
        }
        for seed in (0, 10)
    ]
    torch.save({str(WIDTH): old}, tmp_path / "old.pt")
    x, stored = rand(1, 3, WIDTH), layers(0)
    keys, _ = tweak(model, tmp_path / "old.pt").sources(PLACE, x)
    h = x @ stored["linear.0.weight"].T + stored["linear.0.bias"]
    torch.testing.assert_close(keys, x + h @ stored["linear.3.weight"].T + stored["linear.3.bias"])


def test_the_network_meets_it_and_a_lease_brings_its_weights(model: Model, tmp_path: Path) -> None:
    changed = with_hypernetwork(model, pickled(tmp_path / "ink.pt", activation_func="relu"), 1.0)
    assert len(reachable_modules(changed)) == 3
    x, t, context = rand(1, 4, 8, 8), torch.tensor([500.0]), rand(1, 77, WIDTH)
    way = Pass(1.0, (8, 8))
    plain = model.network(x, t, context)
    assert not torch.allclose(changed.network(x, t, context, tweaks=changed.tweaks, way=way), plain)
    none = with_hypernetwork(model, tmp_path / "ink.pt", 0.0)
    torch.testing.assert_close(none.network(x, t, context, tweaks=none.tweaks, way=way), plain)


def test_other_files_and_unknown_activations_are_refused(model: Model, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="not a hypernetwork"):
        with_hypernetwork(model, tiny_sd1(tmp_path / "tiny.safetensors"), 1.0)
    with pytest.raises(CheckpointError, match="wants the activation 'cubic'; known are linear, "):
        with_hypernetwork(model, pickled(tmp_path / "b.pt", activation_func="cubic"), 1.0)
    torch.save({WIDTH: [{"other": torch.zeros(2)}, {}]}, tmp_path / "c.pt")
    with pytest.raises(CheckpointError, match="without layers: other"):
        with_hypernetwork(model, tmp_path / "c.pt", 1.0)
