"""What can go wrong between a submission and its run."""

from __future__ import annotations

from graph.errors import HeddleError


class RuntimeFault(HeddleError):
    """Base of this package's errors."""


class QueueFull(RuntimeFault):
    """More jobs wait than the queue is allowed to hold."""


class DuplicateRun(RuntimeFault):
    """A run id, or an idempotency key, was used before for another submission."""


class JobBegun(RuntimeFault):
    """A job that was to be changed does not wait any more."""


class UnknownJob(RuntimeFault):
    """There is no job of this id."""


class NobodyAsks(RuntimeFault):
    """An answer for a node that does not wait for one."""


class BadAnswer(RuntimeFault):
    """An answer that does not fit the question."""


class StoreFault(RuntimeFault):
    """The database could not keep what it was given (disk full, read-only, damaged)."""


class WorkerFault(RuntimeFault):
    """The worker process died, fell silent or could not be started."""


class EngineStopped(RuntimeFault):
    """The engine takes no more work because it is shutting down."""
