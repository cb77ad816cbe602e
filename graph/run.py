"""One execution of one graph, piece by piece: cached nodes skipped, the rest called, told and kept."""

from __future__ import annotations

import traceback
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future as TaskFuture
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.cache import Outputs, Shown, Ui
from graph.calls import Call, Ended, Items, Returned, asked, gather
from graph.context import Cancel, Context, Expanded
from graph.errors import Cancelled, HeddleError
from graph.events import (
    Event,
    NodeFailed,
    NodeFinished,
    NodesCached,
    NodeSkipped,
    NodeStarted,
    RunFinished,
    RunStarted,
    Status,
)
from graph.expansion import MOST_EXPANDED, Expansion, ExpansionError, Linked, read_expansion
from graph.future import coming
from graph.lease import is_out_of_memory
from graph.node import NodeType
from graph.schedule import Schedule
from graph.signature import Key, content_keys, key_of, relinked, without_twins
from graph.workflow import Graph, GraphNode

if TYPE_CHECKING:
    from graph.executor import Executor

Emit = Callable[[Event], None]
Behind = Callable[[], Sequence[Graph]]
SHOWN = 200  # characters of an input's value in an error
BESIDE = -(1 << 40)  # rank of what another thread does: it is handed over at once


class Blocked(HeddleError):
    """A blocker with a message reached a node."""


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended, and what its nodes show."""

    status: Status
    outputs: dict[str, Ui]
    executed: list[str]
    failures: list[NodeFailed] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """What a run was begun with."""

    run_id: str
    emit: Emit
    cancel: Cancel
    prompt: Mapping[str, Any] | None
    extra_pnginfo: Mapping[str, Any] | None
    client_id: str | None
    behind: Behind


class Run:
    """One run underway; all but the calls of other lanes happens on the conducting thread."""

    def __init__(self, executor: Executor, graph: Graph, asked: Asked) -> None:
        self.executor, self.graph, self.asked = executor, graph, asked
        self.run_id, self.cancel = asked.run_id, asked.cancel
        self.outcome: RunOutcome | None = None
        self.types = executor.registry.types
        self.outputs = frozenset(graph.outputs)
        self.keys = content_keys(graph.nodes, graph.nodes, executor.token)
        nodes, self.alias = without_twins(graph.nodes, self.keys)
        self.nodes: dict[str, GraphNode] = dict(nodes)
        self.first: dict[Key, str] = {}  # by key, for the nodes that expansions add
        self.twins: dict[str, list[str]] = {}  # by the first of them, which computes for all
        for twin, first in self.alias.items():
            self.twins.setdefault(first, []).append(twin)
        self.places: dict[str, Expanded] = {}  # where the nodes made by expansions belong
        # What there is so far.
        self.held: dict[str, Outputs] = {}  # for consumers still to come
        self.shown: dict[str, Ui] = {}
        self.executed: list[str] = []
        self.failures: list[NodeFailed] = []
        self.lost: set[str] = set()  # failed or skipped
        # What is still to do.
        self.schedule = Schedule()
        self.pending: set[str] = set()
        self.left: Counter[str] = Counter()  # pending nodes by lane
        self.reads: dict[str, Collection[str]] = {}  # what pending nodes read
        self.readers: dict[str, int] = {}  # consumers still to read a node
        self.wanted: dict[str, set[str]] = {}  # lazy inputs that their node asked for
        self.ids: set[str] = set()  # of all nodes; filled when a node first adds some
        self.expanding: dict[str, tuple[Expansion, bool, float]] = {}  # makers that wait for what they made
        self.within: dict[str, list[Shown]] = {}  # by maker: what its nodes show
        self.spoilt: set[str] = set()  # makers some of whose nodes failed: not to be cached
        self.postponed: deque[str] = deque()  # for lanes that an older run still needs
        self.underway: dict[str, TaskFuture[Any] | None] = {}
        self.stopped_at: str | None = None
        self.stopping = False

    # From the first event to the last

    def begin(self) -> None:
        """Tell what is cached, and make the rest ready to run."""
        self.emit(RunStarted(self.run_id))
        self.executor.cache.begin(list(self.keys.values()))
        self.order = {node_id: index for index, node_id in enumerate(self.nodes)}
        needed = dict.fromkeys(self.alias.get(output, output) for output in self.graph.outputs)
        added = self.require(needed)
        running = self.pending | self.dormant()
        self.emit(NodesCached(self.run_id, tuple(i for i in self.graph.nodes if i not in running)))
        for node_id in needed:
            if node_id in self.held:
                self.show(node_id, self.held[node_id], cached=True)
        self.plan(added)

    def advance(self) -> bool:
        """Do one piece of work on this thread; False when there is none just now."""
        if self.outcome is not None:
            return False
        if self.cancel.requested or self.stopping:
            return self.wind_up()
        if self.postponed and self.may_use(self.lane(self.postponed[0])):
            self.hand_over(self.postponed.popleft())
            return True
        node_id = self.schedule.next()
        if node_id is not None:
            self.work(node_id)
            return True
        if self.underway or self.postponed:
            return False
        for stuck in self.schedule.stuck():
            self.fail_stuck(stuck)
        self.finish("error" if self.failures else "success")
        return True

    def wind_up(self) -> bool:
        """The run is to stop: wait for what is underway on other threads, then end."""
        if not self.stopping:
            self.stopping = True
            self.stopped_at = self.stopped_at or self.schedule.next() or next(iter(self.underway), None)
            for task in self.underway.values():
                if task is not None:
                    task.cancel()
        if self.underway:
            return False
        self.finish("interrupted")
        return True

    def finish(self, status: Status) -> None:
        """The last event."""
        stopped = None if self.stopped_at is None else self.nodes.get(self.stopped_at)
        self.executor.cache.end()
        self.held.clear()
        self.outcome = RunOutcome(status, self.shown, self.executed, self.failures)
        place = None if stopped is None else self.display(stopped.id)
        kind = None if stopped is None else self.nodes.get(self.display(stopped.id), stopped).type
        self.emit(RunFinished(self.run_id, status, list(self.executed), node_id=place, node_type=kind))

    @property
    def off_device(self) -> bool:
        """Whether all that is left is for other lanes: nothing will need this thread's lane again."""
        return self.outcome is None and not self.stopping and not self.left["device"]

    # What must run

    def require(self, wanted: Iterable[str]) -> list[str]:
        """Make nodes pending that are neither cached nor done, with all they need; those that are new."""
        todo, added = list(wanted)[::-1], []
        pending, held, nodes, keys = self.pending, self.held, self.nodes, self.keys
        get = self.executor.cache.get
        while todo:
            node_id = todo.pop()
            if node_id in pending or node_id in held or node_id in self.lost:
                continue
            found = get(keys[node_id])
            if found is not None:
                held[node_id] = found
                continue
            pending.add(node_id)
            added.append(node_id)
            needs = self.reads[node_id] = self.needs(nodes[node_id])
            todo += needs
        return added

    def dormant(self) -> set[str]:
        """Nodes that wait for a node to ask for them: neither cached nor sure to run."""
        todo = [
            source
            for node in (self.nodes[i] for i in self.pending if self.types[self.nodes[i].type].lazy)
            for source in {source for source, _ in node.links.values()} - set(self.needs(node))
        ]
        found: set[str] = set()
        while todo:
            node_id = todo.pop()
            if node_id not in found and node_id not in self.pending and node_id not in self.held:
                found.add(node_id)
                todo += (source for source, _ in self.nodes[node_id].links.values())
        return found

    def needs(self, node: GraphNode) -> Collection[str]:
        """The sources without which a node cannot be called, or asked."""
        lazy = self.types[node.type].lazy
        if not lazy:
            return {source for source, _ in node.links.values()}
        wanted = self.wanted.get(node.id, ())
        return {source for name, (source, _) in node.links.items() if name not in lazy or name in wanted}

    def plan(self, added: Sequence[str]) -> None:
        """Put new pending nodes on the schedule."""
        readers, pending, lost = self.readers, self.pending, self.lost
        for node_id in added:
            needs = self.reads[node_id]
            for source in needs:
                readers[source] = readers.get(source, 0) + 1
            self.left[self.lane(node_id)] += 1
            missing = [source for source in needs if source in pending or source in lost]
            self.schedule.add(node_id, missing, self.rank(node_id))
        if lost:
            self.lose_readers({source for node_id in added for source in self.reads[node_id]} & lost)

    def lose_readers(self, sources: Iterable[str]) -> None:
        """What turned out to need a node that has failed, or was skipped, does not run."""
        for source in sources:
            self.lose(source, self.schedule.drop(source))

    def lane(self, node_id: str) -> str:
        """What a node's call keeps busy."""
        return self.types[self.nodes[node_id].type].where

    def rank(self, node_id: str) -> int:
        """Lower ranks run first: what other threads do, what expansions added, what is near an output.

        `order` is depth first from the outputs: a node that stands late in it is near one.
        """
        rank = -self.order[node_id]
        return rank if self.lane(node_id) == "device" else rank + BESIDE

    # Calling a node

    def work(self, node_id: str) -> None:
        """Call a ready node, or hand it to its lane; one with lazy inputs is asked first."""
        if node_id in self.expanding:
            self.complete(node_id)
            return
        node = self.nodes[node_id]
        node_type = self.types[node.type]
        if node_type.lazy and self.asks_for_more(node, node_type):
            return
        if node_type.is_async or node_type.lane != "device":
            if self.may_use(self.lane(node_id)):
                self.hand_over(node_id)
            else:
                self.postponed.append(node_id)
            return
        self.emit(self.started(node_id))
        call = self.call(node, node_type)
        self.settle(node_id, call, call.perform(self.relief(call)))

    def may_use(self, lane: str) -> bool:
        """Whether no older run still needs a lane: what is written keeps the order of the runs."""
        if lane == "async":
            return True
        for older in self.executor.underway:
            if older is self:
                return True
            if older.outcome is None and older.left[lane]:
                return False
        return True

    def hand_over(self, node_id: str) -> None:
        """Have a node called beside this thread; how it ended comes back by mail."""
        node = self.nodes[node_id]
        node_type = self.types[node.type]
        call = self.call(node, node_type)

        def done(ended: Ended) -> None:
            self.executor.mail.put(lambda: self.returned(node_id, call, ended))

        def perform() -> Ended:
            if not self.cancel.requested:
                self.emit(self.started(node_id))
            return call.perform()

        self.underway[node_id] = None
        if node_type.is_async:
            self.emit(self.started(node_id))
            self.underway[node_id] = self.executor.lanes.start(call.perform_async(), done)
        else:
            self.executor.lanes.submit(node_type.lane, perform, done)

    def returned(self, node_id: str, call: Call, ended: Ended) -> None:
        """A node that was called beside this thread has ended."""
        self.underway.pop(node_id, None)
        self.settle(node_id, call, ended)

    def call(self, node: GraphNode, node_type: NodeType) -> Call:
        """All that a call of a node takes."""
        place = self.places.get(node.id)
        asked = self.asked

        def context(index: int) -> Context:
            return Context(
                node.id,
                asked.run_id,
                self.executor.folders,
                asked.emit,
                asked.cancel,
                asked.prompt,
                asked.extra_pnginfo,
                asked.client_id,
                index,
                self.places,
                self.executor.state(node, self.display(node.id)),
                place.display_id if place else None,
                place.parent_id if place else None,
            )

        arguments = self.arguments(node, node_type)
        return Call(node_type, arguments, context, asked.cancel, self.executor.memory, self.future)

    def arguments(self, node: GraphNode, node_type: NodeType) -> dict[str, Any]:
        """Literal values, and the outputs that links lead to; None for lazy inputs not asked for."""
        held, found = self.held, dict(node.values)
        for name, (source, slot) in node.links.items():
            if name in node_type.raw:
                found[name] = [source, slot]
            elif name in node_type.lazy and name not in self.wanted.get(node.id, ()):
                found[name] = None
            else:
                values = held[source].values
                found[name] = values[slot] if slot < len(values) else None
        return found

    def asks_for_more(self, node: GraphNode, node_type: NodeType) -> bool:
        """Whether a node wants lazy inputs that are not there; these are made to run first."""
        wanted = self.wanted.setdefault(node.id, set())
        lazy = {name: name in wanted for name in node.links if name in node_type.lazy}
        call = self.call(node, node_type)
        answer = asked(call, lazy)
        if isinstance(answer, Cancelled):
            self.settle(node.id, call, Ended((), False, 0.0, answer))
            return True
        if isinstance(answer, Exception):
            self.emit(self.started(node.id))
            self.settle(node.id, call, Ended((), False, 0.0, answer))
            return True
        if not answer:
            return False
        before = self.reads[node.id]
        wanted |= answer
        self.reads[node.id] = self.needs(node)
        new = [source for source in self.reads[node.id] if source not in before]
        for source in new:
            self.readers[source] = self.readers.get(source, 0) + 1
        self.wait_for(node.id, new, self.require(new))
        return True

    def wait_for(self, node_id: str, sources: Collection[str], added: Sequence[str]) -> None:
        """Put a pending node back until these are there; `added` became pending for it."""
        missing = [source for source in sources if source in self.pending or source in self.lost]
        self.schedule.add(node_id, missing, self.rank(node_id))
        self.plan(added)
        self.lose_readers(self.lost.intersection(missing))

    def relief(self, call: Call) -> Callable[[Exception], bool]:
        """After an error: whether room was made, so that the call may be tried again."""
        tried: list[str] = []

        def relieved(error: Exception) -> bool:
            if not is_out_of_memory(error):
                return False
            if not tried and self.executor.cache.shed():
                tried.append("let go of outputs that nothing needs")
                return True
            step = self.executor.memory.relieve(error, call.arguments, tried)
            if step is None:
                error.add_note(f"Tried: {'; '.join(tried) or 'nothing, for nothing could be freed'}.")
                return False
            tried.append(step)
            return True

        return relieved

    def future(self) -> Iterator[Sequence[object]]:
        """What the calls still to come will be given, as far as it is known."""
        return coming(self)

    # What came of it

    def settle(self, node_id: str, call: Call, ended: Ended) -> None:
        """Take in how the calls of a node ended."""
        if isinstance(ended.error, Cancelled):
            self.stopped_at = self.stopped_at or node_id
            if not self.stopping:
                self.wind_up()
        elif isinstance(ended.error, Exception):
            self.failed(node_id, call.arguments, ended.error)
        elif ended.error is not None:
            raise ended.error
        else:
            self.take_in(node_id, call, ended)

    def take_in(self, node_id: str, call: Call, ended: Ended) -> None:
        """The calls went well: their outputs, or the graphs they want to run first."""
        told = next((one.blocked for one in ended.returned if one.blocked and one.blocked.message), None)
        if told is not None:
            self.report(node_id, call.arguments, Blocked(f"Execution blocked: {told.message}"))
        try:
            if any(one.graph is not None for one in ended.returned):
                self.expand(node_id, ended)
                return
            outputs = gather(call.node_type.schema, ended.returned, ended.mapped)
        except HeddleError as error:
            self.failed(node_id, call.arguments, error)
            return
        stopped = bool(ended.returned) and all(one.blocked for one in ended.returned)
        if stopped and told is None:
            self.emit(NodeSkipped(self.run_id, node_id, "what it was given is blocked"))
        self.done(node_id, outputs, ended.seconds, called=not stopped, keep=told is None and not stopped)

    def done(self, node_id: str, outputs: Outputs, seconds: float, *, called: bool, keep: bool) -> None:
        """A node's outputs are there."""
        if called:
            self.executed.append(node_id)
        if keep and node_id not in self.spoilt:
            self.executor.cache.put(
                self.keys[node_id], outputs, seconds=seconds, expanded=node_id in self.places
            )
        elif node_id in self.spoilt:
            self.spoil(node_id)
        if called:
            self.show(node_id, outputs, cached=False, seconds=seconds)
        if self.readers.get(node_id):
            self.held[node_id] = outputs
        self.settled(node_id)
        self.release_sources(node_id)
        self.schedule.done(node_id)

    def settled(self, node_id: str) -> None:
        """A node is no longer pending."""
        if node_id in self.pending:
            self.pending.remove(node_id)
            self.left[self.lane(node_id)] -= 1

    def release_sources(self, node_id: str) -> None:
        """Let go of what has been read by all; a cache may keep it on."""
        self.release(self.reads.pop(node_id))

    def release(self, sources: Iterable[str]) -> None:
        """One reader less for each."""
        readers = self.readers
        for source in sources:
            readers[source] -= 1
            if not readers[source]:
                self.held.pop(source, None)

    # Nodes that a node adds

    def expand(self, node_id: str, ended: Ended) -> None:
        """Have the nodes run that a node returned; its own outputs come from them. Raises ExpansionError."""
        node = self.nodes[node_id]
        self.ids = self.ids or set(self.graph.nodes)
        expansion = read_expansion(
            node, self.display(node_id), ended.returned, ended.mapped, self.ids, self.executor.registry
        )
        if len(self.places) + len(expansion.nodes) > MOST_EXPANDED:
            raise ExpansionError(
                f"node {node_id} ({node.type}) adds nodes without end: a run takes at most {MOST_EXPANDED:,}"
            )
        self.admit(expansion)
        needs = list(dict.fromkeys(self.alias.get(source, source) for source in expansion.needs))
        shown = [self.alias.get(output, output) for output in expansion.outputs]
        self.expanding[node_id] = (expansion, ended.mapped, ended.seconds)
        for source in needs:
            self.readers[source] = self.readers.get(source, 0) + 1
        there = [output for output in shown if output in self.held]
        added = self.require([*needs, *shown])
        for output in shown:
            if output in self.held and output not in there:
                self.show(output, self.held[output], cached=True)
        self.wait_for(node_id, {*needs, *shown}, added)

    def admit(self, expansion: Expansion) -> None:
        """Give the nodes of an expansion keys and places; one that computes what another does is its twin."""
        if not self.first:
            self.first = {self.keys[node_id]: node_id for node_id in self.nodes}
        for node_id, added in expansion.nodes.items():
            node = relinked(added, self.alias)
            key = self.keys[node_id] = key_of(node, self.executor.token, self.keys)
            first = self.first.setdefault(key, node_id)
            self.places[node_id] = expansion.places[node_id]
            self.ids.add(node_id)
            if first == node_id:
                self.order[node_id] = len(self.order)
                self.nodes[node_id] = node
            else:
                self.alias[node_id] = first
                self.twins.setdefault(first, []).append(node_id)

    def complete(self, node_id: str) -> None:
        """All that a node's outputs come from is there."""
        expansion, mapped, seconds = self.expanding.pop(node_id)
        schema = self.types[self.nodes[node_id].type].schema
        flags = [spec.is_list for spec in schema.outputs]
        returned = [
            Returned(
                tuple(
                    self.resolved(value, slot < len(flags) and flags[slot])
                    for slot, value in enumerate(one.values)
                ),
                one.ui,
            )
            for one in expansion.returned
        ]
        try:
            outputs = gather(schema, returned, mapped)
        except HeddleError as error:
            self.failed(node_id, {}, error)
            return
        self.release({self.alias.get(source, source) for source in expansion.needs})
        within = self.within.pop(node_id, [])
        maker = self.places.get(node_id)
        if maker is not None and within:
            self.within.setdefault(maker.parent_id, []).extend(within)
        outputs = Outputs(outputs.values, outputs.ui, tuple(within))
        self.done(node_id, outputs, seconds, called=True, keep=True)

    def resolved(self, value: Any, is_list: bool) -> Any:
        """An output of an expansion: the value that a link leads to."""
        if not isinstance(value, Linked):
            return value
        source, slot = value.link
        found = self.held[self.alias.get(source, source)].values[slot]
        return Items([found]) if is_list and type(found) is not Items else found

    def display(self, node_id: str) -> str:
        """The node of the submitted graph that a node belongs to."""
        place = self.places.get(node_id)
        return node_id if place is None else place.display_id

    # Telling

    def emit(self, event: Event) -> None:
        self.asked.emit(event)

    def started(self, node_id: str) -> NodeStarted:
        """The event that a node is being called."""
        place = self.places.get(node_id)
        if place is None:
            return NodeStarted(self.run_id, node_id)
        return NodeStarted(self.run_id, node_id, display_id=place.display_id, parent_id=place.parent_id)

    def show(self, node_id: str, outputs: Outputs, *, cached: bool, seconds: float = 0.0) -> None:
        """Tell that a node's outputs are there, and those of its twins that are outputs of the graph."""
        self.finished(node_id, outputs, cached, seconds)
        for twin in self.twins.get(node_id, ()):
            if twin in self.outputs or twin in self.places:
                self.finished(twin, outputs, True, 0.0)

    def finished(self, node_id: str, outputs: Outputs, cached: bool, seconds: float) -> None:
        """Keep what a node shows, and tell."""
        place = self.places.get(node_id)
        if outputs.ui is not None:
            self.shown[node_id] = outputs.ui
        if place is None:
            self.emit(NodeFinished(self.run_id, node_id, outputs.ui, cached, seconds))
        else:
            self.finished_within(
                Shown(node_id, place.display_id, place.parent_id, outputs.ui or {}), cached, seconds
            )
        if cached:
            for part in outputs.within:
                self.shown[part.node_id] = part.ui
                self.finished_within(part, True, 0.0)

    def finished_within(self, part: Shown, cached: bool, seconds: float) -> None:
        """Tell of a node made by expansion, and remember what it shows for when its maker is cached."""
        ui = part.ui or None
        self.emit(
            NodeFinished(
                self.run_id,
                part.node_id,
                ui,
                cached,
                seconds,
                display_id=part.display_id,
                parent_id=part.parent_id,
            )
        )
        if ui is not None and part.parent_id in self.expanding:
            self.within.setdefault(part.parent_id, []).append(part)

    def failed(self, node_id: str, arguments: Mapping[str, Any], error: Exception) -> None:
        """Tell what a node raised, and which nodes now cannot run."""
        self.report(node_id, arguments, error)
        self.expanding.pop(node_id, None)
        self.lose(node_id, self.schedule.drop(node_id))

    def report(self, node_id: str, arguments: Mapping[str, Any], error: Exception) -> None:
        """Tell what a node raised, with the values it had."""
        node, place = self.nodes[node_id], self.places.get(node_id)
        failure = NodeFailed(
            self.run_id,
            node.id,
            node.type,
            "\n".join([str(error) or type(error).__name__, *getattr(error, "__notes__", ())]),
            qualified_name(type(error)),
            traceback.format_exception(error),
            {name: shortened(value) for name, value in arguments.items()},
            list(self.executed),
            display_id=place.display_id if place else None,
            parent_id=place.parent_id if place else None,
        )
        self.failures.append(failure)
        self.spoil(node_id)
        self.emit(failure)

    def fail_stuck(self, node_id: str) -> None:
        """A node waits for itself: it links to what waits for it."""
        if node_id in self.pending:
            error = ExpansionError(f"node {node_id} ({self.nodes[node_id].type}) needs its own outputs")
            self.failed(node_id, {}, error)

    def spoil(self, node_id: str) -> None:
        """What was made of a failed node is not to be cached."""
        while (place := self.places.get(node_id)) is not None and place.parent_id not in self.spoilt:
            node_id = place.parent_id
            self.spoilt.add(node_id)

    def lose(self, node_id: str, dependants: Iterable[str]) -> None:
        """Tell which nodes do not run because this one did not."""
        cause = f"node {node_id} ({self.nodes[node_id].type})"
        new = node_id not in self.lost
        self.lost.add(node_id)
        self.settled(node_id)
        if new:
            self.skip(self.twins.get(node_id, ()), f"{cause}, which computes the same, failed")
        for dependant in dependants:
            self.lost.add(dependant)
            self.settled(dependant)
            self.expanding.pop(dependant, None)
            self.spoil(dependant)
            self.skip([dependant, *self.twins.get(dependant, ())], f"{cause}, which it needs, failed")

    def skip(self, nodes: Iterable[str], reason: str) -> None:
        """Tell of nodes that do not run."""
        for node_id in nodes:
            place = self.places.get(node_id)
            if place is None:
                self.emit(NodeSkipped(self.run_id, node_id, reason))


def qualified_name(kind: type[BaseException]) -> str:
    """`ValueError`, or `package.module.Problem`."""
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def shortened(value: Any) -> str:
    """A value as a short text; what is not plain is named by type and shape, for its text may be huge."""
    if not isinstance(value, str | int | float | bool | None):
        shape = getattr(value, "shape", None)
        sizes = f" {tuple(shape)}" if isinstance(shape, tuple) else ""
        return f"<{type(value).__name__}{sizes}>"
    text = str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
