"""Every kind of adapter, held against its published formula written out densely in float64."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from diffusion.weights.adapters import Butterfly, Rotation, fits
from diffusion.weights.patches import Adapted
from diffusion.weights.stored_adapters import bias_adapter, weight_adapter

OUT, IN, R = 12, 8, 3


def rand(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return torch.randn(*shape, generator=generator)


def change(parts: Mapping[str, Tensor], weight: Tensor) -> Tensor:
    """The change in double precision, after a look at shapes and types."""
    adapter = weight_adapter(parts)
    assert adapter is not None
    assert fits(adapter, weight.shape)
    found = adapter.change(weight)
    assert found.shape == weight.shape
    assert found.dtype == torch.float32
    return found.double()


def close(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found.double(), wanted.double(), rtol=1e-5, atol=1e-5)


def test_a_low_rank_pair_is_its_product_times_alpha_over_rank() -> None:
    up, down = rand(OUT, R), rand(R, IN)
    wanted = 2.0 / R * up.double() @ down.double()
    close(change({"lora_up": up, "lora_down": down, "alpha": torch.tensor(2.0)}, rand(OUT, IN)), wanted)


def test_without_alpha_the_scale_is_one() -> None:
    up, down = rand(OUT, R), rand(R, IN)
    close(change({"lora_up": up, "lora_down": down}, rand(OUT, IN)), up.double() @ down.double())


def test_half_precision_factors_are_multiplied_in_float32() -> None:
    up, down = rand(OUT, R).bfloat16(), rand(R, IN).bfloat16()
    close(change({"lora_up": up, "lora_down": down}, rand(OUT, IN)), up.double() @ down.double())


@pytest.mark.parametrize("kernel", [1, 3])
def test_a_convolution_has_the_kernel_in_its_lower_factor(kernel: int) -> None:
    up, down = rand(OUT, R, 1, 1), rand(R, IN, kernel, kernel)
    wanted = torch.einsum("o r, r i h w -> o i h w", up.double()[:, :, 0, 0], down.double())
    close(change({"lora_up": up, "lora_down": down}, rand(OUT, IN, kernel, kernel)), wanted)


def test_a_core_makes_a_tucker_product() -> None:
    up, core, down = rand(OUT, R, 1, 1), rand(R, R, 3, 3), rand(R, IN, 1, 1)
    wanted = torch.zeros(OUT, IN, 3, 3, dtype=torch.float64)
    for p in range(R):
        for q in range(R):
            outer = up.double()[:, p, 0, 0, None] * down.double()[None, q, :, 0, 0]
            wanted += outer[..., None, None] * core.double()[p, q]
    parts = {"lora_up": up, "lora_down": down, "lora_mid": core, "alpha": torch.tensor(1.5)}
    close(change(parts, rand(OUT, IN, 3, 3)), wanted * 1.5 / R)


def test_a_matrix_pair_serves_a_1x1_convolution_and_the_other_way_round() -> None:
    up, down = rand(OUT, R), rand(R, IN)
    matrix = change({"lora_up": up, "lora_down": down}, rand(OUT, IN))
    as_convolution = {"lora_up": up[..., None, None], "lora_down": down[..., None, None]}
    close(change({"lora_up": up, "lora_down": down}, rand(OUT, IN, 1, 1)).flatten(1), matrix)
    close(change(as_convolution, rand(OUT, IN)), matrix)


def test_a_first_convolution_with_more_inputs_keeps_what_the_adapter_lacks() -> None:
    parts = {"lora_up": rand(OUT, R, 1, 1), "lora_down": rand(R, 4, 3, 3)}
    found = change(parts, rand(OUT, 9, 3, 3))
    close(found[:, :4], change(parts, rand(OUT, 4, 3, 3)))
    assert (found[:, 4:] == 0).all()


def hadamard_parts(kernel: int = 0) -> dict[str, Tensor]:
    if not kernel:
        return {
            "hada_w1_a": rand(OUT, R), "hada_w1_b": rand(R, IN),
            "hada_w2_a": rand(OUT, R, seed=1), "hada_w2_b": rand(R, IN, seed=1), "alpha": torch.tensor(2.0),
        }  # fmt: skip
    return {
        "hada_w1_a": rand(R, OUT), "hada_w1_b": rand(R, IN), "hada_t1": rand(R, R, kernel, kernel),
        "hada_w2_a": rand(R, OUT, seed=1), "hada_w2_b": rand(R, IN, seed=1),
        "hada_t2": rand(R, R, kernel, kernel, seed=1),
    }  # fmt: skip


def test_loha_is_the_elementwise_product_of_two_low_rank_pairs() -> None:
    parts = hadamard_parts()
    d = {role: tensor.double() for role, tensor in parts.items()}
    wanted = (d["hada_w1_a"] @ d["hada_w1_b"]) * (d["hada_w2_a"] @ d["hada_w2_b"]) * 2.0 / R
    close(change(parts, rand(OUT, IN)), wanted)


def test_loha_of_a_convolution_has_its_kernel_in_the_flat_columns_or_in_cores() -> None:
    flat = {**hadamard_parts(), "hada_w1_b": rand(R, IN * 9), "hada_w2_b": rand(R, IN * 9, seed=1)}
    close(
        change(flat, rand(OUT, IN, 3, 3)),
        change(flat, rand(OUT, IN * 9)).reshape(OUT, IN, 3, 3),
    )
    parts = hadamard_parts(3)
    sides = [
        torch.einsum(
            "p q h w, p o, q i -> o i h w",
            *(parts[f"hada_{name}"].double() for name in (f"t{n}", f"w{n}_a", f"w{n}_b")),
        )
        for n in (1, 2)
    ]
    close(change(parts, rand(OUT, IN, 3, 3)), sides[0] * sides[1])


def kron(left: Tensor, right: Tensor) -> Tensor:
    """By its definition, entry by entry."""
    rows, columns = left.shape[0] * right.shape[0], left.shape[1] * right.shape[1]
    whole = torch.zeros(rows, columns, *right.shape[2:], dtype=torch.float64)
    for i in range(left.shape[0]):
        for j in range(left.shape[1]):
            at = slice(i * right.shape[0], (i + 1) * right.shape[0])
            across = slice(j * right.shape[1], (j + 1) * right.shape[1])
            whole[at, across] = left[i, j].double() * right.double()
    return whole


def test_lokr_is_a_kronecker_product_whose_alpha_counts_only_with_factors() -> None:
    left, right = rand(3, 2), rand(4, 4)
    whole = {"lokr_w1": left, "lokr_w2": right, "alpha": torch.tensor(7.0)}
    close(change(whole, rand(12, 8)), kron(left, right))
    a, b = rand(4, 2), rand(2, 4)
    factored = {"lokr_w1": left, "lokr_w2_a": a, "lokr_w2_b": b, "alpha": torch.tensor(7.0)}
    close(change(factored, rand(12, 8)), kron(left, a @ b) * 7.0 / 2)
    first = {"lokr_w1_a": rand(3, 1), "lokr_w1_b": rand(1, 2), "lokr_w2": right, "alpha": torch.tensor(7.0)}
    close(change(first, rand(12, 8)), kron(rand(3, 1) @ rand(1, 2), right) * 7.0)


def test_lokr_of_a_convolution_is_plain_factored_or_with_a_core() -> None:
    left, right = rand(3, 2), rand(4, 4, 3, 3)
    close(change({"lokr_w1": left, "lokr_w2": right}, rand(12, 8, 3, 3)), kron(left, right))
    a, b = rand(4, 2), rand(2, 4 * 9)
    flat = kron(left, (a @ b).reshape(4, 4, 3, 3))
    close(
        change({"lokr_w1": left, "lokr_w2_a": a, "lokr_w2_b": b.reshape(2, 4, 3, 3)}, rand(12, 8, 3, 3)), flat
    )
    core, outer, inner = rand(2, 2, 3, 3), rand(2, 4), rand(2, 4, seed=1)
    second = torch.einsum("p q h w, p o, q i -> o i h w", core.double(), outer.double(), inner.double())
    parts = {"lokr_w1": left, "lokr_t2": core, "lokr_w2_a": outer, "lokr_w2_b": inner}
    close(change(parts, rand(12, 8, 3, 3)), kron(left, second))


@pytest.mark.parametrize("shape", [(OUT, 1), (OUT,), (1, IN)])
def test_dora_sets_the_norm_of_rows_or_columns_after_the_change(shape: tuple[int, ...]) -> None:
    weight, magnitude = rand(OUT, IN), rand(*shape).abs() + 0.5
    up, down = rand(OUT, R), rand(R, IN)
    found = weight.double() + change({"lora_up": up, "lora_down": down, "dora_scale": magnitude}, weight)
    moved = weight.double() + up.double() @ down.double()
    axis = 0 if shape == (1, IN) else 1
    wanted = moved / moved.norm(dim=axis, keepdim=True)
    close(found, wanted * magnitude.double().reshape((1, IN) if axis == 0 else (OUT, 1)))
    close(found.norm(dim=axis), magnitude.double().flatten())


def test_dora_works_on_convolutions_and_upon_other_kinds() -> None:
    weight, magnitude = rand(OUT, IN, 3, 3), rand(OUT, 1, 1, 1).abs() + 0.5
    parts = {**hadamard_parts(3), "dora_scale": magnitude}
    found = weight.double() + change(parts, weight)
    close(found.flatten(1).norm(dim=1), magnitude.double().flatten())
    inner = {role: tensor for role, tensor in parts.items() if role != "dora_scale"}
    moved = weight.double() + change(inner, weight)
    close(
        found / found.norm(),
        moved * (magnitude / moved.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1)) / found.norm(),
    )


def rotations(blocks: Tensor) -> Tensor:
    """Cayley's transform by an explicit inverse."""
    skew = blocks.double() - blocks.double().transpose(-1, -2)
    identity = torch.eye(blocks.shape[-1], dtype=torch.float64)
    turns: Tensor = (identity + skew) @ torch.linalg.inv(identity - skew)
    return turns


