"""Leases within a budget, on a second device made of ordinary memory: real copies, counted."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from diffusion.weights.memory import Counts, Memory, OutOfBudget, default_device, reachable_modules

CPU = torch.device("cpu")


class Device:
    """Memory apart from the home of the weights: knows its copies, and can be full."""

    def __init__(self, capacity: int | None = None) -> None:
        self.capacity = capacity
        self.used = 0

    def copy(self, home: Tensor) -> Tensor:
        size = home.numel() * home.element_size()
        if self.capacity is not None and self.used + size > self.capacity:
            raise torch.OutOfMemoryError("full")
        self.used += size
        copied = home.clone()
        torch.utils.weak.weakref.finalize(copied.untyped_storage(), self._free, size)
        return copied

    def _free(self, size: int) -> None:
        self.used -= size


def layer(size: int = 100) -> nn.Module:
    """A module of so many bytes."""
    return nn.Linear(size // 4, 1, bias=False)


def memory(budget: int | None = None, capacity: int | None = None) -> Memory:
    return Memory(CPU, budget, copy=Device(capacity).copy)


def address(module: nn.Module) -> int:
    return next(module.parameters()).data_ptr()


def use(memory: Memory, *modules: nn.Module) -> None:
    with memory.lease({"modules": modules}):
        pass


@dataclass(frozen=True)
class Wrapped:
    network: nn.Module
    note: str = ""


def test_modules_are_found_in_dataclasses_lists_and_mappings_once_each() -> None:
    a, b, c = layer(), layer(), layer()
    arguments: Mapping[str, object] = {
        "model": Wrapped(a),
        "conds": [({"control": Wrapped(b)}, "text"), (c, 3)],
        "again": a,
        "class": Wrapped,
        "tensor": torch.zeros(2),
    }
    assert [id(module) for module in reachable_modules(arguments)] == [id(a), id(b), id(c)]


def test_a_module_inside_a_module_is_not_counted_apart() -> None:
    assert len(reachable_modules({"m": nn.Sequential(layer(), layer())})) == 1


def test_arguments_that_hold_themselves_or_go_very_deep_are_searched() -> None:
    ring: list[object] = [layer()]
    ring.append(ring)
    deep: object = layer()
    for _ in range(20_000):
        deep = [deep]
    assert len(reachable_modules({"ring": ring, "deep": deep})) == 2


def test_a_cpu_lends_weights_where_they_are() -> None:
    module = layer()
    home = address(module)
    memory = Memory(CPU)
    with memory.lease({"m": module}):
        assert address(module) == home
    assert memory.counts == Counts()


def test_a_lease_brings_weights_in_and_the_next_finds_them() -> None:
    module = nn.BatchNorm1d(4)  # it has buffers as well
    home = module.running_mean.data_ptr()  # type: ignore[union-attr]
    budgeted = memory()
    with budgeted.lease({"m": module}):
        assert module.running_mean.data_ptr() != home  # type: ignore[union-attr]
    use(budgeted, module)
    assert budgeted.counts == Counts(loads=1, evictions=0, bytes_moved=budgeted.used)


def test_the_least_recently_used_leaves_first_and_goes_home() -> None:
    a, b, c = layer(), layer(), layer()
    homes = [address(module) for module in (a, b, c)]
    two = memory(budget=200)
    for module in (a, b, a, c):
        use(two, module)
    assert address(b) == homes[1]
    assert address(a) != homes[0]
    assert address(c) != homes[2]
    assert (two.counts.loads, two.counts.evictions, two.used) == (3, 1, 200)


def test_weights_keep_their_values_through_loads_and_evictions() -> None:
    a, b = layer(), layer()
    before = [next(module.parameters()).clone() for module in (a, b)]
    one = memory(budget=100)
    for _ in range(3):
        use(one, a)
        use(one, b)
    assert torch.equal(next(a.parameters()), before[0])
    assert torch.equal(next(b.parameters()), before[1])
    assert one.counts == Counts(loads=6, evictions=5, bytes_moved=600)


def test_a_leased_module_is_never_evicted() -> None:
    a, b = layer(), layer()
    one = memory(budget=100)
    with one.lease({"m": a}):
        held = address(a)
        with pytest.raises(OutOfBudget, match="do not fit"), one.lease({"m": b}):
            pass
        assert address(a) == held
    use(one, b)
    assert one.counts.evictions == 1


def test_what_one_call_needs_together_does_not_push_itself_out() -> None:
    a, b, c = layer(), layer(), layer()
    two = memory(budget=200)
    use(two, a, c)
    with two.lease({"a": a, "b": b}):
        assert two.used == 200
    assert two.counts == Counts(loads=3, evictions=1, bytes_moved=300)


def test_a_call_that_needs_more_than_the_budget_fails_alone() -> None:
    a, b = layer(), layer()
    one = memory(budget=150)
    with pytest.raises(OutOfBudget, match="budget of 0 MiB"):
        use(one, a, b)
    use(one, b)
    assert one.used == 100


def test_tensors_that_two_modules_share_are_held_once_and_leave_with_the_last() -> None:
    a, b = layer(), layer()
    b.weight = a.weight
    shared = memory()
    home = address(a)
    use(shared, a)
    use(shared, b)
    assert (shared.used, shared.counts.bytes_moved) == (100, 100)
    del a
    gc.collect()
    use(shared)
    assert shared.used == 100
    assert address(b) != home


def test_a_module_that_nobody_holds_has_left_by_the_next_lease() -> None:
    module = layer()
    open_memory = memory()
    use(open_memory, module)
    del module
    gc.collect()
    use(open_memory)
    assert open_memory.used == 0


@pytest.mark.parametrize("capacity", range(0, 320, 20))
def test_a_full_device_makes_room_or_fails_with_nothing_lost(capacity: int) -> None:
    device = Device(capacity)
    full = Memory(CPU, copy=device.copy)
    modules = [nn.Sequential(layer(60), layer(40)) for _ in range(4)]
    for module in modules:
        try:
            use(full, module)
        except torch.OutOfMemoryError:
            assert capacity < 100
            assert full.used == 0  # of the half that had come in, nothing stays
        assert full.used == device.used <= capacity
    assert full.counts.loads == (4 if capacity >= 100 else 0)


def test_an_error_inside_a_lease_ends_it() -> None:
    a, b = layer(), layer()
    one = memory(budget=100)
    with pytest.raises(ValueError, match="inside"), one.lease({"m": a}):
        raise ValueError("inside")
    use(one, b)
    assert one.counts.evictions == 1


def test_the_default_device_is_one_that_is_there() -> None:
    assert default_device().type == ("cuda" if torch.cuda.is_available() else "cpu")
