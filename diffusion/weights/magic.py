"""What a file's first bytes say it is, when they are not those of safetensors."""

from __future__ import annotations

from pathlib import Path

LOOKED = 512  # bytes
SAFETENSORS = (".safetensors", ".sft")
PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # torch's format up to 1.5
ZIP = b"PK\x03\x04"  # torch's format since; its first file is `<name>/data.pkl`
PAGES = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<body", b"<script")
OTHERS = (
    (b"GGUF", "a GGUF file (quantised weights of another format); take the safetensors file of the model"),
    (
        b"version https://git-lfs",
        "a pointer of git-lfs, not the weights; run `git lfs pull` where it came from",
    ),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"Rar!", "a RAR archive; unpack it"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it"),
    (b"%PDF", "a PDF document"),
)


def disguise(path: Path) -> str | None:
    """What the file really is, as the end of a sentence; None if it may be what its name says."""
    with path.open("rb") as file:
        start = file.read(LOOKED)
    return named(start, path.suffix.lower())


def named(start: bytes, suffix: str) -> str | None:
    """What bytes of this beginning are, if not what the suffix says."""
    if is_safetensors(start):
        return (
            None if suffix in SAFETENSORS else f"a safetensors file named {suffix}; rename it to .safetensors"
        )
    if not start:
        return "empty (0 bytes); the download failed, fetch it again"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(PAGES):
        return "a web page, not weights; the download probably asked for a login, fetch it again"
    if text.startswith((b'{"', b"{'")):
        return f"JSON text, not weights ({text[:60].decode('ascii', 'replace')}…); fetch the file again"
    other = next((what for sign, what in OTHERS if start.startswith(sign)), None)
    return other or (swapped(start, suffix) if suffix in SAFETENSORS else None)


def swapped(start: bytes, suffix: str) -> str | None:
    """What a zip archive or a pickle is that bears the name of safetensors."""
    if is_pickle(start):
        return (
            f"a pickle (torch's own format) named {suffix}; rename it to .ckpt, "
            "or convert it: python main.py models convert NAME"
        )
    return "a zip archive; unpack it" if start.startswith(ZIP) else None


def is_safetensors(start: bytes) -> bool:
    """Whether a length and a JSON object stand there. The length may begin as a pickle does."""
    return len(start) > 8 and int.from_bytes(start[:8], "little") < 1 << 32 and start[8:9] == b"{"


def is_pickle(start: bytes) -> bool:
    """Whether these bytes are torch's format, zipped or not."""
    return start.startswith(PICKLES) or (start.startswith(ZIP) and b"data.pkl" in start)
