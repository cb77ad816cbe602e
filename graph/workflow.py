"""API JSON -> Graph: parsed and validated, every problem of every node at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.errors import InvalidWorkflow
from graph.literals import Problem, check_literal, problem
from graph.schema import InputSpec, Schema
from graph.types import feeds

ListFiles = Callable[[str], Sequence[str]]
Link = tuple[str, int]


@dataclass(frozen=True)
class GraphNode:
    """One node: its literal values and the outputs that its linked inputs read."""

    id: str
    type: str
    values: Mapping[str, Any]
    links: Mapping[str, Link]


@dataclass(frozen=True)
class Graph:
    """What runs: the valid outputs and all they need, sources before their consumers."""

    nodes: Mapping[str, GraphNode]
    outputs: tuple[str, ...]
    node_errors: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(
        cls,
        prompt: Mapping[str, Any],
        schemas: Mapping[str, Schema],
        *,
        targets: Sequence[str] | None = None,
        list_files: ListFiles,
    ) -> Graph:
        """Check a workflow in API form. `targets` narrows the output nodes that run.

        Raises InvalidWorkflow with all problems when nothing of it can run. When only some outputs are
        invalid the others go on, and `node_errors` tells the rest.
        """
        check_classes(prompt, schemas)
        outputs = wanted_outputs(prompt, schemas, targets)
        read = {node_id: read_node(node_id, data) for node_id, data in prompt.items()}
        order, cyclic = depth_first(read, outputs)
        checker = Checker(read, schemas, list_files)
        errors = {node_id: found for node_id in order if (found := checker.problems(node_id))}
        for cycle in cyclic:
            for member in cycle:
                errors.setdefault(member, []).append(cycle_problem(cycle))
        return assemble(prompt, checker.checked(order), outputs, order, errors)


def check_classes(prompt: Mapping[str, Any], schemas: Mapping[str, Schema]) -> None:
    """Every node names a class that exists."""
    for node_id, data in prompt.items():
        class_type = data.get("class_type") if isinstance(data, Mapping) else None
        title = data.get("_meta", {}).get("title") if isinstance(data, Mapping) else None
        info = {"node_id": node_id, "class_type": class_type, "node_title": title or class_type}
        if not isinstance(class_type, str):
            message = f"Node {node_id!r} has no class_type. The workflow may be damaged."
            raise InvalidWorkflow("missing_node_type", message, f"Node ID '#{node_id}'", info)
        if class_type not in schemas:
            message = f"Node {title or class_type!r} needs the class {class_type!r}, which is not installed."
            raise InvalidWorkflow("missing_node_type", message, f"Node ID '#{node_id}'", info)


def wanted_outputs(
    prompt: Mapping[str, Any], schemas: Mapping[str, Schema], targets: Sequence[str] | None
) -> tuple[str, ...]:
    """The output nodes that are to run. Raises InvalidWorkflow when there is none."""
    found = [node_id for node_id, data in prompt.items() if schemas[data["class_type"]].is_output]
    if targets is not None:
        wanted = {str(target) for target in targets}
        found = [node_id for node_id in found if node_id in wanted]
    if not found:
        raise InvalidWorkflow("prompt_no_outputs", "Prompt has no outputs")
    return tuple(found)


def read_node(node_id: str, data: Mapping[str, Any]) -> GraphNode:
    """Tell links from values: a list is a link unless it is wrapped as `{"__value__": [...]}`."""
    inputs = data.get("inputs") or {}
    values = {name: unwrapped(value) for name, value in inputs.items() if not isinstance(value, list)}
    links = {name: value for name, value in inputs.items() if isinstance(value, list)}
    return GraphNode(
        node_id, data["class_type"], values, {name: as_link(link) for name, link in links.items()}
    )


def unwrapped(value: Any) -> Any:
    """`{"__value__": x}` as x."""
    return value["__value__"] if isinstance(value, dict) and "__value__" in value else value


def as_link(value: list[Any]) -> Any:
    """A well-formed link as (node id, slot); anything else stays a list and is reported as a bad link."""
    well_formed = len(value) == 2 and isinstance(value[1], int) and not isinstance(value[1], bool)
    return (str(value[0]), value[1]) if well_formed else value


def sources(node: GraphNode, nodes: Collection[str]) -> Iterator[str]:
    """The existing nodes that a node reads."""
    for link in node.links.values():
        if isinstance(link, tuple) and link[0] in nodes:
            yield link[0]


def depth_first(nodes: Mapping[str, GraphNode], outputs: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """(what the outputs need, sources first; the cycles met on the way). One pass over nodes and links."""
    order: list[str] = []
    cycles: list[list[str]] = []
    done: set[str] = set()
    for output in outputs:
        path: dict[str, Iterator[str]] = {}
        if output not in done:
            path[output] = sources(nodes[output], nodes)
        while path:
            node_id, rest = next(reversed(path.items()))
            following = next(rest, None)
            if following is None:
                del path[node_id]
                done.add(node_id)
                order.append(node_id)
            elif following in path:
                trail = list(path)
                cycles.append(trail[trail.index(following) :])
            elif following not in done:
                path[following] = sources(nodes[following], nodes)
    return order, cycles


def cycle_problem(cycle: Sequence[str]) -> Problem:
    """The error of a cycle, its nodes named in the order in which they feed each other."""
    trail = " -> ".join([*reversed(cycle), cycle[-1]])
    return problem(
        "dependency_cycle", "The workflow runs in a circle", trail, {"nodes": list(reversed(cycle))}
    )


class Checker:
    """Checks nodes one by one against their schemas, remembering file lists and coerced values."""

    def __init__(
        self, nodes: Mapping[str, GraphNode], schemas: Mapping[str, Schema], list_files: ListFiles
    ) -> None:
        self.nodes = nodes
        self.schemas = schemas
        self._list_files = list_files
        self._files: dict[str, Sequence[str]] = {}
        self._values: dict[str, dict[str, Any]] = {}

    def files(self, folder: str) -> Sequence[str]:
        """The names in a folder, listed once for each parse."""
        if folder not in self._files:
            self._files[folder] = self._list_files(folder)
        return self._files[folder]

    def checked(self, order: Sequence[str]) -> dict[str, GraphNode]:
        """The nodes with their values coerced to their inputs' types."""
        return {i: GraphNode(i, self.nodes[i].type, self._values[i], self.nodes[i].links) for i in order}

    def problems(self, node_id: str) -> list[Problem]:
        """Every problem of one node."""
        node, values = self.nodes[node_id], self._values.setdefault(node_id, {})
        found: list[Problem] = []
        for spec in self.schemas[node.type].inputs:
            if spec.name in node.links:
                found.extend(self.link_problems(spec, node.links[spec.name]))
            elif spec.name in node.values:
                values[spec.name], wrong = check_literal(spec, node.values[spec.name], self.files)
                found.extend(wrong)
            elif spec.required:
                info = {"input_name": spec.name}
                found.append(problem("required_input_missing", "Required input is missing", spec.name, info))
        return found

    def link_problems(self, spec: InputSpec, link: Any) -> Iterator[Problem]:
        """Whether the link leads to an output that may feed the input."""
        info = {"input_name": spec.name, "input_config": config(spec)}
        if not isinstance(link, tuple):
            details = f"{spec.name}, received {link!r}: a link is [node id, output slot]"
            yield problem("bad_linked_input", "Bad linked input", details, {**info, "received_value": link})
            return
        source, slot = link
        if source not in self.nodes:
            details = f"{spec.name} is linked to node {source!r}, which is not in the workflow"
            yield problem(
                "bad_linked_input", "Bad linked input", details, {**info, "received_value": list(link)}
            )
            return
        outputs = self.schemas[self.nodes[source].type].outputs
        if not 0 <= slot < len(outputs):
            details = f"{spec.name} is linked to output {slot} of node {source!r}, which has {len(outputs)}"
            yield problem(
                "bad_linked_input", "Bad linked input", details, {**info, "received_value": list(link)}
            )
        elif not feeds(outputs[slot].type, spec.type):
            details = f"{spec.name}, received_type({outputs[slot].type}) mismatch input_type({spec.type})"
            received = {"received_type": outputs[slot].type, "linked_node": list(link)}
            message = "Return type mismatch between linked nodes"
            yield problem("return_type_mismatch", message, details, {**info, **received})


