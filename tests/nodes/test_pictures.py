"""Picture files: what is read, what is refused, and what a written one carries."""

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from nodes.errors import PictureError
from nodes.pictures import check_finite, encode_png, read_channel, read_image, read_mask, write_whole

PIXELS = np.random.default_rng(3).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def saved(folder: Path, name: str, picture: Pillow.Image, **options: object) -> Path:
    path = folder / name
    picture.save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm"])
def test_lossless_formats_give_their_pixels_exactly(tmp_path: Path, suffix: str) -> None:
    image = read_image(saved(tmp_path, f"a.{suffix}", Pillow.fromarray(PIXELS)))
    assert image.shape == (1, 5, 7, 3)
    assert image.dtype == torch.float32
    assert np.array_equal((image[0].numpy() * 255).round().astype(np.uint8), PIXELS)


@pytest.mark.parametrize("suffix", ["jpg", "webp", "gif"])
def test_lossy_formats_give_nearly_their_pixels(tmp_path: Path, suffix: str) -> None:
    plain = np.full((16, 16, 3), (200, 100, 50), dtype=np.uint8)
    image = read_image(saved(tmp_path, f"a.{suffix}", Pillow.fromarray(plain)))
    assert np.abs(image[0].numpy() * 255 - plain).max() < 5


def test_the_mask_is_what_is_transparent_and_the_colour_below_is_kept(tmp_path: Path) -> None:
    alpha = np.full((5, 7, 1), 255, dtype=np.uint8)
    alpha[1, 2], alpha[3, 3] = 0, 51
    path = saved(tmp_path, "a.png", Pillow.fromarray(np.concatenate([PIXELS, alpha], axis=-1)))
    mask = read_mask(path)
    assert mask.shape == (1, 5, 7)
    assert mask[0, 1, 2] == 1.0
    assert mask[0, 3, 3] == pytest.approx(0.8)
    assert mask.sum() == pytest.approx(1.8)
    assert np.array_equal((read_image(path)[0].numpy() * 255).round(), PIXELS)


def test_a_picture_without_alpha_has_an_empty_mask_of_64_by_64(tmp_path: Path) -> None:
    assert torch.equal(read_mask(saved(tmp_path, "a.png", Pillow.fromarray(PIXELS))), torch.zeros(1, 64, 64))


def test_a_transparent_colour_of_a_palette_counts_as_alpha(tmp_path: Path) -> None:
    palette = Pillow.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.putpixel((1, 0), 1)
    mask = read_mask(saved(tmp_path, "a.png", palette, transparency=1))
    assert mask[0, 0].tolist() == [0.0, 1.0]


