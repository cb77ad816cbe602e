"""Values as the bytes of a file, and back."""

from __future__ import annotations

import math
import struct
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from diffusion.types import Cond, Latent, LatentFormat
from graph.cache import Outputs
from graph.calls import Items
from nodes.outputs_file import NotStorable, Packer, decode, pack

DTYPES = (
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2,
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.uint16, torch.uint32, torch.bool,
    torch.complex64,
)  # fmt: skip


def same(one: Any, other: Any) -> bool:
    """Equal in type and to the last bit."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Tensor):
        alike = one.dtype == other.dtype and one.shape == other.shape
        return alike and bits(one) == bits(other)
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return bool(one == other)


def bits(tensor: Tensor) -> bytes:
    whole = torch.empty(tensor.shape, dtype=tensor.dtype)
    return bytes(whole.copy_(tensor).untyped_storage())


def trip(value: Any) -> Any:
    """The value after a way through a file's bytes."""
    data = pack(Outputs((value,)), (), 1.0, False).encode("code")
    return decode(data, "code").outputs.values[0]


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    """Any dtype and bits, empty and 0-d ones too, some of them views with gaps."""
    dtype = draw(st.sampled_from(DTYPES))
    shape: list[int] = draw(st.lists(st.integers(0, 3), max_size=3))
    count = math.prod(shape)
    raw = draw(st.binary(min_size=2 * count * dtype.itemsize, max_size=2 * count * dtype.itemsize))
    if dtype is torch.bool:
        raw = bytes(byte & 1 for byte in raw)
    whole = torch.frombuffer(bytearray(raw), dtype=dtype) if count else torch.empty(0, dtype=dtype)
    tensor = whole.reshape(*shape, 2)[..., draw(st.integers(0, 1))]
    turned: bool = draw(st.booleans())
    return tensor.transpose(0, -1) if shape and turned else tensor


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ours = (
    st.builds(Latent, tensors(), st.none() | tensors(), st.none() | st.tuples(st.integers(0, 9)))
    | st.lists(st.builds(Cond, tensors(), st.none() | tensors(), st.floats()), max_size=2).map(tuple)
    | st.just(LatentFormat(4, 0.18215, rgb=((0.1, 0.2, 0.3),)))
)
values = st.recursive(
    scalars | tensors() | ours,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.lists(inner, max_size=3).map(Items)
        | st.dictionaries(st.text() | st.integers() | st.tuples(st.integers(), st.text()), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values)
def test_nested_values_come_back_bit_for_bit(value: Any) -> None:
    assert same(trip(value), value)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_kind_of_number_comes_back_bit_for_bit(dtype: torch.dtype) -> None:
    raw = torch.arange(256, dtype=torch.uint8).repeat(8)
    tensor = (raw % 2 if dtype is torch.bool else raw).view(dtype).reshape(2, -1)
    for form in (tensor, tensor.T, tensor[:, ::2], tensor[:0], tensor[0, 0], tensor[0].expand(3, -1)):
        assert same(trip(form), form)


def test_a_conjugated_view_comes_back_as_the_numbers_it_shows() -> None:
    tensor = torch.tensor([1 + 2j, 3 - 4j], dtype=torch.complex64).conj()
    assert torch.equal(trip(tensor), tensor)


def test_one_tensor_named_twice_is_one_tensor_again() -> None:
    tensor = torch.rand(3)
    first, second = trip([tensor, {"again": tensor}])
    assert second["again"] is first


def test_circles_and_endless_depth_are_not_written() -> None:
    circle: list[Any] = []
    circle.append(circle)
    wide: Any = 0
    for _ in range(60):
        wide = [wide, wide]
    for value in (circle, wide):
        with pytest.raises(NotStorable):
            Packer().pack(value)


def test_what_is_written_to_after_its_node_returned_is_not_stored() -> None:
    tensor = torch.zeros(3)
    packed = pack(Outputs((tensor,)), (), 1.0, False)
    tensor.add_(1)
    with pytest.raises(NotStorable, match="written to"):
        packed.encode("")
