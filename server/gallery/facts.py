"""How a file was made, in a few words: prompt, seed, models, sampler and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.gallery import canvas, parameters, wording
from server.gallery.metadata import json_in
from server.gallery.recipe import Link, Node, Nodes, ends, link_to, read_nodes, upstream

WEIGHTS = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".sft", ".gguf")
LARGEST = 2**64  # a seed
FAR = 64  # links that are followed for one value
PLAIN = ("value", "int", "float", "number", "seed")  # where a node of one number keeps it
AT_WORK = {"latent_image", "latent", "samples", "seed", "noise_seed", "noise", "steps", "sampler_name"}
POSITIVE = ("positive", "conditioning", "cond1", "cond2")
MODEL_KEYS = ("ckpt_name", "unet_name", "model_name", "model_path", "gguf_name")


@dataclass(frozen=True)
class Facts:
    """Whatever could be found; pixels are those asked for, not those of the file."""

    prompt: str = ""
    negative: str = ""
    seed: int | None = None
    model: str | None = None  # the one that was sampled with
    models: tuple[str, ...] = ()  # every weights file
    sampler: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    cfg: float | None = None
    width: int | None = None
    height: int | None = None


def from_texts(texts: Mapping[str, str], name: str = "") -> Facts:
    """Of the texts of a file: its graph, else the parameters of other tools, else its canvas."""
    document = json_in(texts["prompt"]) if "prompt" in texts else None
    if isinstance(document, dict) and document:
        return from_prompt(document, name)
    if "parameters" in texts:
        return from_parameters(texts["parameters"])
    workflow = json_in(texts["workflow"]) if "workflow" in texts else None
    return from_prompt(canvas.as_graph(workflow), name)


def from_prompt(document: object, name: str = "") -> Facts:
    """Of a graph in API form; `name` tells which of several saving nodes wrote the file."""
    nodes = read_nodes(document)
    reached = upstream(nodes, ends(nodes, name))
    models = tuple(dict.fromkeys(model for key in reached for model in weights_of(nodes[key])))
    # The farthest one drew the picture; those nearer to the end refined it.
    at = next((key for key in reversed(reached) if is_sampler(nodes[key])), None)
    if at is None:
        texts = [text for key in reached if (text := wording.own_text(nodes[key]))]
        return Facts(prompt=texts[-1] if texts else "", model=models[-1] if models else None, models=models)
    return _of_sampler(nodes, nodes[at], models)


def is_sampler(node: Node) -> bool:
    """Whether a node turns prompts and noise into a latent."""
    return ("positive" in node.inputs or "guider" in node.inputs) and not AT_WORK.isdisjoint(node.inputs)


def _of_sampler(nodes: Nodes, sampler: Node, models: tuple[str, ...]) -> Facts:
    cfg = _number(nodes, sampler, ("cfg", "cfg_conds"), ("guider",))
    return Facts(
        prompt=_prompt(nodes, sampler, POSITIVE, "positive"),
        negative=_prompt(nodes, sampler, ("negative",), "negative"),
        seed=_whole(nodes, sampler, ("seed", "noise_seed"), ("noise",)),
        model=_main_model(nodes, sampler) or (models[0] if models else None),
        models=models,
        sampler=_word(nodes, sampler, "sampler_name", "sampler"),
        scheduler=_word(nodes, sampler, "scheduler", "sigmas"),
        steps=_whole(nodes, sampler, ("steps",), ("sigmas",)),
        cfg=None if cfg is None else float(cfg),
        width=_whole(nodes, sampler, ("width",), ("latent_image", "latent", "samples")),
        height=_whole(nodes, sampler, ("height",), ("latent_image", "latent", "samples")),
    )


def _prompt(nodes: Nodes, sampler: Node, keys: tuple[str, ...], role: wording.Role) -> str:
    """What the conditioning of this role was made of; a guider may hold it."""
    holder = sampler
    guider = link_to(sampler.inputs.get("guider"), nodes)
    if guider is not None:
        holder = nodes[guider.node]
    starts = [link for key in keys if (link := link_to(holder.inputs.get(key), nodes))]
    return wording.behind(nodes, starts, role)


def _whole(nodes: Nodes, node: Node, keys: tuple[str, ...], ways: tuple[str, ...]) -> int | None:
    found = _number(nodes, node, keys, ways)
    return None if found is None else int(found)


def _number(nodes: Nodes, node: Node, keys: tuple[str, ...], ways: tuple[str, ...]) -> int | float | None:
    """A number of one of these names: on the node, on what is linked to it, or along the ways."""
    pending, seen = [(node, keys)], {id(node)}
    while pending and len(seen) <= FAR:
        here, wanted = pending.pop(0)
        for key in (*wanted, *ways):
            value = here.inputs.get(key)
            if key in wanted and (number := _counted(value)) is not None:
                return number
            link = link_to(value, nodes)
            if link is not None and id(nodes[link.node]) not in seen:
                seen.add(id(nodes[link.node]))
                pending.append((nodes[link.node], keys if key in ways else (*keys, *PLAIN)))
    return None


def _counted(value: object) -> int | float | None:
    """A number of a size that occurs; JSON has 1e999 as well."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) <= LARGEST else None


