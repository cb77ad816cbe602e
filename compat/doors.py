"""The names under which packs import their host: each leads to the module of the same name in here.

`comfy.utils` and `compat.comfy.utils` are one module object, so that what one pack hangs on it another
one sees. Heddle's own packages are found before anything that a pack puts on `sys.path`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
HOME = __name__.partition(".")[0]
HOST = frozenset(
    {"comfy", "comfy_api", "comfy_api_nodes", "comfy_config", "comfy_execution", "comfy_extras",
     "cuda_malloc", "execution", "folder_paths", "latent_preview", "node_helpers"}
)  # fmt: skip
OWN = frozenset({"compat", "diffusion", "graph", "nodes", "runtime", "server"})


class SameModule(Loader):
    """Gives a second name to a module that has one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.own: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.name)
        self.own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.own  # the import system has put the second name's there


class Doors(MetaPathFinder):
    """Finds what packs import by the names of their host."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """As the import system asks. Raises ModuleNotFoundError for a name of the host that is not here."""
        top, _, rest = fullname.partition(".")
        if top == HOME and rest.partition(".")[0] in HOST:
            return PathFinder.find_spec(fullname, path) or missing(rest)
        if top in OWN and not rest:
            return PathFinder.find_spec(fullname, [str(ROOT)])
        return second_name(fullname) if top in HOST else None


def second_name(name: str) -> ModuleSpec:
    """The spec by which a host's name leads to our module."""
    ours = find_spec(f"{HOME}.{name}") or missing(name)
    return ModuleSpec(
        name,
        SameModule(ours.name),
        origin=ours.origin,
        is_package=ours.submodule_search_locations is not None,
    )


def missing(name: str) -> ModuleSpec:
    """Raises: there is no such module."""
    raise ModuleNotFoundError(
        f"no module named {name!r}: Heddle does not have this part of ComfyUI yet", name=name
    )


def open_doors() -> None:
    """From now on packs find their host's modules; a second call changes nothing."""
    if not any(isinstance(finder, Doors) for finder in sys.meta_path):
        sys.meta_path.insert(0, Doors())


def close_doors() -> None:
    """Undo `open_doors`, and forget the second names."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Doors)]
    for name in [name for name in sys.modules if name.partition(".")[0] in HOST]:
        del sys.modules[name]


def submodule(package: str, name: str) -> ModuleType:
    """For a package's `__getattr__`: packs use modules of the host that someone else has imported.

    Raises AttributeError where there is none.
    """
    try:
        return importlib.import_module(f"{package}.{name}")
    except ModuleNotFoundError as error:
        if error.name not in (f"{package}.{name}", f"{package}.{name}".removeprefix(f"{HOME}.")):
            raise
        raise AttributeError(f"module {package!r} has no attribute {name!r}") from error
