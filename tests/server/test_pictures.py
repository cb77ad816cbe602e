import io
from pathlib import Path

from PIL import Image

from server import pictures


def photograph(path: Path) -> Path:
    """A wide picture, red at its left, that its camera says to turn by a quarter: shown tall, red on top."""
    picture = Image.new("RGB", (40, 20), "blue")
    picture.paste("red", (0, 0, 20, 20))
    turned = Image.Exif()
    turned[0x0112] = 6
    picture.save(path, exif=turned, quality=95)
    return path


def test_a_photograph_stands_upright_in_previews_channels_and_under_a_mask(tmp_path: Path) -> None:
    path = photograph(tmp_path / "photo.jpg")
    mask = io.BytesIO()
    Image.new("RGBA", (20, 40), (0, 0, 0, 128)).save(mask, "PNG")
    preview, _ = pictures.preview(path, "webp;90", "")
    shown = (preview, pictures.channel(path, "rgb"), pictures.with_alpha_of(path, mask.getvalue()))
    for data in shown:
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        assert picture.size == (20, 40)
        top, bottom = picture.getpixel((10, 5)), picture.getpixel((10, 35))
        assert isinstance(top, tuple)
        assert isinstance(bottom, tuple)
        assert top[0] > 200 > 60 > top[2]
        assert bottom[2] > 200 > 60 > bottom[0]


def test_texts_of_a_picture_stay_under_its_mask(tmp_path: Path) -> None:
    from PIL import PngImagePlugin

    text = PngImagePlugin.PngInfo()
    text.add_text("workflow", '{"nodes": []}')
    path = tmp_path / "made.png"
    Image.new("RGB", (8, 8)).save(path, pnginfo=text)
    mask = io.BytesIO()
    Image.new("RGBA", (8, 8)).save(mask, "PNG")
    made = Image.open(io.BytesIO(pictures.with_alpha_of(path, mask.getvalue())))
    assert made.info["workflow"] == '{"nodes": []}'


def test_a_preview_is_no_wider_than_asked_and_never_enlarged(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    Image.new("RGB", (400, 100), "green").save(path)
    sizes = [
        Image.open(io.BytesIO(pictures.preview(path, "webp", "", width)[0])).size
        for width in (100, 1000, None)
    ]
    assert sizes == [(100, 25), (400, 100), (400, 100)]
