"""Conducts runs over one registry and one cache: the oldest first, the next in what it leaves free."""

from __future__ import annotations

import queue
from collections.abc import Mapping, Sequence
from typing import Any, Required, TypedDict, Unpack

from graph.cache import Cache
from graph.context import Cancel
from graph.folders import Folders
from graph.lease import Memory
from graph.measure import Meters
from graph.registry import Registry
from graph.report import Emit
from graph.run import Asked, Behind, Run, RunOutcome
from graph.workflow import Graph
from graph.workshop import Workshop

__all__ = ["Executor", "Run", "RunOutcome"]

MOST_UNDERWAY = 2  # runs: the second begins when the first has nothing left for the device
MOST_RESTING = 8  # runs besides, that only wait for a person
LOOK = 0.05  # seconds between two looks at whether a run is to stop, while nothing happens


def no_queue() -> Sequence[Graph]:
    """Nothing is known to wait."""
    return ()


class Asking(TypedDict, total=False):
    """What a run is begun with, by name: see `Executor.begin`."""

    run_id: Required[str]
    emit: Required[Emit]
    cancel: Cancel | None
    prompt: Mapping[str, Any] | None
    extra_pnginfo: Mapping[str, Any] | None
    client_id: str | None
    behind: Behind
    attended: bool


class Executor(Workshop):
    """Runs graphs. `run` takes one to its end; a worker begins several and advances them on one thread."""

    def __init__(
        self,
        registry: Registry,
        cache: Cache,
        folders: Folders,
        *,
        memory: Memory | None = None,
        meters: Meters | None = None,
    ) -> None:
        super().__init__(registry, cache, folders, memory=memory, meters=meters)
        self.underway: list[Run] = []  # oldest first

    def run(self, graph: Graph, **asked: Unpack[Asking]) -> RunOutcome:
        """Run a graph to its end; what nodes raise is told by events and in the outcome, not raised."""
        run = self.begin(graph, **asked)
        while run.outcome is None:
            if not self.advance():
                self.wait()
        return run.outcome

    def begin(
        self,
        graph: Graph,
        *,
        run_id: str,
        emit: Emit,
        cancel: Cancel | None = None,
        prompt: Mapping[str, Any] | None = None,
        extra_pnginfo: Mapping[str, Any] | None = None,
        client_id: str | None = None,
        behind: Behind = no_queue,
        attended: bool = False,
    ) -> Run:
        """A run that `advance` takes further, piece by piece, until it has an outcome.

        `prompt` and `extra_pnginfo` are for nodes that write them into files; `behind` gives the graphs that
        wait, when the memory has to know. In a run that is `attended` nodes may ask a person, whose answers
        come by `inquiries`.
        """
        asked = Asked(run_id, emit, cancel or Cancel(), prompt, extra_pnginfo, client_id, behind, attended)
        run = Run(self, graph, asked, older=tuple(self.underway))
        self.underway.append(run)
        self.forget_states(run.graph.nodes for run in self.underway)
        run.begin()
        return run

    def advance(self) -> bool:
        """Do one piece of work on this thread, for the oldest run that has one; False when none has."""
        if not self.mail.empty():
            self.read_mail()
            return True
        worked = any(run.advance() for run in self.underway)
        self._let_go()
        return worked

    def wait(self) -> None:
        """Until something came by mail, or for a moment while runs may be asked to stop."""
        try:
            letter = self.mail.get(timeout=LOOK if self.underway else None)
        except queue.Empty:
            return
        letter()
        self.read_mail()

    def read_mail(self) -> None:
        """Do what other threads want done here."""
        while not self.mail.empty():
            self.mail.get()()
        self._let_go()

    @property
    def wants_more(self) -> bool:
        """Whether another run may begin: those underway have only work for other lanes left, or rest."""
        resting = [run.rests for run in self.underway]
        busy = len(resting) - sum(resting)
        idle = all(rests or run.off_device for run, rests in zip(self.underway, resting, strict=True))
        return idle and busy < MOST_UNDERWAY and len(resting) - busy <= MOST_RESTING

    def _let_go(self) -> None:
        """Runs that have ended are no longer underway."""
        if any(run.outcome is not None for run in self.underway):
            self.underway = [run for run in self.underway if run.outcome is None]

    def close(self) -> None:
        """Wait for the threads beside this one to end."""
        self.lanes.close()
