"""What files of every kind say of their making; containers are written here byte by byte."""

import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin, features

from graph.canvas import metadata as texts
from server.gallery import metadata
from server.gallery.metadata import Metadata

PROMPT = json.dumps({"1": {"class_type": "Draw", "inputs": {"text": "a café"}}})
WORKFLOW = json.dumps({"nodes": []})
TEXTS = {"prompt": PROMPT, "workflow": WORKFLOW}


def read(folder: Path, data: bytes, name: str = "file") -> Metadata:
    path = folder / name
    path.write_bytes(data)
    return metadata.read(path)


def encoded(kind: str, size: tuple[int, int] = (6, 4), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (10, 20, 30)).save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_all_three_kinds_of_text_in_a_png_are_read(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", PROMPT)
    info.add_itxt("workflow", WORKFLOW, zip=True)
    info.add_text("parameters", "a cat", zip=True)
    found = read(tmp_path, encoded("PNG", pnginfo=info))
    assert found == Metadata({**TEXTS, "parameters": "a cat"}, 6, 4)


def test_what_an_animated_png_carries_after_its_pixels_is_read(tmp_path: Path) -> None:
    plain = encoded("PNG")
    end = plain.index(b"IEND") - 4
    data = plain[:end] + chunk(b"comf", b"prompt\0" + PROMPT.encode()) + plain[end:]
    assert read(tmp_path, data).texts == {"prompt": PROMPT}


def test_a_packed_text_that_would_fill_the_memory_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "LARGEST_PART", 1000)
    plain = encoded("PNG")
    end = plain.index(b"IDAT") - 4
    bomb = chunk(b"zTXt", b"prompt\0\0" + zlib.compress(b"x" * 1_000_000, 9)[:900])
    assert len(read(tmp_path, plain[:end] + bomb + plain[end:]).texts["prompt"]) <= 1000


def exif_of(texts: dict[str, str]) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0110] = f"prompt:{texts['prompt']}"
    exif[0x010F] = f"Workflow:{texts['workflow']}"
    return exif


PICTURES = ["WEBP", "JPEG", *(["AVIF"] if features.check("avif") else [])]


@pytest.mark.parametrize("kind", PICTURES)
def test_exif_carries_prompt_and_workflow(tmp_path: Path, kind: str) -> None:
    found = read(tmp_path, encoded(kind, exif=exif_of(TEXTS)))
    assert (found.texts, found.width, found.height) == (TEXTS, 6, 4)


@pytest.mark.parametrize("encoding", [("UNICODE", "utf-16-be"), ("ASCII\0\0", "latin-1")])
def test_the_parameters_of_other_tools_are_found_in_the_users_comment(
    tmp_path: Path, encoding: tuple[str, str]
) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = f"{encoding[0]}\0".encode() + "a cat".encode(encoding[1])
    assert read(tmp_path, encoded("JPEG", exif=exif)).texts == {"parameters": "a cat"}


def test_a_comment_that_holds_everything_as_one_object_is_taken_apart(tmp_path: Path) -> None:
    comment = json.dumps({"prompt": json.loads(PROMPT), "workflow": WORKFLOW}).encode()
    texts = read(tmp_path, encoded("GIF", comment=comment)).texts
    assert (json.loads(texts["prompt"]), texts["workflow"]) == (json.loads(PROMPT), WORKFLOW)


def box(kind: bytes, *contents: bytes) -> bytes:
    data = b"".join(contents)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def data_box(text: str) -> bytes:
    return box(b"data", struct.pack(">II", 1, 0), text.encode())


def track(width: int, height: int) -> bytes:
    header = bytes(76) + struct.pack(">II", width << 16, height << 16)
    return box(b"trak", box(b"tkhd", header))


def key_entries(*names: str) -> bytes:
    entries = (struct.pack(">I4s", 8 + len(name), b"mdta") + name.encode() for name in names)
    return box(b"keys", struct.pack(">II", 0, len(names)), *entries)


def movie(*, version: bytes, inside_user_data: bool) -> bytes:
    items = [box(struct.pack(">I", n + 1), data_box(text)) for n, text in enumerate(TEXTS.values())]
    meta = box(b"meta", version, box(b"hdlr", bytes(25)), key_entries(*TEXTS), box(b"ilst", *items))
    held = box(b"udta", meta) if inside_user_data else meta
    moov = box(b"moov", track(0, 0), track(64, 48), held)
    return box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", bytes(100)) + moov


@pytest.mark.parametrize("inside_user_data", [True, False])
@pytest.mark.parametrize("version", [bytes(4), b""])
def test_an_mp4_is_read_whatever_form_its_boxes_have(
    tmp_path: Path, version: bytes, inside_user_data: bool
) -> None:
    found = read(tmp_path, movie(version=version, inside_user_data=inside_user_data))
    assert found == Metadata(TEXTS, 64, 48)


def test_named_items_comments_and_long_boxes_of_an_mp4_are_read(tmp_path: Path) -> None:
    named = box(b"----", box(b"mean", bytes(4)), box(b"name", bytes(4), b"prompt"), data_box(PROMPT))
    comment = box(b"\xa9cmt", data_box(json.dumps({"workflow": json.loads(WORKFLOW)})))
    meta = box(b"meta", bytes(4), box(b"ilst", named, comment))
    moov = box(b"udta", meta)
    long = struct.pack(">I4sQ", 1, b"moov", 16 + len(moov)) + moov
    texts = read(tmp_path, box(b"ftyp", b"mp42") + long).texts
    assert (texts["prompt"], json.loads(texts["workflow"])) == (PROMPT, json.loads(WORKFLOW))