def test_a_photograph_is_turned_upright(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # shown turned a quarter clockwise
    image = read_image(saved(tmp_path, "a.png", Pillow.fromarray(PIXELS), exif=exif))
    assert image.shape == (1, 7, 5, 3)
    assert np.array_equal((image[0].numpy() * 255).round(), np.rot90(PIXELS, -1))


def test_frames_become_a_batch(tmp_path: Path) -> None:
    shades = [Pillow.new("RGB", (4, 3), (shade, 0, 0)) for shade in (0, 100, 200)]
    path = saved(tmp_path, "a.webp", shades[0], save_all=True, append_images=shades[1:], lossless=True)
    image = read_image(path)
    assert image.shape == (3, 3, 4, 3)
    assert (image[:, 0, 0, 0] * 255).round().tolist() == [0, 100, 200]


def test_pages_of_another_size_are_left_out(tmp_path: Path) -> None:
    pages = [Pillow.new("L", size, 255) for size in ((4, 4), (2, 2), (4, 4))]
    path = saved(tmp_path, "a.tiff", pages[0], save_all=True, append_images=pages[1:])
    assert read_image(path).shape == (2, 4, 4, 3)


def test_sixteen_bit_grey_keeps_its_fine_steps(tmp_path: Path) -> None:
    deep = np.array([[0, 1000, 1001, 65535]], dtype=np.uint16)
    image = read_image(saved(tmp_path, "a.png", Pillow.fromarray(deep)))
    assert torch.allclose(image[0, 0, :, 1], torch.tensor([0, 1000, 1001, 65535]) / 65535)
    assert torch.equal(read_mask(tmp_path / "a.png"), torch.zeros(1, 64, 64))


def test_a_channel_is_read_alone(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png", Pillow.fromarray(PIXELS))
    for index, name in enumerate(("red", "green", "blue")):
        assert np.array_equal((read_channel(path, name)[0].numpy() * 255).round(), PIXELS[..., index])


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG that promises many pixels and holds almost none."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("side", [9_100, 9_600, 60_000])  # beyond our limit, Pillow's warning, Pillow's error
def test_a_pixel_bomb_is_refused_by_its_header(tmp_path: Path, side: int) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(side, side))
    with pytest.raises(PictureError, match=r"bomb\.png is too large"):
        read_image(path)


def test_many_frames_count_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shades = [Pillow.new("L", (10, 10), shade * 20) for shade in range(11)]
    path = saved(tmp_path, "a.gif", shades[0], save_all=True, append_images=shades[1:])
    monkeypatch.setattr("nodes.pictures.MAX_FILE_PIXELS", 1_100)
    assert read_image(path).shape == (11, 10, 10, 3)
    monkeypatch.setattr("nodes.pictures.MAX_FILE_PIXELS", 1_099)
    with pytest.raises(PictureError, match=r"too large: 10 x 10 pixels, 11 frame"):
        read_image(path)


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    whole = saved(tmp_path, "a.png", Pillow.fromarray(np.tile(PIXELS, (20, 20, 1)))).read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PictureError, match=r"half\.png is damaged or cut short"):
        read_image(tmp_path / "half.png")


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", b"\0" * 64]
)
def test_what_is_no_picture_is_refused_whatever_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "fake.png"
    path.write_bytes(content)
    with pytest.raises(PictureError, match=r"fake\.png is not a picture of a known format"):
        read_image(path)


def test_a_format_off_the_list_is_refused_under_a_good_name(tmp_path: Path) -> None:
    Pillow.fromarray(PIXELS).save(tmp_path / "a.png", "ICO", sizes=[(5, 5)])
    with pytest.raises(PictureError, match="known format"):
        read_image(tmp_path / "a.png")


def test_a_written_png_carries_its_texts_as_ascii() -> None:
    data = encode_png(torch.rand(4, 6, 3), {"prompt": {"6": "ein Häuschen 🏠"}, "workflow": {"nodes": []}})
    with Pillow.open(io.BytesIO(data)) as picture:
        texts = dict(picture.text)  # type: ignore[attr-defined]
    assert json.loads(texts["prompt"]) == {"6": "ein Häuschen 🏠"}
    assert json.loads(texts["workflow"]) == {"nodes": []}
    assert texts["prompt"].isascii()
    assert data.count(b"tEXt") == 2
    assert b"iTXt" not in data


def test_a_written_png_is_compressed() -> None:
    assert len(encode_png(torch.zeros(64, 64, 3), {})) < 1_000


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pixels_survive_writing_and_reading(tmp_path: Path, channels: int) -> None:
    values = torch.arange(256.0).repeat(channels, 1).mT.reshape(16, 16, channels) / 255
    write_whole(tmp_path / "a.png", encode_png(values, {}))
    with Pillow.open(tmp_path / "a.png") as picture:
        read = np.asarray(picture).reshape(16, 16, channels)
    assert np.array_equal(read, (values * 255).round().numpy())


def test_values_out_of_range_are_held_not_wrapped() -> None:
    with Pillow.open(io.BytesIO(encode_png(torch.tensor([[[-0.2, 1.3, 0.5]]]), {}))) as picture:
        assert picture.getpixel((0, 0)) == (0, 255, 128)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_a_number_is_an_error_and_not_a_black_picture(bad: float) -> None:
    images = torch.zeros(3, 2, 2, 3)
    check_finite(images)
    images[1, 0, 0, 0] = bad
    with pytest.raises(PictureError, match="picture 1 of 3"):
        check_finite(images)


def test_a_failed_write_leaves_neither_a_half_file_nor_the_old_one_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep" / "a.png"
    write_whole(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [item.name for item in path.parent.iterdir()] == ["a.png"]
