"""The built-in nodes: thin, typed stages over `diffusion/`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.node import NodeType
else:

    def __getattr__(name: str) -> object:
        """What packs written for ComfyUI find under the name `nodes`: its classes and tables of nodes."""
        if not name[:1].isupper() and name not in FUNCTIONS:
            raise AttributeError(f"module 'nodes' has no attribute {name!r}")
        from compat import core_classes

        return getattr(core_classes, name)


FUNCTIONS = frozenset({"before_node_execution", "interrupt_processing"})  # of the field's module of this name


def all_node_types() -> list[NodeType]:
    """Every built-in node type: those of each module beside this one.

    Importing them imports torch, so it happens here and not above.
    """
    names = sorted(found.name for found in iter_modules(__path__))
    rooms = [import_module(f"{__name__}.{name}") for name in names]
    return [found for room in rooms for found in nodes_of(room)]


def nodes_of(module: ModuleType) -> list[NodeType]:
    """The node types that a module writes, in their order."""
    from graph.node import NodeType

    own = (value for value in vars(module).values() if isinstance(value, NodeType))
    return [found for found in own if found.fn.__module__ == module.__name__]