def test_the_old_user_data_of_quicktime_is_read(tmp_path: Path) -> None:
    text = json.dumps(TEXTS).encode()
    old = box(b"\xa9cmt", struct.pack(">HH", len(text), 0), text)
    found = read(tmp_path, box(b"ftyp", b"qt  ") + box(b"moov", box(b"udta", old)))
    assert {key: found.texts[key] for key in TEXTS} == TEXTS


def element(kind: int, *contents: bytes) -> bytes:
    data = b"".join(contents)
    name = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    return name + (len(data) | 1 << 56).to_bytes(8, "big") + data


def webm(*, endless: bool) -> bytes:
    tags = [
        element(0x67C8, element(0x45A3, key.upper().encode()), element(0x4487, text.encode()))
        for key, text in TEXTS.items()
    ]
    video = element(0xE0, element(0xB0, b"\x40"), element(0xBA, b"\x30"))
    parts = [element(0x1654AE6B, element(0xAE, video)), element(0x1F43B675, bytes(300))]
    inside = b"".join([*parts, element(0x1254C367, element(0x7373, *tags))])
    head = element(0x1A45DFA3, element(0x4282, b"webm"))
    if endless:
        return head + b"\x18\x53\x80\x67" + b"\x01" + b"\xff" * 7 + inside
    return head + element(0x18538067, inside)


@pytest.mark.parametrize("endless", [True, False])
def test_a_webm_is_read_also_when_its_length_is_not_told(tmp_path: Path, endless: bool) -> None:
    assert read(tmp_path, webm(endless=endless)) == Metadata(TEXTS, 64, 48)


def vorbis() -> bytes:
    comments = [f"{key.upper()}={text}".encode() for key, text in TEXTS.items()]
    listed = b"".join(struct.pack("<I", len(comment)) + comment for comment in comments)
    return struct.pack("<I", 3) + b"me!" + struct.pack("<I", len(comments)) + listed


def test_a_flac_is_read(tmp_path: Path) -> None:
    comment = vorbis()
    data = b"fLaC" + b"\0" + (34).to_bytes(3, "big") + bytes(34)
    assert read(tmp_path, data + b"\x84" + len(comment).to_bytes(3, "big") + comment).texts == TEXTS


def page(packets: bytes, lacing: list[int], serial: int = 7) -> bytes:
    return (
        b"OggS" + bytes(10) + struct.pack("<I", serial) + bytes(8) + bytes([len(lacing), *lacing]) + packets
    )


@pytest.mark.parametrize("start", [b"\x03vorbis", b"OpusTags"])
def test_comments_of_ogg_are_put_together_from_their_pages(tmp_path: Path, start: bytes) -> None:
    packet = start + vorbis() + bytes(600)
    cut, rest = 510, len(packet) - 510
    lacing = [255] * (rest // 255) + [rest % 255]
    data = page(b"head", [4]) + page(packet[:cut], [255, 255]) + page(b"other", [5], 8)
    assert read(tmp_path, data + page(packet[cut:], lacing)).texts == TEXTS


def seven(number: int) -> bytes:
    return bytes(number >> 7 * shift & 0x7F for shift in (3, 2, 1, 0))


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize(("mark", "encoding"), [(0, "latin-1"), (1, "utf-16"), (3, "utf-8")])
def test_the_free_texts_of_an_mp3_are_read(tmp_path: Path, version: int, mark: int, encoding: str) -> None:
    zero = "\0".encode("utf-16-be" if encoding == "utf-16" else encoding)
    frames = b""
    for key, text in TEXTS.items():
        body = bytes([mark]) + key.encode(encoding) + zero + text.encode(encoding)
        length = seven(len(body)) if version == 4 else struct.pack(">I", len(body))
        frames += b"TXXX" + length + b"\0\0" + body
    data = b"ID3" + bytes([version, 0, 0]) + seven(len(frames) + 20) + frames + bytes(20) + b"\xff\xfb"
    assert read(tmp_path, data).texts == TEXTS


def whole_files() -> list[bytes]:
    return [
        encoded("PNG"),
        encoded("WEBP", exif=exif_of(TEXTS)),
        encoded("JPEG", exif=exif_of(TEXTS)),
        movie(version=bytes(4), inside_user_data=True),
        webm(endless=False),
        b"fLaC\x84" + len(vorbis()).to_bytes(3, "big") + vorbis(),
        page(b"OpusTags" + vorbis()[:200], [208]),
        b"ID3\x04\0\0" + seven(60) + b"TXXX" + seven(20) + b"\0\0\x09" + bytes(40),
    ]


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow tells of damaged EXIF so
@pytest.mark.parametrize("which", range(8))
def test_a_file_cut_or_spoilt_anywhere_is_read_as_far_as_it_goes(tmp_path: Path, which: int) -> None:
    data = whole_files()[which]
    step = max(1, len(data) // 60)
    for at in range(0, len(data), step):
        assert isinstance(read(tmp_path, data[:at]), Metadata)
        assert isinstance(read(tmp_path, data[:at] + b"\xff" * 8 + data[at + 8 :]), Metadata)


def test_what_is_no_such_file_or_gone_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, b"no picture at all") == Metadata()
    assert read(tmp_path, b"") == Metadata()
    assert metadata.read(tmp_path / "absent.png") == Metadata()


def test_json_with_numbers_that_are_none_is_read_and_deep_nests_are_not() -> None:
    assert metadata.json_in('{"a": NaN, "b": [Infinity, -Infinity, 1]}') == {"a": None, "b": [None, None, 1]}
    assert metadata.json_in("[" * 200_000) is None
    assert metadata.json_in("{") is None
