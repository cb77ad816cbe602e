"""`folder_paths` as packs know it: names of files and folders, and the table of folders that packs edit.

Its state is what packs read and change: `folder_names_and_paths`, `supported_pt_extensions` and the
directories. `settle` binds it to the folders of this installation, which then follow every edit.
"""

from __future__ import annotations

import mimetypes
import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from compat.file_names import FileNames as FileNames
from graph.errors import FolderError
from graph.folders import CONFIG, LEGACY, MODEL_FOLDERS, PLACES, TRANSFORMERS_FOLDERS, Folders, is_file
from graph.folders import WEIGHTS as WEIGHT_SUFFIXES

supported_pt_extensions: set[str] = set(WEIGHT_SUFFIXES)
folder_names_and_paths: dict[str, tuple[list[str], set[str]]] = {}
SYSTEM_USER_PREFIX = "__"  # of users that stand for a part of the host
extension_mimetypes_cache = {"webp": "image"}
filename_list_cache: dict[str, tuple[list[str], dict[str, float], float]] = {}

# Folders of the field that Heddle's own nodes do not read.
FURTHER_FOLDERS = (
    "audio_encoders", "classifiers", "diffusers", "latent_upscale_models", "model_patches",
)  # fmt: skip
SUFFIXES: Mapping[str, set[str]] = {
    "configs": set(), "custom_nodes": set(), "diffusers": {"folder"}, "classifiers": {""},
    **{name: {CONFIG} for name in TRANSFORMERS_FOLDERS},
}  # fmt: skip
KINDS = ("output", "temp", "input", "user")

base_path = ""
models_dir = ""
output_directory = ""
temp_directory = ""
input_directory = ""
user_directory = ""
_folders: Folders | None = None
_as_installed: dict[str, Entry] = {}


@dataclass(frozen=True)
class Entry:
    """A folder's directories and suffixes at one moment."""

    directories: tuple[str, ...]
    suffixes: frozenset[str]

    @classmethod
    def of(cls, folders: Folders, name: str) -> Entry:
        """Of a folder as it is now."""
        return cls(tuple(map(str, folders.directories(name))), frozenset(folders.suffixes(name)))


class Edited(Mapping[str, tuple[Sequence[str], Sequence[str]]]):
    """The table as packs have left it, in the form of `graph.folders.Table`; odd entries are made plain."""

    def __getitem__(self, folder: str) -> tuple[Sequence[str], Sequence[str]]:
        entry: Any = folder_names_and_paths[folder]
        if folder in PLACES and folder != "custom_nodes":
            raise KeyError(folder)
        paths = [entry[0]] if isinstance(entry[0], str | Path) else entry[0]
        suffixes = entry[1] if len(entry) > 1 else ()
        return [str(path) for path in paths], sorted(suffix.lower() for suffix in suffixes or ())

    def __iter__(self) -> Iterator[str]:
        return iter([name for name in folder_names_and_paths if name in self])

    def __len__(self) -> int:
        return len(list(iter(self)))


# What the host does


def settle(folders: Folders) -> None:
    """Bind this module to an installation: its directories and tables start anew from these folders."""
    global _folders, base_path, models_dir, __file__
    _folders = folders
    base_path, models_dir = str(folders.base), str(folders.models)
    __file__ = os.path.join(base_path, "folder_paths.py")  # packs take its directory for the host's root
    for kind in KINDS:
        globals()[f"{kind}_directory"] = str(folders.directory(kind))
    folders.adopt({})
    _as_installed.clear()
    _as_installed.update({name: Entry.of(folders, name) for name in folders.names()})
    folder_names_and_paths.clear()
    folder_names_and_paths.update(table_of(folders))
    folders.adopt(Edited())


def table_of(folders: Folders) -> dict[str, tuple[list[str], set[str]]]:
    """The folders of an installation as packs expect to find them."""
    names = [name for name in folders.names() if name not in LEGACY and name not in PLACES]
    table = {name: (texts(folders.directories(name)), suffixes_of(name)) for name in names}
    for name in FURTHER_FOLDERS:
        table.setdefault(name, ([], suffixes_of(name)))[0].insert(0, str(folders.models / name))
    return table | {"custom_nodes": (texts(folders.directories("custom_nodes")), set())}


def texts(paths: Iterable[Path]) -> list[str]:
    """Paths as packs want them."""
    return [str(path) for path in paths]


