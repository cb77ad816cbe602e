"""How much memory of a device a call needs: the peak of what its tensors took."""

from __future__ import annotations

from time import perf_counter

import torch

from diffusion.weights.devices import Device

SHORT = 0.001  # seconds; a call that takes less is not counted


class DeviceMeter:
    """Counts for calls that are alone on a device, one after another: weights, activations, outputs."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._name = name_of(device.torch_device)
        self._uncounted: tuple[int | None, str | None] = (None, self._name)
        self._fresh_at = -1.0

    def begin(self) -> DeviceMeter:
        """What short calls took just before this one may be counted with it: to ask has its price."""
        now = perf_counter()
        if now - self._fresh_at > SHORT:
            self._device.forget_highest()
            self._fresh_at = now
        return self

    def end(self, seconds: float) -> tuple[int | None, str | None]:
        if seconds < SHORT:
            return self._uncounted
        highest = self._device.highest()
        self._device.forget_highest()
        self._fresh_at = perf_counter()
        return highest, self._name


def name_of(device: torch.device) -> str:
    """A device by type and number."""
    return "cuda:0" if device.type == "cuda" and device.index is None else str(device)
