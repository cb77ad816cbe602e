"""Depth maps of tiny models, held against transformers' own way from picture to depth."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AutoImageProcessor, AutoModelForDepthEstimation

from diffusion.errors import CheckpointError, PartMissing
from diffusion.vision.depth import depth, open_depth_model, spread
from diffusion.weights.reach import reachable_modules
from tests.diffusion.vision import models


def picture(height: int = 50, width: int = 70, batch: int = 1) -> Tensor:
    bytes_ = torch.randint(0, 256, (batch, height, width, 3), generator=torch.Generator().manual_seed(3))
    return bytes_ / 255


def by_transformers(folder: Path, image: Tensor) -> Tensor:
    """(H, W) as the model's own post-processing gives it."""
    processor = AutoImageProcessor.from_pretrained(folder)
    network = AutoModelForDepthEstimation.from_pretrained(folder).eval()
    inputs = processor(images=(image[0] * 255).round().to(torch.uint8).numpy(), return_tensors="pt")
    with torch.no_grad():
        outputs = network(**inputs)
    size = tuple(image.shape[1:3])
    found: Tensor = processor.post_process_depth_estimation(outputs, target_sizes=[size])[0][
        "predicted_depth"
    ]
    return found.squeeze()


@pytest.mark.parametrize("build", [models.dpt, models.depth_anything])
def test_nearness_is_what_transformers_tells(tmp_path: Path, build: Callable[[Path], Path]) -> None:
    folder, image = build(tmp_path / "model"), picture()
    found = depth(open_depth_model(folder), image)
    assert found.shape == (1, 50, 70, 3)
    torch.testing.assert_close(found[0, :, :, 0], spread(by_transformers(folder, image)), atol=1e-5, rtol=0)
    assert (found.min(), found.max()) == (0, 1)


def test_metres_are_turned_so_that_near_is_white(tmp_path: Path) -> None:
    folder, image = models.glpn(tmp_path / "model"), picture()
    metres = by_transformers(folder, image)
    found = depth(open_depth_model(folder), image)[0, :, :, 0]
    torch.testing.assert_close(found, spread(1 / metres.clamp(min=1e-3)), atol=1e-5, rtol=0)
    assert found.flatten()[metres.argmin()] == 1


def test_a_depth_anything_of_metres_is_turned_too(tmp_path: Path) -> None:
    folder, image = models.depth_anything(tmp_path / "model", metric=True), picture()
    metres = by_transformers(folder, image)
    found = depth(open_depth_model(folder), image)[0, :, :, 0]
    assert found.flatten()[metres.argmin()] == 1
    assert found.flatten()[metres.argmax()] == 0


def test_the_border_that_zoedepth_adds_is_cut_off_again(tmp_path: Path) -> None:
    model, image = open_depth_model(models.zoedepth(tmp_path / "model")), picture(64, 48)
    bytes_ = (image[0] * 255).round().to(torch.uint8).numpy()
    with torch.no_grad():
        metres = model.network(**model.processor(images=bytes_, return_tensors="pt")).predicted_depth
    bordered = F.interpolate(metres[None], size=(64 + 2 * 16, 48 + 2 * 14), mode="bicubic")[0, 0]
    found = depth(model, image)[0, :, :, 0]
    torch.testing.assert_close(found, spread(1 / bordered[16:-16, 14:-14].clamp(min=1e-3)), atol=1e-5, rtol=0)


def test_pictures_of_a_batch_do_not_change_each_other(tmp_path: Path) -> None:
    model, image = open_depth_model(models.dpt(tmp_path / "model")), picture(batch=2)
    both = depth(model, image)
    assert torch.equal(both, torch.cat([depth(model, image[:1]), depth(model, image[1:])]))
    assert reachable_modules((model,)) == (model.network,)


def test_a_flat_depth_is_black() -> None:
    assert torch.equal(spread(torch.full((2, 2), 5.0)), torch.zeros(2, 2))


def test_what_lacks_in_a_folder_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "half"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    with pytest.raises(
        CheckpointError, match=r"half .*preprocessor_config\.json and model\.safetensors must be"
    ):
        open_depth_model(folder)
    with pytest.raises(PartMissing, match="models/depth"):
        depth(None, picture())


def test_a_folder_of_another_task_and_a_damaged_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read as a depth model"):
        open_depth_model(models.yolos(tmp_path / "yolos"))
    damaged = models.dpt(tmp_path / "damaged")
    (damaged / "model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0not json at all!")
    with pytest.raises(CheckpointError, match="damaged cannot be read"):
        open_depth_model(damaged)


def test_weights_that_lack_are_not_made_up(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = models.dpt(tmp_path / "short")
    state = load_file(folder / "model.safetensors")
    del state["head.head.0.weight"]
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"short lacks 1 keys: head\.head\.0\.weight"):
        open_depth_model(folder)