def suffixes_of(folder: str) -> set[str]:
    """The endings of a folder; those of models are one set, which a pack may add to."""
    if folder in SUFFIXES:
        return set(SUFFIXES[folder])
    return supported_pt_extensions if folder in (*MODEL_FOLDERS, *FURTHER_FOLDERS) else set()


def table() -> dict[str, tuple[list[str], list[str]]]:
    """The folders that are not as they were installed, to be told to other processes that know the rest."""
    folders = settled()
    entries = {name: Entry.of(folders, name) for name in folders.names()}
    return {
        name: (list(entry.directories), sorted(entry.suffixes))
        for name, entry in entries.items()
        if entry != _as_installed.get(name)
    }


def settled() -> Folders:
    """The folders of the installation. Raises FolderError before `settle`."""
    if _folders is None:
        raise FolderError("folder_paths is not bound to an installation; compat.folder_paths.settle does it")
    return _folders


# Lists and paths of models


def map_legacy(folder_name: str) -> str:
    """The name that a folder has now."""
    return LEGACY.get(folder_name, folder_name)


def add_model_folder_path(folder_name: str, full_folder_path: str, is_default: bool = False) -> None:
    """Search one more directory for a folder's files, as the first one if it is to be the default."""
    paths, _ = folder_names_and_paths.setdefault(map_legacy(folder_name), ([], set()))
    if full_folder_path in paths:
        if not is_default or paths[0] == full_folder_path:
            return
        paths.remove(full_folder_path)
    paths.insert(0 if is_default else len(paths), full_folder_path)


def get_folder_paths(folder_name: str) -> list[str]:
    """The directories of a folder."""
    return list(folder_names_and_paths[map_legacy(folder_name)][0])


def get_filename_list(folder_name: str) -> FileNames:
    """The names in a folder, relative, sorted."""
    folder = map_legacy(folder_name)
    if folder not in folder_names_and_paths:
        raise KeyError(folder_name)
    listed = settled().list(folder)
    return FileNames(listed, folder, listed)


def get_filename_list_(folder_name: str) -> tuple[list[str], dict[str, float], float]:
    """(names, directories and when they changed, now), as the host keeps it."""
    directories = get_folder_paths(folder_name)
    changed = {path: os.path.getmtime(path) for path in directories if os.path.isdir(path)}
    return list(get_filename_list(folder_name)), changed, 0.0


def cached_filename_list_(_: str) -> tuple[list[str], dict[str, float], float] | None:
    """Never anything: a listing is always up to date."""
    return None


def get_full_path(folder_name: str, filename: str) -> str | None:
    """The path of an existing file; None where there is none. No name leads outside of the folder."""
    name = posixpath.normpath("/" + str(filename).replace(os.sep, "/")).lstrip("/")
    try:
        settled().resolve(map_legacy(folder_name), name)
    except FolderError:
        return None
    found = (os.path.join(path, name) for path in get_folder_paths(folder_name))
    return next((path for path in found if is_file(Path(path), ())), None)


def get_full_path_or_raise(folder_name: str, filename: str) -> str:
    """The path of an existing file. Raises FileNotFoundError."""
    path = get_full_path(folder_name, filename)
    if path is None:
        raise FileNotFoundError(f"there is no {filename!r} in the folder {folder_name!r}")
    return path


def recursive_search(
    directory: str, excluded_dir_names: list[str] | None = None
) -> tuple[list[str], dict[str, float]]:
    """(relative paths of all files below a directory, when each directory changed); links are followed."""
    if not os.path.isdir(directory):
        return [], {}
    excluded, files = set(excluded_dir_names or ()), []
    changed = {directory: os.path.getmtime(directory)}
    for here, below, names in os.walk(directory, followlinks=True):
        below[:] = [name for name in below if name not in excluded]
        changed.update({path: os.path.getmtime(path) for name in below if (path := os.path.join(here, name))})
        files += [os.path.relpath(os.path.join(here, name), directory) for name in names]
    return files, changed


def filter_files_extensions(files: Iterable[str], extensions: Iterable[str]) -> list[str]:
    """The files with one of these endings, sorted; all of them for none."""
    wanted = set(extensions)
    return sorted(file for file in files if not wanted or os.path.splitext(file)[1].lower() in wanted)


Media = Literal["image", "video", "audio", "model"]
MODEL_MIMES = {".glb", ".gltf", ".obj", ".fbx", ".stl", ".ply", ".usdz"}


