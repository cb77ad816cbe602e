"""Named folders: the one way from a name to a path, and it refuses what lies outside."""

from __future__ import annotations

import difflib
import os
import re
import time
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.errors import FolderError

WEIGHTS = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".sft")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".ppm")
MODEL_FOLDERS = (
    "checkpoints", "clip", "clip_vision", "configs", "controlnet", "diffusion_models", "embeddings", "gligen",
    "hypernetworks", "ipadapter", "loras", "photomaker", "style_models", "text_encoders", "unet",
    "upscale_models", "vae", "vae_approx", "depth", "detection", "pose", "segmentation",
)  # fmt: skip
TRANSFORMERS_FOLDERS = ("depth", "detection", "pose", "segmentation")  # hold whole folders, not files
LEGACY = {"clip": "text_encoders", "unet": "diffusion_models"}  # two names of one folder
PLACES = ("input", "output", "temp", "user", "workflows", "custom_nodes")
# The files of one kind in another folder, for drop-downs of them; these names are not told of as folders.
VIEWS = {"input_latents": ("input", (".latent",))}
MARKED = re.compile(r"^(?P<name>.+) \[(?P<folder>input|output|temp)\]$")
RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$", re.IGNORECASE)
NAME_BYTES = 255  # of one part of a path, on common file systems
PATH_BYTES = 1024  # of a whole name
COARSE = 2_000_000_000  # ns: a folder changed more recently may change again with the same time stamp
MODEL_INDEX = "model_index.json"  # marks a model in the diffusers layout
CONFIG = "config.json"  # marks a model in the transformers layout, in folders of such models
COUNTER = re.compile(r"_(\d{5,})_")
# Folder -> its directories and the file endings that belong there, none meaning all.
Table = Mapping[str, tuple[Sequence[str], Collection[str]]]


@dataclass(frozen=True)
class Listing:
    """Names found in a folder, and when each directory walked had last changed (ns)."""

    directories: Sequence[Path]
    suffixes: tuple[str, ...]
    names: list[str]
    changed: Mapping[Path, int | None]
    settled: bool  # no directory had changed just before

    def answers(self, directories: Sequence[Path], suffixes: tuple[str, ...]) -> bool:
        """Whether a walk of these directories would find the same now."""
        if not self.settled or (self.directories, self.suffixes) != (directories, suffixes):
            return False
        return all(changed_at(path) == when for path, when in self.changed.items())


@dataclass(frozen=True)
class SavePlace:
    """Where the next files of a prefix go: `<directory>/<stem>_<counter>_.png`."""

    folder: str  # output, temp …
    directory: Path
    subfolder: str  # of the folder, with forward slashes; "" for none
    stem: str
    counter: int

    def name(self, index: int = 0, suffix: str = ".png") -> str:
        """The file name of the index-th picture."""
        return f"{self.stem}_{self.counter + index:05}_{suffix}"

    def reference(self, name: str) -> dict[str, str]:
        """How a client asks for a file that was written here."""
        return {"filename": name, "subfolder": self.subfolder, "type": self.folder}


