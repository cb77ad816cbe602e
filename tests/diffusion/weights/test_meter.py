"""How much memory of a device a call needs."""

from __future__ import annotations

import torch

from diffusion.weights.devices import SimulatedDevice, TorchDevice
from diffusion.weights.meter import SHORT, DeviceMeter, name_of


def test_a_call_is_told_the_most_that_was_taken_while_it_ran() -> None:
    device = SimulatedDevice(1000)
    held = device.buffer(100)
    watch = DeviceMeter(device).begin()
    with device.borrow(300):
        pass
    assert watch.end(1.0) == (400, "cpu")
    assert held.numel() == 100


def test_what_the_memory_counts_for_itself_meanwhile_takes_nothing_away() -> None:
    device = SimulatedDevice(1000)
    watch = DeviceMeter(device).begin()
    with device.borrow(300):
        pass
    device.reset_peak()  # as a lease does
    with device.borrow(200):
        pass
    assert device.peak() == 200
    assert watch.end(1.0) == (300, "cpu")


def test_a_call_does_not_pay_for_the_one_before() -> None:
    device = SimulatedDevice(1000)
    meter = DeviceMeter(device)
    watch = meter.begin()
    with device.borrow(900):
        pass
    watch.end(1.0)
    watch = meter.begin()
    with device.borrow(10):
        pass
    assert watch.end(1.0) == (10, "cpu")


def test_a_short_call_is_not_counted() -> None:
    assert DeviceMeter(SimulatedDevice(1000)).begin().end(SHORT / 2) == (None, "cpu")


def test_devices_are_named_by_type_and_number() -> None:
    names = [name_of(torch.device(name)) for name in ("cpu", "cuda", "cuda:1", "mps")]
    assert names == ["cpu", "cuda:0", "cuda:1", "mps"]


def test_nobody_counts_on_the_cpu() -> None:
    device = TorchDevice(torch.device("cpu"))
    device.forget_highest()
    device.reset_peak()
    assert device.highest() is None
