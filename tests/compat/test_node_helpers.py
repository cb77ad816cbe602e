"""`node_helpers`: small things that many nodes of packs need."""

from __future__ import annotations

import hashlib
import io

import pytest
import torch
from PIL import Image, ImageFile

from compat import node_helpers


def test_conditionings_get_values_without_changing_the_old_ones() -> None:
    old = [["tokens", {"a": 1}]]
    new = node_helpers.conditioning_set_values(old, {"b": 2, "a": 3})
    assert new == [["tokens", {"a": 3, "b": 2}]]
    assert old == [["tokens", {"a": 1}]]


def test_lists_in_conditionings_may_grow() -> None:
    old = [["t", {"refs": [1]}], ["u", {}]]
    new = node_helpers.conditioning_set_values(old, {"refs": [2]}, append=True)
    assert new == [["t", {"refs": [1, 2]}], ["u", {"refs": [2]}]]
    assert old[0][1] == {"refs": [1]}


def test_a_picture_that_is_cut_short_is_read_as_far_as_it_goes() -> None:
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(buffer, "PNG")
    cut = Image.open(io.BytesIO(buffer.getvalue()[: len(buffer.getvalue()) // 2]))
    assert node_helpers.pillow(cut.convert, "RGB").size == (64, 64)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_what_is_no_picture_is_still_an_error() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        node_helpers.pillow(Image.open, io.BytesIO(b"text"))


def test_files_are_told_apart_by_sha256() -> None:
    assert node_helpers.hasher()(b"a").hexdigest() == hashlib.sha256(b"a").hexdigest()


def test_formats_have_short_names() -> None:
    assert node_helpers.string_to_torch_dtype("bf16") == torch.bfloat16
    assert node_helpers.string_to_torch_dtype("int3") is None


def test_two_pictures_get_as_many_channels() -> None:
    rgb, rgba = torch.rand(1, 2, 2, 3), torch.rand(2, 4, 4, 4)
    assert node_helpers.image_alpha_fix(rgb, rgba)[1].shape == (2, 4, 4, 3)
    fixed = node_helpers.image_alpha_fix(rgba, rgb)[1]
    assert fixed.shape == (1, 2, 2, 4)
    assert bool((fixed[..., 3] == 1).all())
    assert node_helpers.image_alpha_fix(rgb, rgb)[1] is rgb
