"""Names the circles of a graph that has no order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def find_circles(sources: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Circles that between them stop every node which stands in one or needs one, no two sharing a node.

    `sources` names what each node reads. A circle lists its nodes in the order in which they feed each other.
    Linear in nodes and links.
    """
    stuck = without_order(sources)
    left: dict[str, str | None] = dict.fromkeys(stuck)  # the walk that came by
    circles: list[list[str]] = []
    for start in stuck:
        trail: list[str] = []
        at = start
        while left[at] is None:  # every stuck node reads one that is stuck too
            left[at] = start
            trail.append(at)
            at = next(source for source in sources[at] if source in left)
        if left[at] == start:
            circles.append(trail[trail.index(at) :][::-1])
    return circles


def without_order(sources: Mapping[str, Sequence[str]]) -> list[str]:
    """The nodes that never become ready: Kahn's order leaves them over."""
    missing = {node_id: len(set(found)) for node_id, found in sources.items()}
    consumers: dict[str, list[str]] = {node_id: [] for node_id in sources}
    for node_id, found in sources.items():
        for source in set(found):
            consumers[source].append(node_id)
    ready = [node_id for node_id, count in missing.items() if not count]
    while ready:
        for consumer in consumers[ready.pop()]:
            missing[consumer] -= 1
            if not missing[consumer]:
                ready.append(consumer)
    return [node_id for node_id, count in missing.items() if count]
