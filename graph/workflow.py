"""API JSON -> Graph: parsed and validated, every problem of every node at once."""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from traceback import format_exception
from typing import Any

from graph.circles import find_circles
from graph.errors import InvalidWorkflow
from graph.groups import inputs_by_name
from graph.literals import Problem, check_literal, problem
from graph.schema import InputSpec, Schema
from graph.types import ANY, WIDGETS, feeds

ListFiles = Callable[[str], Sequence[str]]
# (class, values with linked ones None, types of what is linked) -> what its validator finds wrong, by input.
Judge = Callable[[str, Mapping[str, Any], Mapping[str, str]], Mapping[str, str] | Exception]
Link = tuple[str, int]
MOST_NAMED = 50  # nodes of one circle: each of them carries the list


@dataclass(frozen=True, slots=True)
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
        judge: Judge | None = None,
    ) -> Graph:
        """Check a workflow in API form. `targets` narrows the output nodes that run.

        `judge` asks the nodes' own validators, where they are at hand.

        Raises InvalidWorkflow with all problems when nothing of it can run. When only some outputs are
        invalid the others go on, and `node_errors` tells the rest.
        """
        check_classes(prompt, schemas)
        outputs = wanted_outputs(prompt, schemas, targets)
        ids = {node_id: node_id for node_id in prompt}
        read = {i: read_node(i, data, schemas[data["class_type"]], ids) for i, data in prompt.items()}
        order, circular = depth_first(read, outputs)
        checker = Checker(read, schemas, list_files, judge)
        errors = {node_id: found for node_id in order if (found := checker.problems(node_id))}
        for circle in find_circles({i: list(sources(read[i], read)) for i in order}) if circular else ():
            named = circle_problem(circle)
            for member in circle:
                errors.setdefault(member, []).append(named)
        nodes = checker.checked(order)
        return assemble(nodes, outputs, errors) if errors else cls(nodes, outputs)


def check_classes(prompt: Mapping[str, Any], schemas: Mapping[str, Schema]) -> None:
    """Every node names a class that exists. Raises InvalidWorkflow about the first that does not."""
    if not isinstance(prompt, Mapping):
        raise InvalidWorkflow("invalid_prompt", f"A prompt is an object, not a {type(prompt).__name__}")
    missing = [node_id for node_id, data in prompt.items() if class_of(data) not in schemas]
    if missing:
        raise missing_class(prompt, missing, schemas)
    for node_id, data in prompt.items():
        if not isinstance(data.get("inputs", {}), Mapping):
            raise InvalidWorkflow("invalid_prompt", "A node's inputs are no object", f"Node ID '#{node_id}'")


def class_of(data: object) -> str | None:
    """The class that a node names."""
    class_type = data.get("class_type") if isinstance(data, Mapping) else None
    return class_type if isinstance(class_type, str) else None


