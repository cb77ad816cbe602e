"""Upscale models: files of spandrel's architectures, run whole and in tiles."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

from diffusion.errors import CheckpointError, PartMissing
from diffusion.vision.architectures import load_spandrel, normalize, rotate
from diffusion.vision.upscaling import SMALLEST_TILE, UpscaleModel, open_upscale_model, upscale
from diffusion.weights import thrift
from diffusion.weights.reach import reachable_modules


def compact_weights(scale: int = 2, channels: int = 3) -> dict[str, Tensor]:
    """A tiny Real-ESRGAN "Compact" (SRVGGNet), written as its training writes it: 3 convolutions."""
    torch.manual_seed(0)
    layers: dict[str, nn.Module] = {
        "body.0": nn.Conv2d(channels, 8, 3),
        "body.1": nn.PReLU(8),
        "body.2": nn.Conv2d(8, 8, 3),
        "body.3": nn.PReLU(8),
        "body.4": nn.Conv2d(8, channels * scale**2, 3),
    }
    return {
        f"{name}.{key}": tensor
        for name, layer in layers.items()
        for key, tensor in layer.state_dict().items()
    }


def by_hand(weights: dict[str, Tensor], image: Tensor, scale: int) -> Tensor:
    """What the paper's network makes of a picture."""
    x = image.movedim(-1, 1)
    features = x
    for index in (0, 2, 4):
        features = F.conv2d(
            features, weights[f"body.{index}.weight"], weights[f"body.{index}.bias"], padding=1
        )
        if index < 4:
            features = F.prelu(features, weights[f"body.{index + 1}.weight"])
    out = F.pixel_shuffle(features, scale) + F.interpolate(x, scale_factor=scale, mode="nearest")
    return out.clamp(0, 1).movedim(1, -1)


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "x2.safetensors"
    save_file(compact_weights(), path)
    return path


@pytest.fixture(scope="module")
def model(model_file: Path) -> UpscaleModel:
    return open_upscale_model(model_file)


def picture(height: int, width: int, batch: int = 1) -> Tensor:
    return torch.rand(batch, height, width, 3, generator=torch.Generator().manual_seed(2))


def test_a_model_is_told_by_its_weights_and_enlarges(model: UpscaleModel) -> None:
    assert (model.scale, model.channels, model.whole) == (2, 3, False)
    image = picture(20, 30)
    large = upscale(model, image)
    assert large.shape == (1, 40, 60, 3)
    torch.testing.assert_close(large, by_hand(compact_weights(), image, 2), atol=1e-5, rtol=0)
    assert not large.is_inference()


def test_tiles_give_the_same_picture_and_tell_how_many_are_done(model: UpscaleModel) -> None:
    image = picture(150, 100, batch=2)
    told: list[tuple[int, int]] = []
    tiled = upscale(model, image, lambda done, total: told.append((done, total)), tile=64)
    torch.testing.assert_close(tiled, upscale(model, image), atol=1e-5, rtol=0)
    assert told == [(index + 1, len(told)) for index in range(len(told))]
    assert len(told) == 2 * 4 * 3


@pytest.mark.parametrize("wrap", [lambda w: w, lambda w: {"params_ema": w}, lambda w: {"params": w}])
def test_a_pickle_is_read_without_running_code(
    tmp_path: Path, wrap: Callable[[dict[str, Tensor]], dict[str, object]]
) -> None:
    path = tmp_path / "x4.pth"
    torch.save(wrap(compact_weights(4)), path)
    assert upscale(open_upscale_model(path), picture(8, 8)).shape == (1, 32, 32, 3)


def test_a_pickle_with_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.pth"
    torch.save({"params": compact_weights(), "hook": subprocess.run}, path)
    with pytest.raises(CheckpointError, match=r"evil\.pth cannot be read without running code"):
        open_upscale_model(path)


