"""What an imported pack offers: typed functions, a table of classes, or an extension that lists them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from compat import classes, core_classes
from compat.calls import awaited
from compat.classes import Origin
from compat.declarations import indexed
from compat.wire_types import FIELD_TYPES, text_of
from graph.code import VERSION_BYTES, pack_version
from graph.errors import HeddleError
from graph.node import NodeType
from graph.plugins import Offer, found_in, web_folders
from runtime.messages import PackReport


class NoNodes(HeddleError):
    """A module names its nodes in none of the ways there are."""


def offers_of(module: ModuleType, folder: str) -> Iterator[Offer]:
    """All that a module offers; `folder` is the pack's file or folder without its ending.

    Raises NoNodes where it says nothing of nodes, and what its entry point raises.
    """
    register(module, folder)
    typed = list(found_in(module, folder))
    yield from typed
    listed = getattr(module, "NODE_CLASS_MAPPINGS", None)
    if listed is not None:
        yield from class_offers(module, folder, listed)
    elif hasattr(module, "comfy_entrypoint"):
        origin = origin_of(module, folder, ())
        for cls in extension_classes(module.comfy_entrypoint):
            yield cls.__name__, partial(listed_type, cls, origin)
    elif not typed:
        raise NoNodes(
            f"{folder} has no function marked with @node, no NODE_CLASS_MAPPINGS and no comfy_entrypoint"
        )


def class_offers(module: ModuleType, folder: str, listed: Mapping[Any, Any]) -> Iterator[Offer]:
    """The classes of NODE_CLASS_MAPPINGS, of either style."""
    displayed = getattr(module, "NODE_DISPLAY_NAME_MAPPINGS", None) or {}
    origin = origin_of(module, folder, listed.values())
    for key, cls in list(listed.items()):
        name = text_of(key) if isinstance(key, str) else str(key)
        if core_classes.is_own(name, cls):  # the host's table stands among the pack's names
            continue
        shown = None if displayed.get(key) is None else str(displayed[key])
        core_classes.add(name, cls, shown)
        yield name, partial(node_type_of, cls, name, origin, shown)


def node_type_of(cls: Any, name: str, origin: Origin, display_name: str | None) -> NodeType:
    """The node type of a class of either style."""
    if is_newer(cls):
        return newer_type(cls, origin, name, display_name)
    mark(cls, origin)
    return classes.node_type_of(cls, name, origin, display_name)


def newer_type(
    cls: Any, origin: Origin, name: str | None = None, display_name: str | None = None
) -> NodeType:
    """The node type of a class that describes itself with `define_schema`."""
    from compat import schemas

    mark(cls, origin)
    return schemas.node_type_of(cls, name=name, display_name=display_name, origin=origin)


def listed_type(cls: Any, origin: Origin) -> NodeType:
    """The node type of a class that an extension lists; its schema says what it is called."""
    made = newer_type(cls, origin)
    core_classes.add(made.schema.name, cls, made.schema.display_name)
    return made


def is_newer(cls: Any) -> bool:
    """Whether a class describes itself with `define_schema`."""
    return callable(getattr(cls, "define_schema", None))


def register(module: ModuleType, folder: str) -> None:
    """Tell other packs where this one lies, and which folders of scripts it has."""
    place = Path(os.path.abspath(str(module.__file__))).parent
    core_classes.LOADED_MODULE_DIRS[folder] = str(place)
    if hasattr(module, "__path__"):
        core_classes.EXTENSION_WEB_DIRS.update(web_folders(module, place, []))


def with_scripts(reports: Iterable[PackReport]) -> list[PackReport]:
    """The packs, with the folders of scripts within them that they have registered by themselves."""
    registered = core_classes.EXTENSION_WEB_DIRS
    return [
        replace(one, web={**{k: v for k, v in registered.items() if lies_in(v, one.path)}, **one.web})
        for one in reports
    ]


def lies_in(folder: str, pack: str) -> bool:
    """Whether this is a folder within a pack's."""
    return os.path.isdir(folder) and Path(os.path.abspath(folder)).is_relative_to(os.path.abspath(pack))


def mark(cls: Any, origin: Origin) -> None:
    """Tell the class where it comes from, as other packs expect."""
    cls.RELATIVE_PYTHON_MODULE = origin.module


def extension_classes(entrypoint: Callable[[], Any]) -> list[Any]:
    """The classes that a pack's extension lists. Raises NoNodes where it gives none."""
    extension = awaited(entrypoint())
    if not hasattr(extension, "get_node_list"):
        raise NoNodes(f"comfy_entrypoint returned {extension!r}; it returns a ComfyExtension")
    return list(awaited(extension.get_node_list()))


def origin_of(module: ModuleType, folder: str, known: Iterable[Any]) -> Origin:
    """The pack of these classes: a change of any of its files is a change of all of them."""
    return Origin(f"custom_nodes.{folder}", version_of(module), FIELD_TYPES | returned_types(known))


def version_of(module: ModuleType) -> str:
    """A hash of the pack's code."""
    if hasattr(module, "__path__"):
        return pack_version(module)
    source = Path(str(module.__file__)).read_bytes()
    return hashlib.blake2b(source, digest_size=VERSION_BYTES).hexdigest()


def returned_types(listed: Iterable[Any]) -> frozenset[str]:
    """The plain types that classes return."""
    found = (declared for cls in listed for declared in indexed(getattr(cls, "RETURN_TYPES", None)))
    return frozenset(declared for declared in found if type(declared) is str and "," not in declared)
