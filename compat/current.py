"""The call that is running in this thread or task, for packs that ask their host about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count

from graph.context import Context


@dataclass(frozen=True)
class Call:
    """One call of one node, and how many graphs it has begun to build."""

    context: Context
    graphs: Iterator[int] = field(default_factory=count, repr=False)


_CALL: ContextVar[Call | None] = ContextVar("call", default=None)


@contextmanager
def running(context: Context) -> Iterator[Call]:
    """Inside the block, also in tasks begun there, this is the running call."""
    call = Call(context)
    token = _CALL.set(call)
    try:
        yield call
    finally:
        _CALL.reset(token)


def current() -> Context | None:
    """The context of the running call; None outside of one."""
    call = _CALL.get()
    return None if call is None else call.context


def current_call() -> Call | None:
    """The running call; None outside of one."""
    return _CALL.get()
