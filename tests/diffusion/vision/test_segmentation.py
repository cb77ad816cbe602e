"""Segments of tiny models, held against transformers' own post-processing, in ADE20K's colours."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import (
    AutoImageProcessor,
    AutoModelForSemanticSegmentation,
    AutoModelForUniversalSegmentation,
)

from diffusion.errors import CheckpointError, PartMissing
from diffusion.vision.palette import ADE20K
from diffusion.vision.segmentation import open_segmentation_model, painted, segments
from tests.diffusion.vision import models


def picture(batch: int = 1) -> Tensor:
    """Four fields of different colours and grain."""
    bytes_ = torch.randint(0, 64, (batch, 40, 56, 3), generator=torch.Generator().manual_seed(3))
    bytes_[:, :20, :28, 0] += 190
    bytes_[:, 20:, :28, 1] += 190
    bytes_[:, :20, 28:] = 255
    return bytes_ / 255


@pytest.mark.parametrize("build", [models.segformer, models.upernet, models.mask2former])
def test_each_pixel_has_the_colour_of_the_class_that_transformers_tells(
    tmp_path: Path, build: Callable[[Path], Path]
) -> None:
    folder, image = build(tmp_path / "model"), picture()
    universal = build is models.mask2former
    kind = AutoModelForUniversalSegmentation if universal else AutoModelForSemanticSegmentation
    processor, network = AutoImageProcessor.from_pretrained(folder), kind.from_pretrained(folder).eval()
    inputs = processor(images=(image[0] * 255).round().to(torch.uint8).numpy(), return_tensors="pt")
    with torch.no_grad():
        outputs = network(**inputs)
    numbers = processor.post_process_semantic_segmentation(outputs, target_sizes=[(40, 56)])[0]
    found = segments(open_segmentation_model(folder), image)
    assert found.shape == (1, 40, 56, 3)
    assert torch.equal(found[0], torch.tensor(ADE20K)[numbers] / 255)
    assert universal or len(numbers.unique()) > 1


def test_the_palette_has_150_colours_of_which_the_first_are_wall_building_sky() -> None:
    assert len(ADE20K) == 150
    assert ADE20K[:3] == ((120, 120, 120), (180, 120, 120), (6, 230, 230))
    assert ADE20K[12] == (150, 5, 61)  # person
    assert ADE20K[-1] == (92, 0, 255)
    assert len(set(ADE20K)) == 149  # bed's grey is published twice


def test_what_has_no_class_is_black_and_higher_numbers_begin_again() -> None:
    colours = painted(torch.tensor([[[-1, 0, 150, 151]]]))[0, 0]
    assert torch.equal(colours[0], torch.zeros(3))
    assert torch.equal(colours[1], colours[2])
    assert torch.equal(colours[3], torch.tensor(ADE20K[1]) / 255)


def test_a_folder_of_another_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is a 'yolos', which is no segmentation model"):
        open_segmentation_model(models.yolos(tmp_path / "yolos"))
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "config.json").write_text('{"model_type": "unheard-of"}')
    with pytest.raises(CheckpointError, match=r"odd/config\.json is of no known model"):
        open_segmentation_model(tmp_path / "odd")
    with pytest.raises(PartMissing, match="models/segmentation"):
        segments(None, picture())
