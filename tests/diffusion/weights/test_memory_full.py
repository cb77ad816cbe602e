"""When the device is too small: weights stream, calls are tried again, and the books stay right."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import pytest
import torch
from torch import nn

from diffusion.weights import thrift
from diffusion.weights.devices import SimulatedDevice
from diffusion.weights.memory import Memory, OutOfBudget
from tests.diffusion.weights.layers import PLENTY, Layer, at_home, memory, run_with, tower, use

# Streaming


def test_a_model_larger_than_the_budget_streams_and_answers_the_same() -> None:
    module = tower(8, 64)  # blocks of 16 KiB
    x = torch.randn(3, 64)
    expected = module(x)
    device = SimulatedDevice(6 * 16384)
    small = Memory(device)
    with small.lease({"m": module}):
        assert torch.equal(module(x), expected)
        assert 0 < small.used <= device.capacity
    small.free()
    assert small.used == device.used() == 0
    assert torch.equal(module(x), expected)


def test_the_largest_of_several_modules_streams() -> None:
    large, little = tower(8, 64), tower(2, 64)
    small = memory(capacity=8 * 16384)
    with small.lease({"large": large, "little": little}):
        streams = small.streaming()
    assert streams == ["Sequential"]
    assert small.used <= 8 * 16384


def test_a_streamed_model_stays_between_its_calls_and_leaves_for_others() -> None:
    module, other = tower(8, 64), tower(4, 64)
    small = memory(capacity=6 * 16384)
    for _ in range(2):
        use(small, module)
    moved = small.counts.bytes_moved
    use(small, module)
    assert small.counts.bytes_moved == moved
    use(small, other)
    assert not small.streaming()
    assert not at_home(small, other)


def test_a_streamed_model_keeps_more_once_it_is_known_what_else_a_call_needs() -> None:
    block = 16384
    device = SimulatedDevice(10 * block)
    small = Memory(device)
    module = tower(16, 64)
    kept = []
    for _ in range(3):
        run_with(device, small, module, block, torch.zeros(1))
        kept.append(small.used // block)
    assert kept == [7, 8, 8]  # a quarter is left to activations, then what was measured and a little more


def test_calls_of_two_kinds_do_not_make_a_streamed_model_come_and_go() -> None:
    block = 16384
    device = SimulatedDevice(12 * block)
    small = Memory(device)
    module = tower(20, 64)
    moved = []
    for turn in range(12):
        run_with(device, small, module, (1, 3)[turn % 2] * block, torch.zeros(1, 1 + turn % 2))
        moved.append(small.counts.bytes_moved)
    assert len(set(moved)) > 1  # it grew, and shrank
    assert moved[6:] == moved[6:7] * 6


def test_a_model_that_shares_weights_with_one_that_streams_ends_the_stream() -> None:
    base = tower(8, 64)
    part = nn.Sequential(*list(base)[:2])
    small = memory(capacity=6 * 16384)
    use(small, base)
    with small.lease({"m": part}):
        assert not small.streaming()
        assert not at_home(small, part)


# The ladder


def ladder(
    memory: Memory, call: Callable[[], None], arguments: Mapping[str, object]
) -> tuple[list[str], torch.OutOfMemoryError | None]:
    """Call again after each rung, as an executor does; what was tried, and the error if nothing helped."""
    tried: list[str] = []
    while True:
        try:
            with memory.lease(arguments):
                call()
            return tried, None
        except torch.OutOfMemoryError as error:
            step = memory.relieve(error, arguments, tried)
            if step is None:
                return tried, error
            tried.append(step)


def test_an_error_of_another_kind_is_not_about_memory() -> None:
    assert memory().relieve(ValueError("no"), {"m": Layer()}, ()) is None


def test_idle_models_leave_first() -> None:
    device = SimulatedDevice(400)
    full = Memory(device)
    worker = Layer()
    others = [Layer(), Layer(60)]
    use(full, *others)

    def call() -> None:
        with device.borrow(290):
            pass

    tried, error = ladder(full, call, {"m": worker})
    assert (tried, error) == (["evicted 2 idle models (0 KiB)"], None)
    assert at_home(full, worker, *others) == others


def test_what_a_failed_call_has_made_is_let_go_before_room_is_made_for_the_next() -> None:
    device = SimulatedDevice(400, hoards=True)
    full = Memory(device)
    worker = Layer()

    def call() -> None:
        made = device.buffer(150)
        with device.borrow(200):
            del made

    with pytest.raises(torch.OutOfMemoryError) as caught, full.lease({"m": worker}):
        call()
    assert device.used() == 250
    assert full.relieve(caught.value, {"m": worker}, []) == "emptied the allocator's cache"
    assert device.used() == 100


def test_then_the_allocator_gives_back_what_it_keeps() -> None:
    device = SimulatedDevice(400, hoards=True)
    full = Memory(device)
    worker = Layer()
    with device.borrow(50):
        pass

    def call() -> None:
        with device.borrow(300):
            pass

    assert ladder(full, call, {"m": worker}) == (["emptied the allocator's cache"], None)


def test_then_weights_stream_and_the_next_call_of_the_kind_begins_so() -> None:
    block = 16384
    device = SimulatedDevice(9 * block)
    full = Memory(device)
    module, x = tower(8, 64), torch.randn(3, 64)
    expected = module(x)

    def call() -> None:
        with device.borrow(4 * block):
            assert torch.equal(module(x), expected)

    tried, error = ladder(full, call, {"m": module, "x": x})
    assert error is None
    assert tried == ["streamed the weights of Sequential with 64 KiB of 128 KiB on the device"]
    assert full.used == 4 * block
    assert ladder(full, call, {"m": module, "x": x}) == ([], None)


def test_after_that_the_weights_have_the_room_that_was_measured() -> None:
    block = 16384
    device = SimulatedDevice(17 * block)
    full = Memory(device)
    module = tower(16, 64)

    def call() -> None:
        with device.borrow(4 * block):
            pass

    assert len(ladder(full, call, {"m": module})[0]) == 1
    assert full.used == 8 * block
    assert ladder(full, call, {"m": module}) == ([], None)
    assert full.used == 12 * block


def test_when_nothing_is_left_the_call_fails_and_what_was_learned_is_forgotten() -> None:
    device = SimulatedDevice(17 * 16384)
    full = Memory(device)
    module, x = tower(16, 64), torch.randn(3, 64)

    def call() -> None:
        with device.borrow(PLENTY):
            pass

    tried, error = ladder(full, call, {"m": module, "x": x})
    assert tried == [
        "streamed the weights of Sequential with 128 KiB of 256 KiB on the device",
        "streamed the weights of Sequential with 64 KiB of 256 KiB on the device",
    ]
    assert error is not None
    assert len(full.lessons) == 0
    assert full.used == device.used()


# Whatever happens


class Story:
    """Leases, errors, deaths of modules and calls that do not fit, in any order."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.device = SimulatedDevice(self.random.randint(4, 16) * 4096, hoards=self.random.random() < 0.3)
        self.memory = Memory(self.device)
        self.modules = [tower(self.random.randint(1, 12), 32) for _ in range(4)]
        self.modules += [nn.Sequential(*list(self.modules[0])[:2], *tower(1, 32)), Layer(4096)]
        self.homes = [(tensor, tensor.data_ptr()) for m in self.modules for tensor in m.parameters()]

    def call(self) -> None:
        """One call as an executor makes it."""
        modules = self.random.sample(self.modules, self.random.randint(1, 2))
        tried: list[str] = []
        with suppress(OutOfBudget, ArithmeticError):
            while True:
                try:
                    self.attempt(modules)
                except torch.OutOfMemoryError as error:
                    step = self.memory.relieve(error, {"m": modules}, tried)
                    if step is None:
                        return
                    tried.append(step)
                else:
                    return

    def attempt(self, modules: Sequence[nn.Module]) -> None:
        """Under a lease."""
        shape = torch.zeros(1, self.random.randint(1, 2))
        calls = [self.random.sample(self.modules, 1) for _ in range(3)]
        with self.memory.lease({"m": modules, "x": shape}, lambda: iter(calls)):
            assert self.memory.is_ready(modules)
            assert self.memory.used == self.device.used()
            with self.device.borrow(self.random.randint(0, 3) * 4096):
                if self.random.random() < 0.3:
                    self.call_beside()
                if self.random.random() < 0.1:
                    thrift.present().make_room()
                if self.random.random() < 0.1:
                    raise ArithmeticError

    def call_beside(self) -> None:
        """Another call while one is underway; weights in use stay where they are."""
        with suppress(torch.OutOfMemoryError), self.memory.lease({"m": self.random.sample(self.modules, 1)}):
            pass

    def lose(self) -> None:
        """A module dies."""
        if len(self.modules) > 3:
            self.modules.pop(self.random.randrange(len(self.modules)))


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_the_books_are_right_and_everything_comes_home(seed: int) -> None:
    story = Story(seed)
    for _ in range(25):
        story.call()
        assert story.memory.leased == 0
        if story.random.random() < 0.1:
            story.lose()
        if story.random.random() < 0.1:
            story.memory.free()
    story.memory.free()
    assert (story.memory.used, story.device.used()) == (0, 0)
    assert all(tensor.data_ptr() == home for tensor, home in story.homes)
