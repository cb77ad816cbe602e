"""What a call found out about sparing memory is there for the next of its kind."""

from __future__ import annotations

import torch
from torch import nn

from diffusion.weights import thrift
from diffusion.weights.devices import SimulatedDevice
from diffusion.weights.memory import Memory


def layer() -> nn.Module:
    return nn.Linear(25, 1, bias=False)


def test_without_a_lease_nothing_is_idle_and_nothing_is_remembered() -> None:
    thrift.present().split(1)
    fresh = thrift.present()
    assert (fresh.at_once, fresh.tiled, fresh.make_room()) == (None, None, False)


def test_what_a_call_found_is_there_for_the_next_with_such_modules_and_shapes() -> None:
    memory = Memory(SimulatedDevice(10_000))
    with memory.lease({"m": layer(), "x": torch.zeros(2, 3)}):
        thrift.present().split(1)
        thrift.present().tile(256)
    with memory.lease({"m": layer(), "x": torch.zeros(2, 3)}):
        assert (thrift.present().at_once, thrift.present().tiled) == (1, 256)
    with memory.lease({"m": layer(), "x": torch.zeros(4, 3)}):
        assert (thrift.present().at_once, thrift.present().tiled) == (None, None)


def test_what_a_call_that_failed_found_is_not_remembered() -> None:
    memory = Memory(SimulatedDevice(10_000))
    module = layer()
    try:
        with memory.lease({"m": module}):
            thrift.present().split(1)
            raise torch.OutOfMemoryError
    except torch.OutOfMemoryError:
        pass
    with memory.lease({"m": module}):
        assert thrift.present().at_once is None


def test_code_under_a_lease_can_have_idle_weights_sent_home() -> None:
    device = SimulatedDevice(10_000)
    memory = Memory(device)
    module, other = layer(), layer()
    with memory.lease({"m": other}):
        pass
    with memory.lease({"m": module}):
        assert device.used() == 200
        assert thrift.present().make_room()
        assert device.used() == 100
        assert not thrift.present().make_room()


def test_a_call_is_measured_from_where_it_found_its_way() -> None:
    device = SimulatedDevice(10_000)
    memory = Memory(device)
    with memory.lease({"m": layer()}):
        with device.borrow(5_000):  # all at once, to no avail
            pass
        thrift.present().split(1)
        with device.borrow(2_000):
            pass
    (lesson,) = memory.lessons
    assert lesson.activations == 2_000
