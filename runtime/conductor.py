"""Takes the engine's commands in the worker: begins runs, takes them further, tells their ends."""

from __future__ import annotations

import json
import queue
from collections import deque
from collections.abc import Sequence
from typing import Any

from graph.errors import InvalidWorkflow
from graph.events import Event
from graph.executor import Run
from graph.workflow import Graph
from runtime.desk import parse
from runtime.messages import AnswerNode, FreeMemory, Message, RunDone, RunJob, Shutdown, Spare
from runtime.parts import Parts
from runtime.pipes import Inbox, Outbox


class Conductor:
    """The conducting thread's work, from the first command to `Shutdown`."""

    def __init__(self, parts: Parts, inbox: Inbox, outbox: Outbox) -> None:
        self._parts, self._inbox, self._outbox = parts, inbox, outbox
        self._executor = parts.executor
        self._ahead = Lookahead(parts, inbox)
        self._backlog: deque[Message] = deque()
        self._underway: dict[str, Run] = {}
        self._spare: tuple[str, ...] = ()  # the runs under which the engine was last told so

    def serve(self) -> None:
        """Until `Shutdown`, and until what was begun before it has ended."""
        self._inbox.ring = lambda: self._executor.mail.put(self._take)
        self._inbox.answer = self._answer
        self._take()
        while self._begin_next():
            if not self._executor.advance():
                self._tell_spare()
                self._executor.wait()
            self._tell_ends()

    def _answer(self, answer: AnswerNode) -> None:
        """On the reading thread, so that the node goes on while another one keeps this thread busy."""
        self._executor.inquiries.answer(answer.run_id, answer.node_id, answer.choice)
        self._executor.mail.put(self._forget_spare)

    def _forget_spare(self) -> None:
        """The engine no longer counts on what it was told: a run that rested goes on."""
        self._spare = ()

    def _take(self) -> None:
        """What has come in goes to the backlog, in order."""
        while True:
            try:
                self._backlog.append(self._inbox.commands.get_nowait())
            except queue.Empty:
                return

    def _begin_next(self) -> bool:
        """Do what may be done of the backlog; False when there is nothing more to come."""
        while self._backlog and self._may_begin(self._backlog[0]):
            command = self._backlog.popleft()
            if isinstance(command, RunJob):
                self._begin(command)
            elif isinstance(command, FreeMemory) and self._parts.free is not None:
                self._parts.free(models=command.models, cache=command.cache)
            elif isinstance(command, Shutdown):
                return False
        return True

    def _may_begin(self, command: Message) -> bool:
        """A job when the device is idle; all else when nothing runs."""
        if not self._underway:
            return True
        return isinstance(command, RunJob) and self._executor.wants_more

    def _begin(self, job: RunJob) -> None:
        prompt: dict[str, Any] = json.loads(job.prompt)
        try:
            graph = parse(self._parts, prompt, job.targets)
        except InvalidWorkflow as error:  # files or packs may have gone since the job was accepted
            reason = f"the workflow is no longer valid: {error}"
            self._end(job.run_id, RunDone(job.run_id, "error", {}, reason))
            return

        def emit(event: Event) -> None:
            self._outbox.emit(event, previews=job.previews)

        self._underway[job.run_id] = self._executor.begin(
            graph,
            run_id=job.run_id,
            emit=emit,
            cancel=self._inbox.flag(job.run_id),
            prompt=prompt,
            extra_pnginfo=dict(job.extra_pnginfo) if job.extra_pnginfo is not None else None,
            client_id=job.client_id,
            behind=self._ahead.graphs,
            attended=job.attended,
        )

    def _tell_ends(self) -> None:
        for run_id, run in list(self._underway.items()):
            if run.outcome is not None:
                del self._underway[run_id]
                self._end(run_id, RunDone(run_id, run.outcome.status, run.outcome.outputs))

    def _end(self, run_id: str, done: RunDone) -> None:
        self._inbox.forget(run_id)
        self._outbox.put(done)

    def _tell_spare(self) -> None:
        """Once for each change: that the runs underway leave the device idle."""
        idle = bool(self._underway) and not self._backlog and self._executor.wants_more
        spare = tuple(self._underway) if idle else ()
        if spare and spare != self._spare:
            self._outbox.put(Spare(spare))
        self._spare = spare


class Lookahead:
    """The graphs that wait behind the runs underway, parsed when someone asks."""

    def __init__(self, parts: Parts, inbox: Inbox) -> None:
        self._parts, self._inbox = parts, inbox
        self._parsed: dict[tuple[str, tuple[str, ...]], Graph | None] = {}

    def graphs(self) -> Sequence[Graph]:
        """Those that can be read, the soonest first."""
        jobs = self._inbox.behind.jobs
        self._parsed = {job: self._parsed[job] if job in self._parsed else self._parse(*job) for job in jobs}
        return [graph for graph in self._parsed.values() if graph is not None]

    def _parse(self, prompt: str, targets: tuple[str, ...]) -> Graph | None:
        schemas, list_files = self._parts.registry.schemas, self._parts.folders.list
        try:
            return Graph.parse(json.loads(prompt), schemas, targets=targets, list_files=list_files)
        except InvalidWorkflow:
            return None
