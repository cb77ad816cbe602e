"""A canvas workflow read as a graph in API form, as far as that goes without knowing the node types."""

from __future__ import annotations

from collections.abc import Iterator

from graph.canvas.resolve import BYPASSED, MUTED

CONTROLS = ("fixed", "increment", "decrement", "randomize")  # values that stand behind a seed
# The names of widgets, for files of canvases that did not write them down.
WIDGETS: dict[str, tuple[str, ...]] = {
    "CLIPTextEncode": ("text",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "KSampler": ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "LoraLoader": ("lora_name",),
    "SaveImage": ("filename_prefix",),
    "UNETLoader": ("unet_name",),
}


def as_graph(document: object) -> dict[str, object]:
    """The nodes of the top level with their links and the widgets whose names are known."""
    if not isinstance(document, dict) or not isinstance(document.get("nodes"), list):
        return {}
    links = dict(_links(document.get("links")))
    nodes = [node for node in document["nodes"] if isinstance(node, dict) and node.get("mode") != MUTED]
    return {str(node.get("id")): _node(node, links) for node in nodes}


def _links(links: object) -> Iterator[tuple[object, list[object]]]:
    """Number of a link -> the node and the slot that it comes from, in both forms that occur."""
    for link in links if isinstance(links, list) else ():
        if isinstance(link, list) and len(link) >= 3:
            yield _key(link[0]), [_key(link[1]), link[2]]
        elif isinstance(link, dict):
            yield _key(link.get("id")), [_key(link.get("origin_id")), link.get("origin_slot")]


def _key(value: object) -> str | None:
    return str(value) if isinstance(value, int | str) else None


def _node(node: dict[str, object], links: dict[object, list[object]]) -> dict[str, object]:
    sockets = node.get("inputs")
    inputs = [socket for socket in sockets if isinstance(socket, dict)] if isinstance(sockets, list) else []
    values = {} if node.get("mode") == BYPASSED else _widgets(node, inputs)
    linked = {
        str(socket.get("name")): links[_key(socket.get("link"))]
        for socket in inputs
        if socket.get("link") is not None and _key(socket.get("link")) in links
    }
    return {"class_type": str(node.get("type")), "inputs": values | linked}


def _widgets(node: dict[str, object], inputs: list[dict[str, object]]) -> dict[str, object]:
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return values
    if not isinstance(values, list):
        return {}
    names = [widget.get("name") for socket in inputs if isinstance(widget := socket.get("widget"), dict)]
    known = WIDGETS.get(str(node.get("type")), ())
    names = names if len(names) >= len(known) else list(known)
    plain = [value for value in values if value not in CONTROLS] if len(values) > len(names) else values
    return {str(name): value for name, value in zip(names, plain, strict=False)}
