"""Weights that are patched only under some conditionings, and only during parts of sampling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from torch import nn

from diffusion.networks.device import device_of

if TYPE_CHECKING:
    from diffusion.sampling.schedules import NoiseSchedule
    from diffusion.types import Model, TextEncoder


class Source(Protocol):
    """What a hook lays upon weights. No dataclass: a lease that finds a hook brings nothing for it."""

    def on_model(self, model: Model, strength: float) -> Model:
        """The model with it."""

    def on_text(self, encoder: TextEncoder, strength: float) -> TextEncoder:
        """The text encoder with it."""


@dataclass(frozen=True)
class Keyframe:
    """A strength from some part of sampling on (0 start, 1 end)."""

    strength: float = 1.0
    start: float = 0.0


@dataclass(frozen=True, eq=False)
class Hook:
    """A change of weights under one conditioning, whose strength keyframes multiply."""

    source: Source
    model_strength: float = 1.0
    text_strength: float = 1.0
    keyframes: tuple[Keyframe, ...] = ()  # by their starts

    def at_sigma(self, schedule: NoiseSchedule, sigma: float) -> float:
        """How strongly it holds at a noise level."""
        reached = (key for key in self.keyframes if sigma <= schedule.sigma_after(key.start))
        return self.model_strength * self.multiplier(reached)

    def at_share(self, share: float) -> float:
        """How strongly the text encoder's patches hold when so much of sampling is done."""
        reached = (key for key in self.keyframes if key.start <= share)
        return self.text_strength * self.multiplier(reached)

    def multiplier(self, reached: Iterator[Keyframe]) -> float:
        """The strength of the last keyframe that was reached, of the first before any was; 1 without any."""
        return [Keyframe(), *self.keyframes[:1], *reached][-1].strength


def sorted_keyframes(keyframes: Sequence[Keyframe]) -> tuple[Keyframe, ...]:
    """In the order of their starts; of equal ones the later given counts."""
    return tuple(sorted(keyframes, key=lambda keyframe: keyframe.start))


@dataclass(frozen=True, eq=False)
class Prepared:
    """The patched tensors of some hooks at some strengths, by name, where the network works."""

    strengths: tuple[float, ...]
    tensors: Mapping[str, nn.Parameter]


class Hooked:
    """A model's network under hooks during one sampling; what is computed is kept while strengths stay."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.prepared: dict[tuple[int, ...], Prepared] = {}  # by the ids of hooks

    @contextmanager
    def __call__(self, hooks: Sequence[Hook], sigma: float) -> Iterator[None]:
        """The network with these hooks while the block runs; after it the very tensors of before."""
        if not hooks:
            yield
            return
        with swapped(self.model.network, self.tensors(hooks, sigma)):
            yield

    def tensors(self, hooks: Sequence[Hook], sigma: float) -> Mapping[str, nn.Parameter]:
        """What takes the place of which tensor at a noise level."""
        strengths = tuple(hook.at_sigma(self.model.schedule, sigma) for hook in hooks)
        key = tuple(map(id, hooks))
        found = self.prepared.get(key)
        if found is None or found.strengths != strengths:
            self.prepared.pop(key, None)  # before others take its room
            found = self.prepared[key] = Prepared(strengths, self.patched(hooks, strengths))
        return found.tensors

    def patched(self, hooks: Sequence[Hook], strengths: Sequence[float]) -> dict[str, nn.Parameter]:
        """The tensors that hooks of these strengths touch, with them and all patches of the model."""
        model = self.model
        for hook, strength in zip(hooks, strengths, strict=True):
            model = hook.source.on_model(model, strength) if strength else model
        own, hooked = self.model.weights.patches, model.weights
        place = device_of(self.model.network)
        return {
            name: nn.Parameter(hooked.kept(name).to(place), requires_grad=False)
            for name, patches in hooked.patches.items()
            if len(patches) > len(own.get(name, ()))
        }


@contextmanager
def swapped(network: nn.Module, tensors: Mapping[str, nn.Parameter]) -> Iterator[None]:
    """A network with other parameters by their names while the block runs, then with the very same as before.

    The objects are exchanged, not their data: a network that streams goes on filling its own, unseen. They
    are got by `get`, which a streaming network does not hear.
    """
    before: list[tuple[nn.Module, str, nn.Parameter | None]] = []
    try:
        for name, tensor in tensors.items():
            owner, _, last = name.rpartition(".")
            module = network.get_submodule(owner)
            before.append((module, last, module._parameters.get(last)))
            module._parameters[last] = tensor
        yield
    finally:
        for module, last, own in reversed(before):
            module._parameters[last] = own
