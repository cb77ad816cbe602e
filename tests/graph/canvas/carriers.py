"""The smallest files of each kind that carry a workflow.

`python -m tests.graph.canvas.carriers` writes them anew into `tests/fixtures/metadata`, where the tests of
both languages read them. Films and sounds hold nothing but their texts.
"""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

FOLDER = Path(__file__).parents[2] / "fixtures" / "metadata"
WORKFLOW = '{"nodes": [{"id": 1, "type": "Größe 日本"}], "links": [], "version": 0.4}'
PROMPT = '{"3": {"class_type": "Loader", "inputs": {"value": NaN}}}'
ESCAPED = (
    WORKFLOW.encode("ascii", "backslashreplace")
    .decode()
    .replace("\\xf6", "\\u00f6")
    .replace("\\xdf", "\\u00df")
)
SETTINGS = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64"
PARAMETERS = f"a house, größer\nNegative prompt: blurry\n{SETTINGS}"
OBJECT = json.dumps({"workflow": json.loads(WORKFLOW), "prompt": PROMPT})
BOTH = (("prompt", PROMPT), ("workflow", WORKFLOW))


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A picture of one pixel with these chunks in front of it."""
    packed = zlib.compress(b"\0\0\0\0")
    whole = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        *chunks,
        (b"IDAT", packed),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in whole
    )


def png_plain() -> bytes:
    info = PngInfo()
    info.add_text("prompt", PROMPT)
    info.add_text("workflow", ESCAPED)
    return pillow("PNG", pnginfo=info)


def png_other() -> bytes:
    return png(
        (b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(WORKFLOW.encode())),
        (b"zTXt", b"prompt\0\0" + zlib.compress(PROMPT.encode())),
    )


def png_animated() -> bytes:
    return png(*((b"comf", f"{key}\0{text}".encode()) for key, text in BOTH))


def png_parameters() -> bytes:
    return png((b"iTXt", b"parameters\0\0\0\0\0" + PARAMETERS.encode()))


def pillow(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (2, 2)).save(file, kind, **options)
    return file.getvalue()


def tags() -> bytes:
    """EXIF with both texts in its first directory."""
    exif = Image.Exif()
    exif[0x0110], exif[0x010F] = f"prompt:{PROMPT}", f"workflow:{ESCAPED}"
    return exif.tobytes()


def comment(order: str) -> bytes:
    """EXIF with the text of another tool as the comment of its user, in UTF-16 of this byte order."""
    kind, mark = (">", b"MM\0*") if order == "be" else ("<", b"II*\0")
    value = b"UNICODE\0" + PARAMETERS.encode(f"utf-16-{order}")
    first = struct.pack(kind + "IHHHIII", 8, 1, 0x8769, 4, 1, 26, 0)
    inner = struct.pack(kind + "HHHIII", 1, 0x9286, 7, len(value), 44, 0)
    return b"Exif\0\0" + mark + first + inner + value


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def mp4_keys() -> bytes:
    """Keys of QuickTime, as a writer that is told to keep names of its own leaves them."""
    keys = b"".join(struct.pack(">I", len(key) + 8) + b"mdta" + key.encode() for key, _ in BOTH)
    items = [
        box(struct.pack(">I", i), box(b"data", b"\0\0\0\1\0\0\0\0", text.encode()))
        for i, (_, text) in enumerate(BOTH, 1)
    ]
    meta = box(
        b"meta",
        box(b"hdlr", b"\0" * 8 + b"mdta" + b"\0" * 13),
        box(b"keys", b"\0\0\0\0", struct.pack(">I", len(BOTH)), keys),
        box(b"ilst", *items),
    )
    return (
        box(b"ftyp", b"isom\0\0\2\0isom")
        + box(b"mdat", b"\0" * 4)
        + box(b"moov", box(b"mvhd", b"\0" * 100), box(b"udta", meta))
    )


def mp4_comment() -> bytes:
    """One JSON object in the comment of iTunes, and a box with a 64-bit size."""
    item = box(b"\xa9cmt", box(b"data", b"\0\0\0\1\0\0\0\0", OBJECT.encode()))
    named = box(
        b"----",
        box(b"mean", b"\0\0\0\0org"),
        box(b"name", b"\0\0\0\0parameters"),
        box(b"data", b"\0" * 8, PARAMETERS.encode()),
    )
    meta = box(
        b"meta", b"\0\0\0\0", box(b"hdlr", b"\0" * 8 + b"mdir" + b"\0" * 13), box(b"ilst", item, named)
    )
    wide = struct.pack(">I4sQ", 1, b"free", 20) + b"\0" * 4
    return box(b"ftyp", b"qt  \0\0\0\0") + wide + box(b"moov", box(b"udta", meta))


def element(kind: int, body: bytes, *, unknown: bool = False) -> bytes:
    name = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    return name + (b"\x01" + b"\xff" * 7 if unknown else (len(body) | 1 << 56).to_bytes(8, "big")) + body


def webm(*, unknown: bool = False) -> bytes:
    """The tags behind a cluster; as a stream, both are of unknown size."""
    simple = [
        element(0x67C8, element(0x45A3, key.upper().encode()) + element(0x4487, text.encode()))
        for key, text in BOTH
    ]
    cluster = element(0x1F43B675, element(0xE7, b"\0"), unknown=unknown)
    head = element(0x1A45DFA3, element(0x4282, b"webm"))
    tag = element(0x7373, element(0x63C0, b"") + b"".join(simple))
    return head + element(0x18538067, cluster + element(0x1254C367, tag), unknown=unknown)


def comments() -> bytes:
    entries = [f"{key.upper()}={text}".encode() for key, text in BOTH]
    return (
        struct.pack("<I", 4)
        + b"test"
        + struct.pack("<I", len(entries))
        + b"".join(struct.pack("<I", len(entry)) + entry for entry in entries)
    )


def flac() -> bytes:
    body = comments()
    return (
        b"fLaC" + b"\0" + (34).to_bytes(3, "big") + b"\0" * 34 + b"\x84" + len(body).to_bytes(3, "big") + body
    )


def ogg(mark: bytes, first: bytes) -> bytes:
    """Two packets, the second one long enough to go on in a further page."""
    second = mark + comments() + b"\1" * 400
    return (
        page(0, lacing(first), first)
        + page(1, [255], second[:255])
        + page(2, lacing(second[255:]), second[255:])
    )


def lacing(packet: bytes) -> list[int]:
    return [255] * (len(packet) // 255) + [len(packet) % 255]


def page(number: int, sizes: list[int], body: bytes) -> bytes:
    return b"OggS\0\0" + struct.pack("<QIII", 0, 7, number, 0) + bytes([len(sizes), *sizes]) + body


def mp3(version: int) -> bytes:
    """Texts of names of their own: in UTF-16 for version 3, in UTF-8 for version 4."""
    encoding, mark, end = ("utf-16", b"\1", b"\0\0") if version == 3 else ("utf-8", b"\3", b"\0")
    frames = b""
    for key, text in BOTH:
        body = mark + key.encode(encoding) + end + text.encode(encoding)
        size = len(body).to_bytes(4, "big") if version == 3 else synchsafe(len(body))
        frames += b"TXXX" + size + b"\0\0" + body
    return (
        b"ID3"
        + bytes([version, 0, 0])
        + synchsafe(len(frames) + 10)
        + frames
        + b"\0" * 10
        + b"\xff\xfb\x90\0"
    )


def synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def safetensors() -> bytes:
    header = json.dumps(
        {"__metadata__": dict(BOTH), "t": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}
    ).encode()
    return struct.pack("<Q", len(header)) + header + b"\0"


def glb() -> bytes:
    scene = json.dumps(
        {"asset": {"version": "2.0", "extras": {"workflow": json.loads(WORKFLOW), "prompt": PROMPT}}}
    ).encode()
    scene += b" " * (-len(scene) % 4)
    return b"glTF" + struct.pack("<II", 2, len(scene) + 20) + struct.pack("<I4s", len(scene), b"JSON") + scene


def svg() -> bytes:
    return f'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">\n<metadata>\n<![CDATA[\n{OBJECT}\n]]>\n</metadata></svg>'.encode()


BUILT: dict[str, Callable[[], bytes]] = {
    "other.png": png_other,
    "animated.png": png_animated,
    "parameters.png": png_parameters,
    "keys.mp4": mp4_keys,
    "comment.mov": mp4_comment,
    "tags.webm": webm,
    "stream.webm": lambda: webm(unknown=True),
    "comments.flac": flac,
    "opus.ogg": lambda: ogg(b"OpusTags", b"OpusHead" + b"\0" * 11),
    "vorbis.ogg": lambda: ogg(b"\x03vorbis", b"\x01vorbis" + b"\0" * 23),
    "id3v3.mp3": lambda: mp3(3),
    "id3v4.mp3": lambda: mp3(4),
    "header.safetensors": safetensors,
    "extras.glb": glb,
    "drawing.svg": svg,
}
DRAWN: dict[str, Callable[[], bytes]] = {
    "plain.png": png_plain,
    "tags.webp": lambda: pillow("WEBP", exif=tags()),
    "tags.jpg": lambda: pillow("JPEG", exif=tags()),
    "tags.avif": lambda: pillow("AVIF", exif=tags()),
    "parameters.jpg": lambda: pillow("JPEG", exif=comment("be")),
    "parameters.webp": lambda: pillow("WEBP", exif=comment("le")),
    "silent.png": lambda: pillow("PNG"),
    "silent.jpg": lambda: pillow("JPEG"),
}


def expected(name: str) -> dict[str, str]:
    """What a reader finds in the file of this name."""
    if name.startswith("silent"):
        return {}
    if name.startswith("parameters"):
        return {"parameters": PARAMETERS}
    if name == "comment.mov":
        return {"workflow": json.dumps(json.loads(WORKFLOW)), "prompt": PROMPT, "parameters": PARAMETERS}
    if name in ("drawing.svg", "extras.glb"):
        return {"workflow": json.dumps(json.loads(WORKFLOW)), "prompt": PROMPT}
    return {
        "workflow": ESCAPED if name.startswith(("plain", "tags.")) and name != "tags.webm" else WORKFLOW,
        "prompt": PROMPT,
    }


def main() -> None:
    """Write all of them, and what is in each."""
    FOLDER.mkdir(exist_ok=True)
    for name, make in {**BUILT, **DRAWN}.items():
        (FOLDER / name).write_bytes(make())
    found = {name: expected(name) for name in sorted({**BUILT, **DRAWN})}
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / "expected.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
