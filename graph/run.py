"""One execution of one graph, piece by piece: cached nodes skipped, the rest called, told and kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graph.cache import Outputs, Ui
from graph.calls import Call, Ended, asked, gather
from graph.context import Cancel, Context
from graph.demand import Demand
from graph.errors import Cancelled, HeddleError
from graph.events import NodeFailed, NodesCached, RunFinished, RunStarted, Status
from graph.expansion import ExpansionError
from graph.future import coming
from graph.growth import Growth
from graph.lease import NoMemory, is_out_of_memory, no_future
from graph.measure import NOT_COUNTED, Held
from graph.node import NodeType
from graph.report import Emit, Report
from graph.roster import Roster
from graph.workflow import Graph, GraphNode
from graph.workshop import Underway, Workshop

NO_MEMORY = NoMemory()
CANCELLED = Ended((), False, 0.0, Cancelled("the run was interrupted"))
Behind = Callable[[], Sequence[Graph]]


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
    attended: bool


class Run:
    """One run underway; all but the calls of other lanes happens on the conducting thread."""

    def __init__(self, shop: Workshop, graph: Graph, asked: Asked, older: Sequence[Underway] = ()) -> None:
        self.shop, self.graph, self.asked, self.older = shop, graph, asked, older
        self.run_id, self.cancel = asked.run_id, asked.cancel
        self.outcome: RunOutcome | None = None
        self.types = shop.registry.types
        self.roster = Roster(graph, shop.token)
        self.nodes, self.keys = self.roster.nodes, self.roster.keys
        roster, outputs = self.roster, frozenset(graph.outputs)
        self.report = Report(asked.run_id, asked.emit, outputs, roster.places, roster.twins)
        self.demand = Demand(self.nodes, self.keys, roster.order, self.types, shop.cache)
        self.growth = Growth(shop, roster, self.demand, self.report)
        self.postponed: deque[str] = deque()  # for lanes that an older run still needs
        self.underway: dict[str, Callable[[], object] | None] = {}  # on other threads; what cancels it
        self.stopped_at: str | None = None
        self.stopping = False

    # From the first event to the last

    def begin(self) -> None:
        """Tell what is cached, and make the rest ready to run."""
        self.report.emit(RunStarted(self.run_id))
        self.shop.cache.begin(list(self.keys.values()))
        needed = dict.fromkeys(map(self.roster.first_of, self.graph.outputs))
        added = self.demand.require(needed)
        running = self.demand.pending | self.demand.dormant(self.demand.pending)
        cached = tuple(node_id for node_id in self.graph.nodes if node_id not in running)
        self.report.emit(NodesCached(self.run_id, cached))
        for node_id in needed:
            self.growth.show_cached(node_id)
        if self.shop.makers:
            self.growth.keep_parts(self.nodes.values(), needed)
        self.demand.plan(added)

    def advance(self) -> bool:
        """Do one piece of work on this thread; False when there is none just now."""
        if self.outcome is not None:
            return False
        if self.cancel.requested or self.stopping:
            return self.wind_up()
        if self.postponed and self.may_use(self.demand.lane(self.postponed[0])):
            self.hand_over(self.postponed.popleft())
            return True
        node_id = self.demand.schedule.next()
        if node_id is not None:
            self.work(node_id)
            return True
        if self.underway or self.postponed:
            return False
        for stuck in self.demand.schedule.stuck():
            self.fail_stuck(stuck)
        self.finish("error" if self.report.failures else "success")
        return True

    def wind_up(self) -> bool:
        """The run is to stop: wait for what is underway on other threads, then end."""
        if not self.stopping:
            self.stopping = True
            at = self.stopped_at or self.demand.schedule.next()
            self.stopped_at = at or next(iter(self.underway), None) or next(iter(self.postponed), None)
            for cancel in self.underway.values():
                if cancel is not None:
                    cancel()
        if self.underway:
            return False
        self.finish("interrupted")
        return True

    def finish(self, status: Status) -> None:
        """The last event."""
        self.shop.cache.end()
        self.demand.held.clear()
        self.older = ()  # else every run would keep all before it
        report = self.report
        self.outcome = RunOutcome(status, report.shown, report.executed, report.failures)
        place = None if self.stopped_at is None else report.display(self.stopped_at)
        kind = None if place is None else self.graph.nodes[place].type
        executed = list(report.executed)
        report.emit(RunFinished(self.run_id, status, executed, node_id=place, node_type=kind))

    @property
    def off_device(self) -> bool:
        """Whether all that is left is for other lanes: nothing will need this thread's lane again."""
        return self.outcome is None and not self.stopping and not self.demand.left["device"]

    @property
    def rests(self) -> bool:
        """Whether all that can be done now is to wait for a person: others go ahead of what comes after."""
        if self.outcome is not None or self.stopping or not self.underway or self.demand.schedule.has_ready:
            return False
        return self.underway.keys() <= self.shop.inquiries.asking(self.run_id)

    # Calling a node

    def work(self, node_id: str) -> None:
        """Call a ready node, or hand it to its lane; one with lazy inputs is asked first."""
        node = self.nodes[node_id]
        if node_id in self.growth:
            self.complete(node)
            return
        node_type = self.types[node.type]
        if node_type.lazy and self.asks_for_more(node, node_type):
            return
        if node_type.where != "device":
            if self.may_use(node_type.where):
                self.hand_over(node_id)
            else:
                self.postponed.append(node_id)
            return
        self.report.started(node_id)
        call = self.call(node, node_type)
        self.settle(node_id, call, call.perform(self.relief(call)))

    def may_use(self, lane: str) -> bool:
        """Whether no older run still needs a lane: what is written keeps the order of the runs."""
        return lane == "async" or not any(older.needs(lane) for older in self.older)

    def needs(self, lane: str) -> bool:
        """Whether something of this run will still keep a lane busy, without a person's answer before."""
        return self.outcome is None and bool(self.demand.left[lane]) and not self.rests

    def hand_over(self, node_id: str) -> None:
        """Have a node called beside this thread; how it ended comes back by mail."""
        node = self.nodes[node_id]
        node_type = self.types[node.type]
        call = self.call(node, node_type)

        def done(ended: Ended | None) -> None:
            self.shop.mail.put(lambda: self.returned(node_id, call, ended or CANCELLED))

        def perform() -> Ended:
            if not self.cancel.requested:
                self.report.started(node_id)
            return call.perform()

        self.underway[node_id] = None
        if node_type.is_async:
            self.report.started(node_id)
            self.underway[node_id] = self.shop.lanes.start(call.perform_async(), done)
        else:
            self.shop.lanes.submit(node_type.lane, perform, done)

    def returned(self, node_id: str, call: Call, ended: Ended) -> None:
        """A node that was called beside this thread has ended."""
        self.underway.pop(node_id, None)
        if call.node_type.is_async:
            waited = self.shop.inquiries.settled(self.run_id, node_id)
            ended = replace(ended, seconds=max(0.0, ended.seconds - waited))
        self.settle(node_id, call, ended)

    def call(self, node: GraphNode, node_type: NodeType) -> Call:
        """All that a call of a node takes."""
        place = self.roster.places.get(node.id)
        asked = self.asked

        def context(index: int) -> Context:
            return Context(
                node.id,
                asked.run_id,
                self.shop.folders,
                asked.emit,
                asked.cancel,
                asked.prompt,
                asked.extra_pnginfo,
                asked.client_id,
                index,
                self.roster.places,
                self.shop.state(node, self.report.display(node.id)),
                place.display_id if place else None,
                place.parent_id if place else None,
                self.shop.inquiries if asked.attended else None,
            )

        # Another lane touches no device; and what is to come may only be looked at on this thread.
        uses_weights = node_type.lane == "device" and not node_type.at_rest
        memory = self.shop.memory if uses_weights else NO_MEMORY
        on_device = node_type.where == "device"
        future = self.future if on_device else no_future
        meter = self.shop.meters.device if on_device else self.shop.meters.beside
        return Call(node_type, self.arguments(node, node_type), context, asked.cancel, memory, future, meter)

    def arguments(self, node: GraphNode, node_type: NodeType) -> dict[str, Any]:
        """Literal values, and the outputs that links lead to; None for lazy inputs not asked for."""
        held, found = self.demand.held, dict(node.values)
        for name, (source, slot) in node.links.items():
            if name in node_type.raw:
                found[name] = self.roster.link_of(node.id, name)
            elif name in node_type.lazy and not self.demand.has_asked(node.id, name):
                found[name] = None
            else:
                outputs = held[source]
                found[name] = outputs.values[slot] if slot < len(outputs.values) else outputs.rest
        return found

    def asks_for_more(self, node: GraphNode, node_type: NodeType) -> bool:
        """Whether a node wants lazy inputs that are not there; these are made to run first."""
        lazy = {name: self.demand.has_asked(node.id, name) for name in node.links if name in node_type.lazy}
        call = self.call(node, node_type)
        answer = asked(call, lazy)
        if isinstance(answer, Exception):
            self.report.started(node.id)
            self.settle(node.id, call, Ended((), False, 0.0, answer))
            return True
        if not answer:
            return False
        self.lose_readers(self.demand.wait_for(node.id, self.demand.ask(node.id, answer)))
        return True

    def relief(self, call: Call) -> Callable[[Exception], bool]:
        """After an error: whether room was made, so that the call may be tried again."""
        tried: list[str] = []

        def relieved(error: Exception) -> bool:
            if not is_out_of_memory(error):
                return False
            if not tried and self.shop.cache.shed():
                tried.append("let go of outputs that nothing needs")
                return True
            step = self.shop.memory.relieve(error, call.arguments, tried)
            if step is None:
                error.add_note(f"Tried: {'; '.join(tried) or 'nothing, for nothing could be freed'}.")
                return False
            tried.append(step)
            return True

        return relieved

    def future(self) -> Iterator[Sequence[object]]:
        """What the calls still to come will be given, as far as it is known."""
        return coming(self.shop, self.roster, self.demand, self.asked.behind())

    # What came of it

    def settle(self, node_id: str, call: Call, ended: Ended) -> None:
        """Take in how the calls of a node ended."""
        if isinstance(ended.error, Cancelled):
            self.stopped_at = self.stopped_at or node_id
            self.wind_up()
        elif isinstance(ended.error, Exception):
            self.failed(node_id, call.arguments, ended.error)
        else:
            self.take_in(node_id, call, ended)

    def take_in(self, node_id: str, call: Call, ended: Ended) -> None:
        """The calls went well: their outputs, or the graphs they want to run first."""
        stopped = [one.blocked for one in ended.returned if one.blocked is not None]
        told = next((blocker.message for blocker in stopped if blocker.message), None)
        if told is not None:
            self.tell_failure(node_id, call.arguments, Blocked(f"Execution blocked: {told}"))
            self.growth.spoil(node_id)
            self.report.skipped(self.twins(node_id), f"node {node_id}, which computes the same, failed")
        try:
            if any(one.graph is not None for one in ended.returned):
                self.lose_readers(self.growth.begin(self.nodes[node_id], ended))
                return
            outputs = gather(call.node_type.schema, ended.returned, ended.mapped)
        except HeddleError as error:
            self.failed(node_id, call.arguments, error)
            return
        if stopped and len(stopped) == len(ended.returned):
            if told is None:
                self.report.skipped([node_id, *self.twins(node_id)], "what it was given is blocked")
            self.demand.done(node_id, outputs)
        else:
            self.done(node_id, outputs, ended.seconds, ended.held)

    def done(self, node_id: str, outputs: Outputs, seconds: float, held: Held = NOT_COUNTED) -> None:
        """A node was called, and its outputs are there."""
        self.report.executed.append(node_id)
        made = node_id in self.roster.places
        if self.growth.is_sound(self.nodes[node_id]):
            self.shop.cache.put(self.keys[node_id], outputs, seconds=seconds, expanded=made)
        kind = self.nodes[node_id].type if made else None
        self.report.finished(node_id, outputs, cached=False, seconds=seconds, held=held, node_type=kind)
        self.demand.done(node_id, outputs)

    def failed(self, node_id: str, arguments: Mapping[str, Any], error: Exception) -> None:
        """Tell what a node raised, and which nodes now cannot run."""
        self.tell_failure(node_id, arguments, error)
        self.lose(node_id)

    def tell_failure(self, node_id: str, arguments: Mapping[str, Any], error: Exception) -> None:
        """What a failed node is part of is not to be cached."""
        self.growth.spoil_makers(node_id)
        self.report.failed(self.nodes[node_id], arguments, error)

    def fail_stuck(self, node_id: str) -> None:
        """A node waits for itself: what it made links to it."""
        if node_id in self.demand.pending:
            error = ExpansionError(f"node {node_id} ({self.nodes[node_id].type}) needs its own outputs")
            self.failed(node_id, {}, error)

    def lose(self, node_id: str) -> None:
        """Tell which nodes do not run because this one did not."""
        cause = f"node {node_id} ({self.nodes[node_id].type})"
        if node_id not in self.demand.lost:
            self.report.skipped(self.twins(node_id), f"{cause}, which computes the same, failed")
        for dependant in self.demand.drop(node_id):
            self.growth.lose(dependant)
            self.report.skipped([dependant, *self.twins(dependant)], f"{cause}, which it needs, failed")

    def twins(self, node_id: str) -> list[str]:
        """The nodes of the graph that this one computes for and that were to run."""
        twins = self.roster.twins.get(node_id, ())
        needed = self.needed() if twins else set()
        return [twin for twin in twins if twin in needed]

    def needed(self) -> set[str]:
        """The nodes of the graph that its outputs need, without those that no one asked for."""
        found, todo = set[str](), list(self.graph.outputs)
        while todo:
            node_id = todo.pop()
            if node_id not in found:
                found.add(node_id)
                node, first = self.graph.nodes[node_id], self.roster.first_of(node_id)
                lazy = self.types[node.type].lazy
                for name, (source, _) in node.links.items():
                    if name not in lazy or self.demand.has_asked(first, name):
                        todo.append(source)
        return found

    def lose_readers(self, sources: Iterable[str]) -> None:
        """What turned out to need a node that is lost does not run."""
        for source in sources:
            self.lose(source)

    def complete(self, node: GraphNode) -> None:
        """All that a maker's outputs come from is there."""
        try:
            outputs, seconds = self.growth.complete(node)
        except HeddleError as error:
            self.failed(node.id, {}, error)
        else:
            self.done(node.id, outputs, seconds)
