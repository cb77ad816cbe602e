"""What lies in the model folders: each file described by its header, none of its weights read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffusion.errors import CheckpointError
from diffusion.weights.archive import PICKLES, SAFETENSORS, Archive, join, open_archive
from diffusion.weights.identity.identify import identify_archive
from diffusion.weights.identity.kinds import Kind, family_label, noun
from diffusion.weights.magic import disguise

MODEL_INDEX = "model_index.json"
CONFIG = "config.json"  # of a model in the layout of transformers
LOADERS = {  # by folder
    "depth": "Load Depth Model",
    "detection": "Load Detection Model",
    "pose": "Load Pose Model",
    "segmentation": "Load Segmentation Model",
}
PARTS = ("unet", "transformer", "prior", "decoder")  # subfolders in which diffusers keeps what denoises
SAME = {"clip": "text_encoders", "unet": "diffusion_models"}  # older names of folders
FORMATS = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "float64": "fp64"}


@dataclass(frozen=True)
class Row:
    """One file of a model folder; what is not known is empty or 0."""

    folder: str
    name: str
    what: str  # "LoRA", "pickle" …, "broken"
    variant: str = ""
    family: str = ""
    precision: str = ""  # of most of its numbers
    parameters: int = 0
    bytes: int = 0
    use: str = ""  # the node that loads it, or what to do
    problem: str = ""
    evidence: tuple[str, ...] = ()


def describe(folder: str, name: str, path: Path) -> Row:
    """What a file, or a folder in the layout of diffusers, is."""
    try:
        if path.is_dir():
            return describe_folder(folder, name, path)
        size = path.stat().st_size
        wrong = disguise(path)
        if wrong is not None:
            return broken(folder, name, size, f"it is {wrong}")
        if path.suffix.lower() in PICKLES:
            use = f"convert it: python main.py models convert {name}"
            return Row(folder, name, "pickle", bytes=size, use=use)
        if path.suffix.lower() not in SAFETENSORS:
            return broken(folder, name, size, f"weights are not read from files ending in {path.suffix}")
        return row_of(folder, name, open_archive(path), size)
    except CheckpointError as problem:
        return broken(folder, name, path.stat().st_size, str(problem).removeprefix(f"{path.name} "))
    except OSError as problem:
        return broken(folder, name, 0, problem.strerror or str(problem))


def broken(folder: str, name: str, size: int, problem: str) -> Row:
    """A file that cannot be used."""
    return Row(folder, name, "broken", bytes=size, problem=problem)


def row_of(folder: str, name: str, archive: Archive, size: int) -> Row:
    """A row from a header."""
    kind = identify_archive(archive)
    return Row(
        folder,
        name,
        "unknown" if kind.role == "unknown" else noun(kind.role),
        ", ".join(part for part in (kind.variant, kind.layout) if part),
        family_label(kind.family).removeprefix("the "),
        precision_of(archive),
        archive.parameters,
        size,
        use_of(kind, folder),
        evidence=kind.evidence,
    )


def use_of(kind: Kind, folder: str) -> str:
    """The node that loads it, and where it belongs if not here."""
    home = kind.home
    if not home.folder:
        return ""
    use = home.loader or "packs of nodes"
    here = SAME.get(folder, folder)
    # A checkpoint holds a model and a VAE, and both loaders take theirs from it.
    fits = here == home.folder or (kind.role == "checkpoint" and here in ("diffusion_models", "vae"))
    return use if fits else f"{use} (belongs into {home.folder})"


def precision_of(archive: Archive) -> str:
    """The format of most numbers."""
    counts: Counter[str] = Counter()
    for entry in archive.entries.values():
        counts[str(entry.dtype).removeprefix("torch.")] += entry.bytes // entry.dtype.itemsize
    if not counts:
        return ""
    name = counts.most_common(1)[0][0]
    return FORMATS.get(name, name.replace("float8_", "fp8_"))


def describe_folder(folder: str, name: str, path: Path) -> Row:
    """A pipeline of diffusers, told by the part that denoises and counted whole, or a transformers model."""
    if not (path / MODEL_INDEX).is_file() and (path / CONFIG).is_file():
        return describe_transformers(folder, name, path)
    pipeline = str(read_json(path / MODEL_INDEX).get("_class_name", ""))[:80]
    files = [file for file in path.rglob("*") if file.suffix in (*SAFETENSORS, *PICKLES)]
    size = sum(file.stat().st_size for file in files)
    part = next((path / part for part in PARTS if (path / part).is_dir()), path)
    inside = join(open_archive(file) for file in sorted(part.glob("*.safetensors")))
    row = row_of(folder, name, inside, size)
    return Row(
        folder, name, "diffusers folder", pipeline, row.family, row.precision, row.parameters, size,
        "Load Checkpoint", evidence=row.evidence,
    )  # fmt: skip


def describe_transformers(folder: str, name: str, path: Path) -> Row:
    """A model in the layout of transformers: what looks at pictures."""
    classes = read_json(path / CONFIG).get("architectures") or [""]
    files = [*path.glob("*.safetensors")]
    inside = join(open_archive(file) for file in files)
    return Row(
        folder,
        name,
        "transformers folder",
        variant=str(classes[0])[:80],
        precision=precision_of(inside),
        parameters=inside.parameters,
        bytes=sum(file.stat().st_size for file in files),
        use=LOADERS.get(folder, "packs of nodes"),
    )


def read_json(path: Path) -> dict[str, Any]:
    """A folder's own description of itself."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise CheckpointError(f"its {path.name} is not JSON ({str(problem)[:80]})") from problem
    return content if isinstance(content, dict) else {}


COLUMNS = ("folder", "name", "what", "family", "variant", "precision", "parameters", "size", "use")
RIGHT = {"parameters", "size"}


def table(rows: Iterable[Row]) -> list[str]:
    """Rows as lines of a terminal, in columns; the last column runs on."""
    cells = [COLUMNS, *(cells_of(row) for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(COLUMNS))]
    lines = (
        "  ".join(
            cell.rjust(width) if column in RIGHT else cell.ljust(width)
            for cell, width, column in zip(line, widths, COLUMNS, strict=True)
        )
        for line in cells
    )
    return [line.rstrip() for line in lines]


def cells_of(row: Row) -> tuple[str, ...]:
    """A row in words."""
    last = row.problem or row.use
    numbers = (counted(row.parameters), sized(row.bytes))
    return (row.folder, row.name, row.what, row.family, row.variant, row.precision, *numbers, last)


def counted(number: int) -> str:
    """A number of parameters: 860M, 2.6B."""
    if not number:
        return ""
    for unit, name in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if number >= unit:
            return f"{number / unit:.3g}{name}" if number < 1000 * unit else f"{number // unit}{name}"
    return str(number)


def sized(number: int) -> str:
    """Bytes, in units of 1024."""
    value, units = float(number), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.3g} {units[0]}" if value < 1000 else f"{value:.0f} {units[0]}"