def missing_class(
    prompt: Mapping[str, Any], missing: Sequence[str], schemas: Mapping[str, Schema]
) -> InvalidWorkflow:
    """The error about the first node whose class is not there; `missing` names all of them."""
    node_id, data = missing[0], prompt[missing[0]]
    class_type, title = class_of(data), title_of(data)
    info = {
        "node_id": node_id,
        "class_type": class_type,
        "node_title": title or class_type,
        "missing": [{"node_id": i, "class_type": class_of(prompt[i])} for i in missing],
    }
    if class_type is None:
        message = f"Node {node_id!r} has no class_type. The workflow may be damaged."
    else:
        near = difflib.get_close_matches(class_type, schemas, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        message = (
            f"Node {title or class_type!r} needs the class {class_type!r}, which is not installed.{hint}"
        )
    return InvalidWorkflow("missing_node_type", message, f"Node ID '#{node_id}'", info)


def title_of(data: object) -> str | None:
    """The title that a canvas gave a node."""
    meta = data.get("_meta") if isinstance(data, Mapping) else None
    title = meta.get("title") if isinstance(meta, Mapping) else None
    return title if isinstance(title, str) else None


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


def read_node(
    node_id: str, data: Mapping[str, Any], schema: Schema, ids: Mapping[str, str] = {}
) -> GraphNode:
    """Tell links from values: a list is a link unless it is wrapped as `{"__value__": [...]}`.

    Inputs that the class neither declares nor takes besides are left out. `ids` has one text for each id:
    looking up a node is faster where all links hold the same one.
    """
    inputs = data.get("inputs") or {}
    values = {name: unwrapped(value) for name, value in inputs.items() if not isinstance(value, list)}
    links = {name: as_link(value, ids) for name, value in inputs.items() if isinstance(value, list)}
    for name in links.keys() - inputs_by_name(schema, values).keys():
        taken = schema.extra_inputs != "none" or name in schema.hidden
        if not (taken and isinstance(links[name], tuple)):
            del links[name]
    return GraphNode(node_id, data["class_type"], values, links)


def unwrapped(value: Any) -> Any:
    """`{"__value__": x}` as x."""
    return value["__value__"] if isinstance(value, dict) and "__value__" in value else value


def as_link(value: list[Any], ids: Mapping[str, str]) -> Any:
    """A well-formed link as (node id, slot); anything else stays a list and is reported as a bad link."""
    well_formed = len(value) == 2 and isinstance(value[1], int) and not isinstance(value[1], bool)
    if not well_formed:
        return value
    source = str(value[0])
    return ids.get(source, source), value[1]


def sources(node: GraphNode, nodes: Collection[str]) -> list[str]:
    """The existing nodes that a node reads."""
    return [link[0] for link in node.links.values() if isinstance(link, tuple) and link[0] in nodes]


def depth_first(nodes: Mapping[str, GraphNode], outputs: Sequence[str]) -> tuple[list[str], bool]:
    """(what the outputs need, sources first; whether it runs in a circle). One pass over nodes and links."""
    order: list[str] = []
    done: dict[str, bool] = {}  # by nodes that were begun; the begun ones that are not done are the path
    circular = False
    for output in outputs:
        stack = [output]
        while stack:
            node_id = stack[-1]
            known = done.get(node_id)
            if known is None:
                done[node_id] = False
                needs = [source for source in sources(nodes[node_id], nodes) if not done.get(source)]
                circular = circular or not done.keys().isdisjoint(needs)
                stack += needs[::-1]
            else:
                stack.pop()
                if not known:
                    done[node_id] = True
                    order.append(node_id)
    return order, circular


def circle_problem(circle: Sequence[str]) -> Problem:
    """The error of a circle, its nodes named in the order in which they feed each other."""
    named = list(circle[:MOST_NAMED])
    left_out = len(circle) - len(named)
    trail = " -> ".join([*named, f"({left_out} more)", circle[0]] if left_out else [*named, circle[0]])
    return problem("dependency_cycle", "The workflow runs in a circle", trail, {"nodes": named})


class Checker:
    """Checks nodes one by one against their schemas, remembering file lists and coerced values."""

    def __init__(
        self,
        nodes: Mapping[str, GraphNode],
        schemas: Mapping[str, Schema],
        list_files: ListFiles,
        judge: Judge | None = None,
    ) -> None:
        self.nodes = nodes
        self.schemas = schemas
        self.judge = judge
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
        schema = self.schemas[node.type]
        inputs = inputs_by_name(schema, node.values)
        found: list[Problem] = []
        values |= {
            name: value
            for name, value in node.values.items()
            if name not in inputs and (schema.extra_inputs == "any" or name in schema.hidden)
        }
        for spec in inputs.values():
            if spec.name in node.links:
                found.extend(self.link_problems(spec, node.links[spec.name], schema.unchecked_links))
            elif spec.name in node.values and is_given(spec, node.values[spec.name]):
                values[spec.name], wrong = check_literal(spec, node.values[spec.name], self.files)
                found.extend(wrong)
            elif spec.required:
                info = {"input_name": spec.name}
                found.append(problem("required_input_missing", "Required input is missing", spec.name, info))
        for name in node.links.keys() - inputs.keys():
            found.extend(self.link_problems(InputSpec(name, ANY), node.links[name], True))
        if schema.has_validator and self.judge is not None:
            found.extend(self.judgement(node, values, self.judge))
        return found

    def judgement(self, node: GraphNode, values: Mapping[str, Any], judge: Judge) -> Iterator[Problem]:
        """What the node's own validator finds wrong."""
        types = {name: self.type_of(link) for name, link in node.links.items() if isinstance(link, tuple)}
        answer = judge(node.type, {**values, **dict.fromkeys(node.links)}, types)
        if isinstance(answer, Exception):
            info = {"exception_type": type(answer).__name__, "traceback": format_exception(answer)}
            message = "Exception when validating node"
            yield problem("exception_during_validation", message, str(answer), info)
            return
        for name, wrong in answer.items():
            info = {"input_name": name}
            details = f"{name} - {wrong}" if wrong else name
            yield problem("custom_validation_failed", "Custom validation failed for node", details, info)

    def type_of(self, link: Link) -> str:
        """The type of what a link leads to; any where that is not declared."""
        source = self.nodes.get(link[0])
        outputs = self.schemas[source.type].outputs if source else ()
        return outputs[link[1]].type if 0 <= link[1] < len(outputs) else ANY

    def link_problems(self, spec: InputSpec, link: Any, any_type: bool) -> Iterator[Problem]:
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
        schema = self.schemas[self.nodes[source].type]
        outputs = schema.outputs
        if slot >= len(outputs) and schema.open_outputs:
            return
        if not 0 <= slot < len(outputs):
            details = f"{spec.name} is linked to output {slot} of node {source!r}, which has {len(outputs)}"
            yield problem(
                "bad_linked_input", "Bad linked input", details, {**info, "received_value": list(link)}
            )
        elif not (any_type or feeds(outputs[slot].type, spec.type)):
            details = f"{spec.name}, received_type({outputs[slot].type}) mismatch input_type({spec.type})"
            received = {"received_type": outputs[slot].type, "linked_node": list(link)}
            message = "Return type mismatch between linked nodes"
            yield problem("return_type_mismatch", message, details, {**info, **received})


def is_given(spec: InputSpec, value: object) -> bool:
    """Whether a literal says anything: null for a socket or an optional input is as if it were left out."""
    return value is not None or (spec.required and spec.type in WIDGETS)


def config(spec: InputSpec) -> list[Any]:
    """The input as the wire describes it: [type, options]."""
    return [spec.type, dict(spec.options)]


def assemble(
    nodes: Mapping[str, GraphNode], outputs: Sequence[str], errors: Mapping[str, list[Problem]]
) -> Graph:
    """The graph of the outputs that rest on no bad node. Raises InvalidWorkflow when there is none."""
    dependent = dependent_outputs(nodes, outputs)
    node_errors = {
        bad: {
            "errors": found,
            "dependent_outputs": [output for i, output in enumerate(outputs) if dependent[bad] >> i & 1],
            "class_type": nodes[bad].type,
        }
        for bad, found in errors.items()
    }
    spoilt = reduce(or_, (dependent[bad] for bad in errors))
    good = tuple(output for i, output in enumerate(outputs) if not spoilt >> i & 1)
    if not good:
        lines = [f"{p['message']}: {p['details']}" for found in errors.values() for p in found]
        message = "Prompt outputs failed validation"
        raise InvalidWorkflow(
            "prompt_outputs_failed_validation", message, "\n".join(lines), node_errors=node_errors
        )
    needed, _ = depth_first(nodes, good)
    return Graph({i: nodes[i] for i in needed}, good, node_errors)


def dependent_outputs(nodes: Mapping[str, GraphNode], outputs: Sequence[str]) -> dict[str, int]:
    """For each node the outputs that need it, as bits by their place in `outputs`."""
    found = dict.fromkeys(nodes, 0)
    for i, output in enumerate(outputs):
        found[output] |= 1 << i
    pending = deque(outputs)
    while pending:
        node_id = pending.popleft()
        for source in sources(nodes[node_id], nodes):
            union = found[source] | found[node_id]
            if union != found[source]:
                found[source] = union
                pending.append(source)
    return found