def filter_files_content_types(files: Sequence[str], content_types: Sequence[Media]) -> list[str]:
    """The files whose endings say that they are of one of these kinds."""
    return [file for file in files if media_of(file) in content_types]


def media_of(file: str) -> str:
    """The kind of a file by its ending: image, video, audio, model, ..."""
    suffix = os.path.splitext(file)[1].lower()
    if suffix in MODEL_MIMES:
        return "model"
    known = extension_mimetypes_cache.get(suffix.removeprefix("."))
    return known or (mimetypes.guess_type(file)[0] or "").partition("/")[0]


# The directories of a run


def get_output_directory() -> str:
    """Where results go."""
    return output_directory


def get_temp_directory() -> str:
    """Where previews go."""
    return temp_directory


def get_input_directory() -> str:
    """Where uploads lie."""
    return input_directory


def get_user_directory() -> str:
    """Where settings lie."""
    return user_directory


def set_output_directory(output_dir: str) -> None:
    """Move the results."""
    _move("output", output_dir)


def set_temp_directory(temp_dir: str) -> None:
    """Move the previews."""
    _move("temp", temp_dir)


def set_input_directory(input_dir: str) -> None:
    """Move the uploads."""
    _move("input", input_dir)


def set_user_directory(user_dir: str) -> None:
    """Move the settings."""
    _move("user", user_dir)


def _move(kind: str, directory: str) -> None:
    settled().move(kind, Path(directory))
    globals()[f"{kind}_directory"] = directory


def get_system_user_directory(name: str = "system") -> str:
    """Where a part of the host keeps its own."""
    return os.path.join(user_directory, f"{SYSTEM_USER_PREFIX}{name}")


def get_public_user_directory(user_id: str) -> str | None:
    """A user's directory; None for a part of the host."""
    return None if user_id.startswith(SYSTEM_USER_PREFIX) else os.path.join(user_directory, user_id)


def get_directory_by_type(type_name: str) -> str | None:
    """The directory called output, temp or input; None for another word."""
    return str(globals()[f"{type_name}_directory"]) if type_name in ("output", "temp", "input") else None


def get_input_subfolders() -> list[str]:
    """The directories below the uploads, relative, sorted."""
    found = (
        os.path.relpath(os.path.join(here, name), input_directory).replace(os.sep, "/")
        for here, below, _ in os.walk(input_directory)
        for name in below
    )
    return sorted(found)


def annotated_filepath(name: str) -> tuple[str, str | None]:
    """(name, directory) of `name [output]`; the directory is None where there is no mark."""
    folder, plain = settled().annotated(name, "")
    return plain, get_directory_by_type(folder)


def get_annotated_filepath(name: str, default_dir: str | None = None) -> str:
    """The path of `name [output]`; without a mark below `default_dir`, else below the uploads.

    Raises FolderError where it would lie outside.
    """
    plain, marked = annotated_filepath(name)
    directory = marked or default_dir or input_directory
    path = os.path.normpath(os.path.join(directory, plain))
    if not Path(path).is_relative_to(os.path.normpath(directory)):
        raise FolderError(f"{name!r} leads out of {directory}; use a name inside the folder")
    return path


def exists_annotated_filepath(name: str) -> bool:
    """Whether the file of `name [output]` is there."""
    try:
        return os.path.exists(get_annotated_filepath(name))
    except FolderError:
        return False


def get_save_image_path(
    filename_prefix: str, output_dir: str, image_width: int = 0, image_height: int = 0
) -> tuple[str, str, int, str, str]:
    """(directory, stem, counter, subfolder, prefix) for the next picture; makes the directory.

    Raises FolderError where the prefix leads out of `output_dir`.
    """
    place = Folders(Path(output_dir), output=Path(output_dir)).save_path(
        "output", filename_prefix, {"width": image_width, "height": image_height}
    )
    filled = posixpath.join(place.subfolder, place.stem)
    return str(place.directory), place.stem, place.counter, place.subfolder, filled


class CacheHelper:
    """Stands where packs ask that listings be kept for a while: they are, as long as they are right."""

    active = False

    def get(self, _: str, default: object = None) -> object:
        """Never anything."""
        return default

    def set(self, _: str, __: object) -> None: ...

    def clear(self) -> None: ...

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


cache_helper = CacheHelper()