class Folders:
    """The folders of one installation.

    `base` holds models/, input/, output/, temp/, user/, workflows/ and custom_nodes/ unless they are given;
    `extra` adds further directories to a named folder, searched after its own, `first` before them.
    """

    def __init__(
        self,
        base: Path,
        *,
        output: Path | None = None,
        input: Path | None = None,  # noqa: A002 - the folder's name
        temp: Path | None = None,
        user: Path | None = None,
        models: Path | None = None,
        extra: Mapping[str, Sequence[Path]] = {},
        first: Mapping[str, Sequence[Path]] = {},
    ) -> None:
        self.base = base.absolute()
        self.models = (models or self.base / "models").absolute()
        given = {"output": output, "input": input, "temp": temp, "user": user}
        places = {name: [(given.get(name) or self.base / name).absolute()] for name in PLACES}
        self._directories = {name: [self.models / name] for name in MODEL_FOLDERS} | places
        for old, new in LEGACY.items():
            self._directories[new] += self._directories[old]
            self._directories[old] = self._directories[new]
        for name, more in extra.items():
            self._directories.setdefault(name, []).extend(path.absolute() for path in more)
        for name, more in first.items():
            self._directories.setdefault(name, [])[:0] = [path.absolute() for path in more]
        self._adopted: Table = {}
        self._listed: dict[str, Listing] = {}

    def adopt(self, table: Table) -> None:
        """Take these folders for those of the same names, and the others besides.

        The table is kept, not copied: what is changed in it is seen at the next question.
        """
        self._adopted = table

    def move(self, folder: str, directory: Path) -> None:
        """From now on a named folder is this one directory."""
        self._directories[folder] = [directory.absolute()]

    def names(self) -> list[str]:
        """Every named folder."""
        return list(dict.fromkeys([*self._directories, *self._adopted]))

    def directories(self, folder: str) -> list[Path]:
        """Where a named folder's files lie. Raises FolderError for an unknown folder."""
        folder = VIEWS[folder][0] if folder in VIEWS else folder
        adopted = self._adopted.get(LEGACY.get(folder, folder))
        if adopted is not None:
            return [Path(path).absolute() for path in adopted[0]]
        if folder not in self._directories:
            raise FolderError(f"there is no folder {folder!r}; there are {', '.join(self.names())}")
        return self._directories[folder]

    def suffixes(self, folder: str) -> tuple[str, ...]:
        """The file endings that belong in a folder; none means all."""
        adopted = self._adopted.get(LEGACY.get(folder, folder))
        return suffixes_of(folder) if adopted is None else tuple(adopted[1])

    def directory(self, folder: str) -> Path:
        """The first directory of a named folder: where new files go."""
        return next(iter(self.directories(folder)), self.models / folder)

    def list(self, folder: str) -> list[str]:
        """The names in a folder, relative, with forward slashes, sorted; walked anew when it has changed."""
        directories, suffixes = self.directories(folder), self.suffixes(folder)
        known = self._listed.get(folder)
        if known is None or not known.answers(directories, suffixes):
            known = list_names(directories, suffixes)
            self._listed[folder] = known
        return list(known.names)

    def resolve(self, folder: str, name: str) -> Path:
        """The existing file, or model folder, of this name.

        Raises FolderError when the name is not a plain relative path, leads outside, or is not there.
        """
        parts = checked_parts(name)
        for directory in self.directories(folder):
            path = directory.joinpath(*parts)
            if path.is_file() or is_model_folder(path, self.suffixes(folder)):
                return inside(path, directory, name)
        near = difflib.get_close_matches(name, self.list(folder), n=3)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise FolderError(f"there is no {name!r} in {self.directory(folder)}{hint}")

    def place(self, folder: str, name: str) -> Path:
        """The path a new file of this name would have, inside the folder. Raises FolderError as `resolve`."""
        directory = self.directory(folder)
        return inside(directory.joinpath(*checked_parts(name)), directory, name)

    def identity(self, folder: str, name: str) -> tuple[int, ...]:
        """Modification times (ns) and sizes of a file, or of all files of a diffusers folder; () for none."""
        try:
            path = self.resolve(folder, name)
            found = sorted(path.rglob("*")) if path.is_dir() else [path]
            statuses = [file.stat() for file in found]
        except (FolderError, OSError):
            return ()
        return tuple(number for status in statuses for number in (status.st_mtime_ns, status.st_size))

    def annotated(self, name: str, folder: str = "input") -> tuple[str, str]:
        """(folder, name) of `name [output]`; without a mark the name lies in the given folder."""
        found = MARKED.match(name)
        return (found["folder"], found["name"]) if found else (folder, name)

    def save_path(self, folder: str, prefix: str, values: Mapping[str, object] = {}) -> SavePlace:
        """Where files of this prefix go next; the prefix may hold a subfolder and `%tokens%`.

        Tokens: %year% %month% %day% %hour% %minute% %second%, and the given values (width, height, ...).
        The counter is the highest in use + 1. Makes the directory. Raises FolderError as `resolve` does.
        """
        path = self.place(folder, filled(prefix, values) or "ComfyUI")
        path.parent.mkdir(parents=True, exist_ok=True)
        subfolder = path.parent.relative_to(self.directory(folder).resolve()).as_posix()
        subfolder = "" if subfolder == "." else subfolder
        return SavePlace(folder, path.parent, subfolder, path.name, next_counter(path))


def next_counter(path: Path) -> int:
    """One more than the highest number among the files `<path>_<number>_...`."""
    start = path.name + "_"
    found = (
        COUNTER.match(name[len(start) - 1 :]) for name in os.listdir(path.parent) if name.startswith(start)
    )
    return max((int(match[1]) for match in found if match), default=0) + 1


def filled(prefix: str, values: Mapping[str, object]) -> str:
    """The prefix with its tokens replaced; unknown ones stay."""
    now = time.localtime()
    known: dict[str, object] = {
        "year": now.tm_year,
        "month": f"{now.tm_mon:02}",
        "day": f"{now.tm_mday:02}",
        "hour": f"{now.tm_hour:02}",
        "minute": f"{now.tm_min:02}",
        "second": f"{now.tm_sec:02}",
        **values,
    }
    return re.sub(r"%(\w+)%", lambda found: str(known.get(found[1], found[0])), prefix)


