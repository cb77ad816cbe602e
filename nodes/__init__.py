"""The built-in nodes: thin, typed stages over `diffusion/`."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.node import NodeType


def all_node_types() -> list[NodeType]:
    """Every built-in node type. Importing them imports torch, so it happens here and not above."""
    from nodes import image, image_files, latent, loaders, primitives, sampling, text, vae

    rooms = (loaders, text, latent, sampling, vae, image, image_files, primitives)
    return [found for room in rooms for found in nodes_of(room)]


def nodes_of(module: ModuleType) -> list[NodeType]:
    """The node types among a module's names, in the order in which they are written."""
    from graph.node import NodeType

    return [value for value in vars(module).values() if isinstance(value, NodeType)]
