"""`comfy_execution.utils` as packs know it: which node is running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from compat.core_classes import calling
from compat.current import current, running


class ExecutionContext(NamedTuple):
    """The run, the node, and which call of it this is; None where it is not called for a list."""

    prompt_id: str
    node_id: str
    list_index: int | None


def get_executing_context() -> ExecutionContext | None:
    """Of the running call; None outside of one."""
    context = current()
    return None if context is None else ExecutionContext(context.run_id, context.node_id, context.index)


@contextmanager
def CurrentNodeContext(  # noqa: N802 - as packs say
    prompt_id: str, node_id: str, list_index: int | None = None
) -> Iterator[ExecutionContext]:
    """Inside the block this node counts as the one that runs."""
    context = replace(calling(), run_id=prompt_id, node_id=node_id, index=list_index or 0)
    with running(context):
        yield ExecutionContext(prompt_id, node_id, list_index)