def suffixes_of(folder: str) -> tuple[str, ...]:
    """The file endings that belong in a folder, or the file that makes a folder a model; none means all."""
    if folder in TRANSFORMERS_FOLDERS:
        return (CONFIG,)
    if folder in VIEWS:
        return VIEWS[folder][1]
    if folder == "input":
        return PICTURES
    if folder in ("output", "temp", "user", "custom_nodes", "workflows", "configs"):
        return ()
    return WEIGHTS


def is_file(path: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether a path is what its folder holds: a file of a right ending, or the folder of a model."""
    if suffixes and path.suffix.lower() not in suffixes:
        return is_model_folder(path, suffixes)
    return path.is_file() or is_model_folder(path, suffixes)


def is_model_folder(path: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether a folder counts as one model: by the file that its layout has."""
    return (path / MODEL_INDEX).is_file() or (CONFIG in suffixes and (path / CONFIG).is_file())


def list_names(directories: Sequence[Path], suffixes: tuple[str, ...]) -> Listing:
    """The names below some directories, the same for one name in two of them."""
    started = time.time_ns()
    names: set[str] = set()
    changed: dict[Path, int | None] = {}
    for directory in directories:
        for here, found in walk(directory, suffixes):
            changed[here] = changed_at(here)
            names.update(
                path.relative_to(directory).as_posix()
                for path in found
                if is_file(path, suffixes) and fault(path.relative_to(directory).as_posix()) is None
            )
    settled = all(when is None or when < started - COARSE for when in changed.values())
    ordered = sorted(names, key=lambda name: (name.lower(), name))
    return Listing(list(directories), suffixes, ordered, changed, settled)


def walk(root: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[Path, list[Path]]]:
    """Each directory with what may be named in it; hidden ones, and links that lead out, are left alone."""
    pending, real = [root], root.resolve()
    while pending:
        here = pending.pop()
        files: list[Path] = []
        for entry in entries_of(here):
            path = Path(entry.path)
            if entry.name.startswith(".") or (entry.is_symlink() and not path.resolve().is_relative_to(real)):
                continue
            if entry.is_dir(follow_symlinks=False) and not is_model_folder(path, suffixes):
                pending.append(path)
            else:
                files.append(path)
        yield here, files


def entries_of(directory: Path) -> list[os.DirEntry[str]]:
    """What a directory holds; nothing when it is not there or not ours to read."""
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except OSError:
        return []


def changed_at(directory: Path) -> int | None:
    """When a directory last changed (ns); None when there is none."""
    try:
        return directory.stat().st_mtime_ns
    except OSError:
        return None


def checked_parts(name: str) -> list[str]:
    """The parts of a plain relative name. Raises FolderError for everything that could mean another place."""
    wrong = fault(name)
    if wrong:
        raise FolderError(f"{name!r} is refused as a file name: {wrong}; use a plain name inside the folder")
    return name.split("/")


def fault(name: str) -> str | None:
    """What is wrong with a name, if anything."""
    if len(name.encode("utf-8", "surrogatepass")) > PATH_BYTES:
        return f"it is longer than {PATH_BYTES} bytes"
    folded = unicodedata.normalize("NFKC", name)  # fullwidth dots and slashes become what they look like
    if any(0xD800 <= ord(sign) <= 0xDFFF for sign in name):
        return "it holds half a character"
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in name):
        return "it holds a control character"
    if "\\" in folded or ":" in folded:
        return "it holds a backslash or a colon"
    if "%2e" in name.lower() or "%2f" in name.lower() or "%5c" in name.lower() or "%25" in name:
        return "it holds an encoded dot or slash"
    if folded.startswith("/"):
        return "it is an absolute path"
    if folded.count("/") > name.count("/"):
        return "it holds a sign that looks like a slash"
    return next((wrong for part in folded.split("/") if (wrong := part_fault(part))), None)


def part_fault(part: str) -> str | None:
    """What is wrong with one part of a path."""
    if part in ("", ".", ".."):
        return "it has an empty part or dots that lead elsewhere"
    if RESERVED.match(part):
        return f"{part!r} is a device on Windows"
    if part != part.rstrip(" ."):
        return "a part ends in a dot or a space"
    if len(part.encode("utf-8", "surrogatepass")) > NAME_BYTES:
        return f"a part is longer than {NAME_BYTES} bytes"
    return None


def inside(path: Path, directory: Path, name: str) -> Path:
    """The path, its links followed, when it still lies in the directory."""
    real, root = path.resolve(), directory.resolve()
    if not real.is_relative_to(root):
        raise FolderError(f"{name!r} is refused: it leads out of {directory} by a link")
    return real
