"""Leases within a budget, on a simulated device: real copies, counted."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from diffusion.weights.devices import SimulatedDevice, TorchDevice
from diffusion.weights.memory import Counts, Memory, OutOfBudget
from tests.diffusion.weights.layers import PLENTY, Layer, address, at_home, memory, run_with, use

# Leases


def test_a_cpu_lends_weights_where_they_are() -> None:
    module = Layer()
    home = address(module)
    idle = Memory(TorchDevice(torch.device("cpu")))
    with idle.lease({"m": module}):
        assert address(module) == home
    assert idle.counts == Counts()
    assert idle.relieve(torch.OutOfMemoryError(), {"m": module}, ()) is None


def test_a_lease_brings_weights_in_and_the_next_finds_them() -> None:
    module = nn.BatchNorm1d(4)  # it has buffers as well
    home = module.running_mean.data_ptr()  # type: ignore[union-attr]
    budgeted = memory()
    with budgeted.lease({"m": module}):
        assert module.running_mean.data_ptr() != home  # type: ignore[union-attr]
    use(budgeted, module)
    assert budgeted.counts == Counts(loads=1, evictions=0, bytes_moved=budgeted.used)


def test_weights_keep_their_values_through_loads_and_evictions() -> None:
    a, b = Layer(), Layer()
    before = [next(module.parameters()).clone() for module in (a, b)]
    one = memory(budget=100)
    for _ in range(3):
        use(one, a)
        use(one, b)
    assert torch.equal(next(a.parameters()), before[0])
    assert torch.equal(next(b.parameters()), before[1])
    assert one.counts == Counts(loads=6, evictions=5, bytes_moved=600)


def test_a_leased_module_is_never_evicted() -> None:
    a, b = Layer(), Layer()
    one = memory(budget=100)
    with one.lease({"m": a}):
        held = address(a)
        with pytest.raises(OutOfBudget, match="do not fit"), one.lease({"m": b}):
            pass
        assert address(a) == held
    use(one, b)
    assert one.counts.evictions == 1


def test_what_one_call_needs_together_does_not_push_itself_out() -> None:
    a, b, c = Layer(), Layer(), Layer()
    two = memory(budget=200)
    use(two, a, c)
    with two.lease({"a": a, "b": b}):
        assert two.used == 200
    assert two.counts == Counts(loads=3, evictions=1, bytes_moved=300)


def test_a_call_whose_weights_neither_fit_nor_stream_fails_alone() -> None:
    a, b = Layer(), Layer()
    one = memory(budget=150)
    with pytest.raises(OutOfBudget, match="do not fit on the simulated device, not even streaming"):
        use(one, a, b)
    use(one, b)
    assert one.used == 100


def test_tensors_that_two_modules_share_are_held_once_and_leave_with_the_last() -> None:
    a, b = Layer(), Layer()
    b.weight = a.weight
    shared = memory()
    home = address(a)
    use(shared, a)
    use(shared, b)
    assert (shared.used, shared.counts.bytes_moved) == (100, 100)
    del a
    gc.collect()
    use(shared, b)
    assert shared.used == 100
    assert address(b) != home


def test_a_module_that_nobody_holds_has_left_by_the_next_lease() -> None:
    module, other = Layer(), Layer()
    device = SimulatedDevice(PLENTY)
    open_memory = Memory(device)
    use(open_memory, module)
    del module
    gc.collect()
    use(open_memory, other)
    assert open_memory.used == device.used() == 100


def test_a_weight_that_a_module_no_longer_has_leaves() -> None:
    module = Layer()
    open_memory = memory()
    use(open_memory, module)
    module.weight = nn.Parameter(torch.randn(50), requires_grad=False)
    use(open_memory, module)
    assert open_memory.used == 200
    assert open_memory.counts.bytes_moved == 300


def test_an_error_inside_a_lease_ends_it() -> None:
    a, b = Layer(), Layer()
    one = memory(budget=100)
    with pytest.raises(ValueError, match="inside"), one.lease({"m": a}):
        raise ValueError("inside")
    use(one, b)
    assert one.counts.evictions == 1


@pytest.mark.parametrize("capacity", range(0, 320, 20))
def test_a_full_device_makes_room_or_fails_with_nothing_lost(capacity: int) -> None:
    device = SimulatedDevice(capacity)
    full = Memory(device, budget=PLENTY)
    device.budget = lambda: None  # type: ignore[method-assign]  # it does not tell how large it is
    modules = [nn.Sequential(Layer(60), Layer(40)) for _ in range(4)]
    for module in modules:
        try:
            use(full, module)
        except torch.OutOfMemoryError:
            assert capacity < 100
        assert full.used == device.used() <= capacity
    assert full.counts.loads == (4 if capacity >= 100 else 0)
    full.free()
    assert device.used() == 0


def test_free_sends_home_what_no_call_uses() -> None:
    a, b = Layer(), Layer(60)
    device = SimulatedDevice(PLENTY)
    open_memory = Memory(device)
    with open_memory.lease({"m": a}):
        use(open_memory, b)
        assert open_memory.free() == 60
    assert open_memory.free() == 100
    assert open_memory.used == device.used() == 0


# Who leaves


def test_what_is_needed_last_leaves_first_and_goes_home() -> None:
    a, b, c = Layer(), Layer(), Layer()
    homes = [address(module) for module in (a, b, c)]
    two = memory(budget=200)
    use(two, a)
    use(two, b)
    use(two, c, then=[a, b])
    assert [address(m) == home for m, home in zip((a, b, c), homes, strict=True)] == [False, True, False]
    assert two.counts == Counts(loads=3, evictions=1, bytes_moved=300)


def test_without_a_future_what_was_used_longest_ago_leaves_first() -> None:
    a, b, c = Layer(), Layer(), Layer()
    two = memory(budget=200)
    for module in (a, b, a, c):
        use(two, module)
    assert at_home(two, a, b, c) == [b]


def test_a_large_model_that_is_used_no_more_does_not_outstay_small_ones_that_take_turns() -> None:
    stale, a, b = Layer(300), Layer(), Layer(100)
    small = memory(budget=400)
    use(small, stale)
    for _ in range(5):
        use(small, a)
        use(small, b)
    assert small.counts == Counts(loads=3, evictions=1, bytes_moved=500)


def test_of_models_that_one_call_needs_the_cheapest_leaves_first() -> None:
    large, small = Layer(200), Layer()
    both = memory(budget=300)
    use(both, small)
    use(both, large)
    use(both, Layer(), then=[(large, small)])
    assert at_home(both, large, small) == [small]


def test_the_future_is_not_asked_while_everything_fits() -> None:
    def future() -> Iterator[Sequence[object]]:
        raise AssertionError("asked")

    open_memory = memory(budget=200)
    for _ in range(2):
        with open_memory.lease({"m": Layer()}, future):
            pass


def test_a_model_to_come_keeps_the_weights_that_it_shares() -> None:
    base, other, third = Layer(), Layer(), Layer()
    patched = nn.Sequential(Layer(40), base)  # not on the device itself
    two = memory(budget=200)
    use(two, base)
    use(two, other)
    use(two, third, then=[patched, other])
    assert at_home(two, base, other) == [other]


def test_no_more_of_a_model_leaves_than_has_to() -> None:
    large, small = nn.Sequential(*(Layer(20) for _ in range(5))), Layer(40)
    full = memory(budget=120)
    use(full, large)
    use(full, small)
    assert full.used == 120
    assert at_home(full, large, small) == [large]
    use(full, large)
    assert full.counts.bytes_moved == 100 + 40 + 20


def test_threads_that_lease_at_the_same_time_find_their_weights() -> None:
    device = SimulatedDevice(500)
    busy = Memory(device)
    modules = [Layer(60) for _ in range(6)]

    def work(module: nn.Module) -> bool:
        for _ in range(50):
            with busy.lease({"m": module}):
                if at_home(busy, module):
                    return False
        return True

    with ThreadPoolExecutor(len(modules)) as threads:
        assert all(threads.map(work, modules))
    assert busy.used == device.used()
    busy.free()
    assert device.used() == 0


# What calls need beside weights


def test_the_second_call_of_a_kind_finds_room_for_its_activations() -> None:
    device = SimulatedDevice(300)
    learned = Memory(device)
    worker, idle = Layer(), Layer()
    run_with(device, learned, worker, 150, torch.zeros(2, 3))
    use(learned, idle)
    run_with(device, learned, worker, 150, torch.zeros(2, 3))
    assert at_home(learned, idle) == [idle]


def test_another_shape_is_another_kind_of_call() -> None:
    device = SimulatedDevice(300)
    learned = Memory(device)
    worker, idle = Layer(), Layer()
    run_with(device, learned, worker, 150, torch.zeros(2, 3))
    use(learned, idle)
    run_with(device, learned, worker, 50, torch.zeros(1, 3))
    assert at_home(learned, idle) == []


def test_what_fits_only_without_its_activations_still_runs_whole() -> None:
    device = SimulatedDevice(300)
    learned = Memory(device)
    worker = Layer()
    run_with(device, learned, worker, 200, torch.zeros(1))
    with device.borrow(100):  # somebody else has come
        run_with(device, learned, worker, 100, torch.zeros(1))
    assert not at_home(learned, worker)


def test_leases_beside_each_other_are_not_measured() -> None:
    device = SimulatedDevice(PLENTY)
    learned = Memory(device)
    a, b = Layer(), Layer(60)
    with learned.lease({"m": a}):
        run_with(device, learned, b, 500, torch.zeros(1))
    assert all(lesson.activations is None for lesson in learned.lessons)
