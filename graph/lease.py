"""What the executor asks of whoever holds the weights: leases, and help when the memory is full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

# The values that each node still to come will be given, as far as they are known, the soonest first:
# the rest of this graph, then the queue behind it. Costs nothing until it is called.
Future = Callable[[], Iterator[Sequence[object]]]


class Memory(Protocol):
    """Brings the weights inside a call's arguments to where the call needs them."""

    def lease(self, arguments: Mapping[str, object], future: Future = ...) -> AbstractContextManager[None]:
        """Holds the weights reachable from the arguments in place while the block runs."""

    def relieve(self, error: Exception, arguments: Mapping[str, object], tried: Sequence[str]) -> str | None:
        """One more step towards room after `error`, in words; then the node is called again.

        None when the error is not about memory, or when nothing is left beyond what was `tried`.
        """


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device, or the machine, has no memory left."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"


def no_future() -> Iterator[Sequence[object]]:
    """Nothing is known of what comes."""
    return iter(())


class NoMemory:
    """For nodes whose arguments hold no weights."""

    def lease(self, _: Mapping[str, object], __: Future = no_future) -> AbstractContextManager[None]:
        return nullcontext()

    def relieve(self, _: Exception, __: Mapping[str, object], ___: Sequence[str]) -> str | None:
        return None
