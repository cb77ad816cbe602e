"""The simulated device counts, fails and keeps time as it says; on the CPU nothing moves."""

from __future__ import annotations

import gc

import pytest
import torch

from diffusion.weights.devices import SimulatedDevice, TorchDevice, default_device, main_memory

HOME = torch.arange(25, dtype=torch.float32)  # 100 bytes


def test_a_copy_counts_as_used_as_long_as_a_tensor_lives_on_it() -> None:
    device = SimulatedDevice(1000)
    copied = device.copy_in(HOME)
    view = copied[:2]
    assert torch.equal(copied, HOME)
    assert copied.data_ptr() != HOME.data_ptr()
    del copied
    assert device.used() == 100
    del view
    assert (device.used(), device.peak(), device.bytes_moved, device.copies) == (0, 100, 100, 1)


def test_a_copy_keeps_the_layout_of_its_home() -> None:
    home = torch.randn(1, 4, 3, 3).to(memory_format=torch.channels_last)
    assert SimulatedDevice(1000).copy_in(home).is_contiguous(memory_format=torch.channels_last)


def test_the_peak_counts_from_its_reset() -> None:
    device = SimulatedDevice(1000)
    kept = device.copy_in(HOME)
    with device.borrow(300):
        pass
    assert device.peak() == 400
    device.reset_peak()
    with device.borrow(50):
        pass
    assert device.peak() == 150 == 50 + kept.nbytes


def test_what_does_not_fit_is_an_out_of_memory_error() -> None:
    device = SimulatedDevice(150)
    kept = device.copy_in(HOME)
    with pytest.raises(torch.OutOfMemoryError, match="100 of 150 are taken"):
        device.copy_in(HOME)
    with pytest.raises(torch.OutOfMemoryError), device.borrow(51):
        pass
    assert device.used() == kept.nbytes == device.buffer(50).nbytes + 50


@pytest.mark.parametrize("for_good", [False, True])
def test_the_allocation_that_is_told_to_fail_fails(for_good: bool) -> None:
    device = SimulatedDevice(1000, fail_at=2, for_good=for_good)
    worked = []
    for _ in range(4):
        try:
            with device.borrow(10):
                worked.append(True)
        except torch.OutOfMemoryError:
            worked.append(False)
    assert worked == [True, False, not for_good, not for_good]
    assert device.allocations == 4


def test_an_allocator_that_hoards_gives_back_when_told_to() -> None:
    device = SimulatedDevice(200, hoards=True)
    with device.borrow(120):
        pass
    with device.borrow(120):  # the very same size finds its place again
        pass
    with pytest.raises(torch.OutOfMemoryError), device.borrow(100):
        pass
    assert device.empty_cache() == 120
    with device.borrow(100):
        pass


def test_a_copy_under_way_overlaps_with_computing_and_its_bytes_come_with_the_wait() -> None:
    device = SimulatedDevice(1000, bandwidth=100)  # a second for each of these
    into = [device.buffer(100).view(torch.float32).zero_() for _ in range(2)]
    fences = [device.copy_async(HOME, buffer) for buffer in into]
    assert not into[0].any()
    device.compute(1.5)
    fences[0].wait()
    assert torch.equal(into[0], HOME)
    assert device.now == pytest.approx(1.5)  # it came while the device was computing
    fences[1].wait()
    assert device.now == pytest.approx(2)  # copies go one after another
    kept = device.copy_in(HOME)
    assert device.now == pytest.approx(3)
    assert device.bytes_moved == 3 * kept.nbytes


def test_on_the_cpu_weights_are_at_home_and_nobody_counts() -> None:
    cpu = TorchDevice(torch.device("cpu"))
    assert cpu.at_home
    assert (cpu.name, cpu.budget(), cpu.used(), cpu.peak(), cpu.empty_cache()) == ("cpu", None, None, None, 0)
    assert cpu.copy_in(HOME) is HOME
    assert cpu.pin(HOME) is HOME
    buffer = cpu.buffer(100).view(torch.float32)
    cpu.copy_async(HOME, buffer).wait()
    assert torch.equal(buffer, HOME)


def test_a_quarter_of_main_memory_may_be_pinned() -> None:
    assert TorchDevice(torch.device("cpu")).pinnable == main_memory() // 4
    assert TorchDevice(torch.device("cpu"), pinnable=7).pinnable == 7


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA here")
def test_a_gpu_does_what_the_simulated_device_does() -> None:
    gpu = TorchDevice(torch.device("cuda"), pinnable=HOME.nbytes)
    assert not gpu.at_home
    assert (gpu.budget() or 0) > 0
    gpu.reset_peak()
    before = gpu.used() or 0
    copied = gpu.copy_in(HOME)
    assert torch.equal(copied.cpu(), HOME)
    assert (gpu.used() or 0) > before
    pinned = gpu.pin(HOME)
    assert pinned.is_pinned()
    assert gpu.pin(HOME) is HOME  # no more may be pinned
    buffer = gpu.buffer(HOME.nbytes).view(torch.float32)
    gpu.copy_async(pinned, buffer).wait()
    assert torch.equal(buffer.cpu(), HOME)
    assert (gpu.peak() or 0) >= (gpu.used() or 0)
    del copied, buffer, pinned
    gc.collect()
    assert gpu.pinned == 0
    assert gpu.empty_cache() >= 0
    assert gpu.used() == before


def test_the_default_device_is_one_that_is_there() -> None:
    assert default_device().type == ("cuda" if torch.cuda.is_available() else "cpu")
