"""The words behind a conditioning: links followed back to the nodes that hold text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from server.gallery.recipe import Link, Node, Nodes, link_to, links_of

Role = Literal["positive", "negative"]
Step = tuple[Link, Role, bool]  # whether the link carries plain text, not a conditioning

OTHER: dict[Role, str] = {"positive": "negative", "negative": "positive"}
FAR = 1_000  # nodes that are looked at for one text
LONGEST = 20_000  # characters of it that are kept
SILENT = ("ConditioningZeroOut",)  # what it is given counts for nothing
TEXT = re.compile(r"(^|_)(text|prompt|string|caption|wildcard|t5xxl|clip_[lg]|llama)(_|\d|$)", re.IGNORECASE)
OWN = ("value", "a", "b")  # of nodes that pass text on
PARTED = re.compile(
    r"model|clip|vae|image|pixels|latent|samples|mask|control|sigmas|noise|hook|bbox", re.IGNORECASE
)
FILE = re.compile(r"\.(safetensors|ckpt|pt|pth|bin|sft|gguf)$", re.IGNORECASE)


def behind(nodes: Nodes, starts: Sequence[Link], role: Role) -> str:
    """The texts that these conditionings were made of, each once, one a line."""
    pieces: dict[str, None] = {}
    pending: list[Step] = [(link, role, False) for link in reversed(starts)]
    seen: set[tuple[str, Role, bool]] = set()
    while pending and len(seen) < FAR:
        link, role, is_text = pending.pop()
        if (link.node, role, is_text) in seen:
            continue
        seen.add((link.node, role, is_text))
        found, further = _look(nodes, link, role, is_text)
        pieces |= dict.fromkeys(found)
        pending += reversed(further)
    return "\n".join(pieces)[:LONGEST]


def own_text(node: Node) -> str:
    """What a node itself holds as text."""
    texts = [value.strip() for key, value in node.inputs.items() if isinstance(value, str) and _says(key)]
    return "\n".join(text for text in texts if text and not FILE.search(text))[:LONGEST]


def _look(nodes: Nodes, link: Link, role: Role, is_text: bool) -> tuple[list[str], list[Step]]:
    """The texts of one node, and where to go on."""
    node = nodes[link.node]
    if node.kind in SILENT:
        return [], []
    if is_text:
        return _plain(nodes, node, role)
    if _has_both_sides(node, nodes):
        side: Role = "negative" if link.slot == 1 else "positive" if link.slot == 0 else role
        target = link_to(node.inputs[side], nodes)
        return [], [(target, side, False)] if target else []
    return _encoded(nodes, node, role)


def _has_both_sides(node: Node, nodes: Nodes) -> bool:
    """Whether a node passes both prompts on, the positive one first."""
    return all(link_to(node.inputs.get(side), nodes) for side in OTHER)


def _encoded(nodes: Nodes, node: Node, role: Role) -> tuple[list[str], list[Step]]:
    """Of a node that makes a conditioning, or passes one on."""
    inputs = {key: value for key, value in node.inputs.items() if OTHER[role] not in key.lower()}
    texts = [key for key in inputs if _says(key) or role in key.lower()]
    found = [text for key in texts if (text := _words(inputs[key]))]
    links = {key: link for key, value in inputs.items() if (link := link_to(value, nodes))}
    further = [(links[key], role, _says(key)) for key in texts if key in links]
    passed = [key for key in links if "cond" in key.lower() and key not in texts]
    if not found and not further and not passed:
        passed = [key for key in links if not PARTED.search(key)]
    return found, [*further, *((links[key], role, False) for key in passed)]


def _plain(nodes: Nodes, node: Node, role: Role) -> tuple[list[str], list[Step]]:
    """Of a node that holds text, or makes it of other texts."""
    inputs = {key: value for key, value in node.inputs.items() if OTHER[role] not in key.lower()}
    says = [key for key in inputs if _says(key) or role in key.lower() or key in OWN]
    found = [text for key in says if (text := _words(inputs[key]))]
    links = links_of(Node(node.kind, inputs), nodes)
    wanted = [key for key in links if key in says] or ([] if found else list(links))
    return found, [(links[key], role, True) for key in wanted]


def _says(key: str) -> bool:
    return TEXT.search(key) is not None


def _words(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return "" if FILE.search(text) else text