def block_diag(*blocks: Tensor) -> Tensor:
    """One matrix with these along its diagonal."""
    sizes = [len(block) for block in blocks]
    whole = torch.zeros(sum(sizes), sum(sizes), dtype=blocks[0].dtype)
    for index, block in enumerate(blocks):
        start = sum(sizes[:index])
        whole[start : start + len(block), start : start + len(block)] = block
    return whole


def test_oft_turns_blocks_of_rows_and_keeps_their_angles() -> None:
    blocks, weight = rand(3, 4, 4), rand(OUT, IN)
    found = weight.double() + change({"oft_blocks": blocks}, weight)
    whole = block_diag(*rotations(blocks))
    close(found, whole.T @ weight.double())
    close(found.T @ found, (weight.T @ weight).double())
    conv = rand(OUT, IN, 3, 3)
    turned = conv.double() + change({"oft_blocks": blocks}, conv)
    close(turned.flatten(1), whole.T @ conv.double().flatten(1))


def test_oft_holds_the_norm_of_its_blocks_at_alpha_times_the_rows() -> None:
    blocks, weight = rand(3, 4, 4), rand(OUT, IN)
    skew = blocks - blocks.transpose(1, 2)
    held = skew * (0.01 * OUT / skew.norm()) / 2  # whose own difference from its transpose is itself, doubled
    close(
        change({"oft_blocks": blocks, "alpha": torch.tensor(0.01)}, weight),
        change({"oft_blocks": held}, weight),
    )
    loose = change({"oft_blocks": blocks, "alpha": torch.tensor(100.0)}, weight)
    close(loose, change({"oft_blocks": blocks}, weight))


