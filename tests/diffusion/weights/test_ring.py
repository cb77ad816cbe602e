"""Blocks in a ring: never one over another, never beyond the buffer, and always room for the next."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from diffusion.weights.ring import ALIGNMENT, Block, Entry, Ring, aligned

MOST = 10  # units of a block


def block(units: int) -> Block:
    return Block.of(nn.Identity(), [torch.zeros(units * ALIGNMENT, dtype=torch.uint8)])


def ring(units: int) -> Ring:
    return Ring(torch.zeros(units * ALIGNMENT, dtype=torch.uint8))


def put(ring: Ring, block: Block) -> Entry | None:
    start = ring.place(block.nbytes)
    if start is None:
        return None
    ring.entries.append(Entry(block, start, start + block.nbytes, ring.views(block, start), ()))
    return ring.entries[-1]


def disjoint(ring: Ring) -> bool:
    spans = sorted((entry.start, entry.end) for entry in ring.entries)
    inside = all(0 <= start < end <= len(ring.buffer) for start, end in spans)
    return inside and all(a[1] <= b[0] for a, b in pairwise(spans))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, MOST), st.integers(0, 4)), max_size=60))
def test_blocks_never_overlap_and_beside_any_there_is_room_for_another(steps: list[tuple[int, int]]) -> None:
    blocks = ring(3 * MOST)
    for units, behind in steps:
        new = block(units)
        while put(blocks, new) is None:
            assert len(blocks.entries) > 1
            blocks.reach(blocks.entries[1].block)  # what was in use is done
        assert disjoint(blocks)
        blocks.reach(blocks.entries[min(behind, len(blocks.entries) - 1)].block)


def test_a_block_goes_behind_the_last_and_then_to_the_start() -> None:
    blocks = ring(7)
    a, b, c = (put(blocks, block(units)) for units in (3, 2, 2))
    assert a is not None
    assert b is not None
    assert c is not None
    assert [entry.start // ALIGNMENT for entry in (a, b, c)] == [0, 3, 5]
    assert put(blocks, block(1)) is None  # full
    assert blocks.reach(b.block) is b
    d = put(blocks, block(3))
    assert d is not None
    assert d.start == 0
    assert put(blocks, block(1)) is None


def test_what_is_not_there_empties_the_ring() -> None:
    blocks = ring(4)
    put(blocks, block(3))
    assert blocks.reach(block(1)) is None
    assert blocks.place(4 * ALIGNMENT) == 0


@pytest.mark.parametrize(
    "tensor",
    [
        torch.randn(3, 5),
        torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
        torch.randn(7, 3).bfloat16().T,
        torch.randn(6, 6)[:, ::2],
        torch.randn(3).expand(4, 3),
        torch.randn(2, 2, dtype=torch.complex64),
        torch.tensor([[True, False]]),
    ],
    ids=lambda tensor: f"{tensor.dtype}{tensor.stride()}",
)
def test_a_tensor_lies_in_the_ring_as_its_clone_would(tensor: Tensor) -> None:
    padded = Block.of(nn.Identity(), [torch.zeros(5, 1), tensor])
    blocks = ring(3 * padded.nbytes)
    view = blocks.views(padded, 256)[1]
    view.copy_(tensor)
    assert view.stride() == tensor.clone().stride()
    assert view.dtype == tensor.dtype
    assert torch.equal(view, tensor)
    assert view.untyped_storage().data_ptr() == blocks.buffer.data_ptr()


def test_a_block_takes_whole_units() -> None:
    assert [aligned(nbytes) for nbytes in (1, 256, 257)] == [256, 256, 512]
