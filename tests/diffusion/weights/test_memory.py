"""Leases within a budget, on a simulated device: real copies, counted."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor, nn

from diffusion.weights.devices import SimulatedDevice, TorchDevice
from diffusion.weights.memory import Counts, Memory, OutOfBudget

PLENTY = 1 << 30


class Layer(nn.Module):
    """A weight of so many bytes that has to be whole: what does not add up shows in the answer."""

    def __init__(self, nbytes: int = 100) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(nbytes // 4), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N,) -> (N,)."""
        return x * self.weight.sum()


def tower(layers: int, side: int) -> nn.Sequential:
    """Blocks of one size, so that all but a few of them can stream."""
    blocks = (nn.Linear(side, side, bias=False) for _ in range(layers))
    return nn.Sequential(*blocks).requires_grad_(False)


def memory(budget: int | None = None, capacity: int = PLENTY) -> Memory:
    return Memory(SimulatedDevice(capacity), budget)


def address(module: nn.Module) -> int:
    return next(module.parameters()).data_ptr()


def use(memory: Memory, *modules: nn.Module, then: Sequence[nn.Module | Sequence[nn.Module]] = ()) -> None:
    """A call with these modules, while the calls after it are known."""

    def future() -> Iterator[Sequence[object]]:
        return iter([[call] for call in then])

    with memory.lease({"modules": modules}, future):
        assert not at_home(memory, *modules)


def at_home(memory: Memory, *modules: nn.Module) -> list[nn.Module]:
    """Those of the modules that are not whole on the device."""
    return [module for module in modules if not memory.is_ready([module])]


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


def run_with(device: SimulatedDevice, memory: Memory, module: nn.Module, nbytes: int, x: Tensor) -> None:
    """A call that needs activations."""
    with memory.lease({"m": module, "x": x}), device.borrow(nbytes):
        pass


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