def test_the_first_files_of_oft_hold_the_rotations_themselves_and_rows_may_be_rescaled() -> None:
    turns, weight, factors = rotations(rand(3, 4, 4)).float(), rand(OUT, IN), rand(OUT, 1)
    found = weight.double() + change({"oft_diag": turns, "rescale": factors}, weight)
    close(found, factors.double() * (block_diag(*turns).T.double() @ weight.double()))


def test_boft_is_a_product_of_block_rotations_between_permutations() -> None:
    m, n, rows = 2, 4, 16
    blocks, weight = rand(m, rows // n, n, n), rand(rows, IN)
    wanted = weight.double()
    for level, turns in enumerate(rotations(blocks)):
        distance = 2**level * n // 2
        order = [
            group * 2 * distance + half * distance + place
            for group in range(rows // (2 * distance))
            for place in range(distance)
            for half in (0, 1)
        ]
        permutation = torch.eye(rows, dtype=torch.float64)[order]
        wanted = permutation.T @ block_diag(*turns) @ permutation @ wanted
    found = weight.double() + change({"oft_blocks": blocks}, weight)
    close(found, wanted)
    close(found.T @ found, (weight.T @ weight).double())
    assert isinstance(weight_adapter({"oft_blocks": blocks}), Butterfly)
    assert isinstance(weight_adapter({"oft_blocks": blocks[0]}), Rotation)


def test_glora_multiplies_and_adds_in_both_orders_of_its_factors() -> None:
    weight, alpha = rand(OUT, IN), torch.tensor(6.0)
    a1, a2, b1, b2 = rand(IN, R), rand(R, IN), rand(OUT, R), rand(R, IN, seed=1)
    wanted = 2 * (weight.double() @ a1.double() @ a2.double() + b1.double() @ b2.double())
    close(change({"a1": a1, "a2": a2, "b1": b1, "b2": b2, "alpha": alpha}, weight), wanted)
    close(change({"a1": a2, "a2": a1, "b1": b2, "b2": b1, "alpha": alpha}, weight), wanted)


@pytest.mark.parametrize("role", ["diff", "w_norm"])
def test_whole_differences_are_added(role: str) -> None:
    close(change({role: rand(OUT)}, rand(OUT, 1)[:, 0]), rand(OUT))


@pytest.mark.parametrize("role", ["diff_b", "b_norm"])
def test_biases_have_differences_of_their_own(role: str) -> None:
    adapter = bias_adapter({role: rand(OUT), "diff": rand(OUT, IN)})
    assert adapter is not None
    close(adapter.change(torch.zeros(OUT)), rand(OUT))
    assert weight_adapter({role: rand(OUT)}) is None


def test_a_weight_can_be_set_and_half_strength_is_halfway() -> None:
    adapter = weight_adapter({"set_weight": torch.full((2, 2), 5.0)})
    assert adapter is not None
    close(Adapted(adapter, 1.0)(torch.ones(2, 2)), torch.full((2, 2), 5.0))
    close(Adapted(adapter, 0.5)(torch.ones(2, 2)), torch.full((2, 2), 3.0))


def test_a_set_first_convolution_leaves_the_inputs_that_it_lacks() -> None:
    weight, other = rand(OUT, 9, 3, 3), rand(OUT, 4, 3, 3)
    adapter = weight_adapter({"set_weight": other})
    assert adapter is not None
    assert fits(adapter, weight.shape)
    close(Adapted(adapter, 1.0)(weight.clone()), torch.cat([other, weight[:, 4:]], dim=1))


def test_strength_scales_the_change_also_below_zero_and_an_adapter_writes_to_no_weight() -> None:
    weight, parts = rand(OUT, IN), {"lora_up": rand(OUT, R), "lora_down": rand(R, IN)}
    before, adapter = weight.clone(), weight_adapter(parts)
    assert adapter is not None
    wanted = weight.double() - 1.5 * change(parts, weight)
    assert torch.equal(weight, before)
    close(Adapted(adapter, -1.5)(weight), wanted)


@pytest.mark.parametrize(
    "parts",
    [
        {"lora_up": rand(OUT, R)},
        {"hada_w1_a": rand(OUT, R)},
        {"lokr_w1": rand(2, 2)},
        {"lokr_w1": rand(2, 2), "lokr_w2_a": rand(2, 2)},
        {"alpha": torch.tensor(1.0)},
        {"a1": rand(2, 2)},
        {"oft_blocks": rand(2, 2)},
    ],
)
def test_half_a_module_is_no_adapter(parts: dict[str, Tensor]) -> None:
    assert weight_adapter(parts) is None


def test_shapes_tell_whether_an_adapter_fits() -> None:
    adapter = weight_adapter({"lora_up": rand(OUT, R), "lora_down": rand(R, IN)})
    assert adapter is not None
    assert fits(adapter, (OUT, IN))
    assert not fits(adapter, (OUT, IN + 1))
    assert not fits(adapter, (IN, OUT))
    turned = weight_adapter({"oft_blocks": rand(3, 4, 4)})
    assert turned is not None
    assert fits(turned, (OUT, 99))
    assert not fits(turned, (OUT + 1, 99))