def test_what_is_no_upscale_model_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "lora.safetensors"
    save_file({"lora_up.weight": torch.ones(2, 2)}, path)
    with pytest.raises(CheckpointError, match=r"lora\.safetensors holds no upscale model"):
        open_upscale_model(path)
    short = compact_weights()
    del short["body.2.bias"]
    save_file(short, path)
    with pytest.raises(CheckpointError, match=r"lora\.safetensors do not fit together.*body\.2\.bias"):
        open_upscale_model(path)
    with pytest.raises(PartMissing, match="models/upscale_models"):
        upscale(None, picture(8, 8))


def test_grey_pictures_and_alpha_go_through_a_model_for_colours(model: UpscaleModel) -> None:
    grey = picture(8, 8)[..., :1]
    large = upscale(model, grey)
    assert large.shape == (1, 16, 16, 3)
    opaque = torch.cat([grey.expand(-1, -1, -1, 3), torch.zeros(1, 8, 8, 1)], dim=-1)
    torch.testing.assert_close(upscale(model, opaque), large, atol=1e-5, rtol=0)


def test_a_model_for_grey_gives_grey_as_colours(tmp_path: Path) -> None:
    path = tmp_path / "grey.safetensors"
    save_file(compact_weights(2, channels=1), path)
    large = upscale(open_upscale_model(path), picture(8, 8))
    assert large.shape == (1, 16, 16, 3)
    assert torch.equal(large[..., 0], large[..., 2])


def test_a_lease_finds_the_network(model: UpscaleModel) -> None:
    assert reachable_modules((model,)) == (model.network,)


def full_above(model: UpscaleModel, side: int, sizes: list[int]) -> UpscaleModel:
    """A device whose memory ends where a tile is larger."""

    def run(piece: Tensor) -> Tensor:
        sizes.append(max(piece.shape[-2:]))
        if sizes[-1] > side:
            raise torch.OutOfMemoryError("full")
        return model.run(piece)

    return replace(model, run=run)


def test_tiles_are_halved_until_they_fit_and_stay_so(model: UpscaleModel) -> None:
    sizes: list[int] = []
    image = picture(200, 100, batch=2)
    large = upscale(full_above(model, 128, sizes), image)
    torch.testing.assert_close(large, upscale(model, image), atol=1e-5, rtol=0)
    assert sizes[0] == 200
    assert max(sizes[1:]) == 96


def test_the_smallest_tiles_are_the_last_attempt(model: UpscaleModel) -> None:
    sizes: list[int] = []
    with pytest.raises(torch.OutOfMemoryError):
        upscale(full_above(model, 1, sizes), picture(300, 300))
    assert sizes == [300, 128, SMALLEST_TILE]


def test_idle_weights_leave_before_tiles_shrink(model: UpscaleModel) -> None:
    rooms = [True, False]
    sizes: list[int] = []
    with thrift.spared(thrift.Thrift(make_room=lambda: rooms.pop(0))):
        upscale(full_above(model, 128, sizes), picture(200, 100))
    assert sizes[:3] == [200, 200, 96]


def test_what_is_lent_for_torchvision_is_gone_afterwards() -> None:
    code = (
        "import sys\n"
        "from diffusion.vision.architectures import has_torchvision, load_spandrel\n"
        "package = load_spandrel()\n"
        "assert package is load_spandrel()\n"
        "assert has_torchvision() or 'torchvision' not in sys.modules\n"
        "from transformers.utils import is_torchvision_available\n"
        "import importlib.util\n"
        "assert is_torchvision_available() == (importlib.util.find_spec('torchvision') is not None)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_normalizing_is_what_torchvision_does() -> None:
    x = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    ours = normalize(x, [0.5, 0.4, 0.3], [0.5, 0.25, 0.2])
    torch.testing.assert_close(ours[1, 1], (x[1, 1] - 0.4) / 0.25)
    with pytest.raises(PartMissing, match="torchvision"):
        rotate(x, 3.0)


def test_dozens_of_architectures_are_known() -> None:
    names = {entry.architecture.id for entry in load_spandrel().MAIN_REGISTRY.architectures("detection")}
    assert {"ESRGAN", "Compact", "SwinIR", "HAT", "DAT", "SPAN", "GFPGAN"} <= names