def config(spec: InputSpec) -> list[Any]:
    """The input as the wire describes it: [type, options]."""
    return [spec.type, dict(spec.options)]


def assemble(
    prompt: Mapping[str, Any],
    nodes: Mapping[str, GraphNode],
    outputs: Sequence[str],
    order: Sequence[str],
    errors: Mapping[str, list[Problem]],
) -> Graph:
    """The graph of the outputs that rest on no bad node."""
    if not errors:
        return Graph(nodes, tuple(outputs))
    spoilt = spoilt_by(nodes, order, errors)
    node_errors = {
        bad: {
            "errors": found,
            "dependent_outputs": [output for output in outputs if bad in spoilt[output]],
            "class_type": prompt[bad]["class_type"],
        }
        for bad, found in errors.items()
    }
    good = tuple(output for output in outputs if not spoilt[output])
    if not good:
        lines = [f"{p['message']}: {p['details']}" for found in errors.values() for p in found]
        message = "Prompt outputs failed validation"
        raise InvalidWorkflow(
            "prompt_outputs_failed_validation", message, "\n".join(lines), node_errors=node_errors
        )
    needed, _ = depth_first(nodes, good)
    return Graph({i: nodes[i] for i in needed}, good, node_errors)


def spoilt_by(
    nodes: Mapping[str, GraphNode], order: Sequence[str], bad: Collection[str]
) -> dict[str, frozenset[str]]:
    """For each node the bad ones at or above it; sets are shared, so a long chain stays cheap."""
    above: dict[str, frozenset[str]] = {}
    for node_id in order:
        parts = {above.get(source, frozenset()) for source in sources(nodes[node_id], nodes)}
        own = frozenset({node_id}) if node_id in bad else frozenset()
        parts = {part for part in (*parts, own) if part}
        above[node_id] = next(iter(parts)) if len(parts) == 1 else frozenset().union(*parts)
    return above