def _word(nodes: Nodes, node: Node, key: str, way: str) -> str | None:
    """A choice by name, else the kind of the node that stands for it (`KarrasScheduler` …)."""
    here, last = node, None
    for _ in range(FAR):
        for name in (key, way):
            if isinstance(word := here.inputs.get(name), str):
                return word
        link = link_to(here.inputs.get(way), nodes) or link_to(here.inputs.get(key), nodes)
        if link is None:
            return last
        here = nodes[link.node]
        last = here.kind
    return last


def weights_of(node: Node) -> list[str]:
    """The weights files that a node names, those that are switched off left out."""
    values = list(node.inputs.values())
    for value in node.inputs.values():
        if isinstance(value, dict) and value.get("on", True):
            values += value.values()
    return [value for value in values if isinstance(value, str) and value.lower().endswith(WEIGHTS)]


def _main_model(nodes: Nodes, sampler: Node) -> str | None:
    """The file at the beginning of the sampler's model, past all that changes it."""
    pending, seen = [sampler], {id(sampler)}
    while pending and len(seen) <= FAR:
        here = pending.pop(0)
        if name := _loaded(here):
            return name
        links = [link for key, value in here.inputs.items() if (link := _model_link(key, value, nodes))]
        for link in links:
            if id(nodes[link.node]) not in seen:
                seen.add(id(nodes[link.node]))
                pending.append(nodes[link.node])
    return None


def _model_link(key: str, value: object, nodes: Nodes) -> Link | None:
    return link_to(value, nodes) if key.startswith("model") or key in ("guider", "pipe", "unet") else None


def _loaded(node: Node) -> str | None:
    """The model that a loader names: a file, or a folder under a familiar key."""
    for key in MODEL_KEYS:
        if isinstance(name := node.inputs.get(key), str):
            return name
    files = [
        value
        for key, value in node.inputs.items()
        if isinstance(value, str) and value.lower().endswith(WEIGHTS) and not _is_beside(key)
    ]
    return files[0] if files else None


def _is_beside(key: str) -> bool:
    """Whether an input names what steers or changes a model, and not the model."""
    return any(word in key.lower() for word in ("lora", "vae", "clip", "control", "embed"))


def from_parameters(text: str) -> Facts:
    """Of the text that other tools write under `parameters`."""
    found = parameters.read(text)
    width, _, height = found.setting("Size").partition("x")
    return Facts(
        prompt=found.prompt,
        negative=found.negative,
        seed=parameters.whole(found.setting("Seed")),
        model=found.setting("Model") or None,
        models=found.models,
        sampler=found.setting("Sampler") or None,
        scheduler=found.setting("Schedule type") or None,
        steps=parameters.whole(found.setting("Steps")),
        cfg=parameters.fraction(found.setting("CFG scale")),
        width=parameters.whole(width),
        height=parameters.whole(height),
    )
