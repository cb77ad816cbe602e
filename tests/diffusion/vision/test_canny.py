"""Canny edges, held against ideal steps and an implementation of their own in numpy and scipy."""

from collections import deque

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.vision.canny import canny

Plane = npt.NDArray[np.float64]


def grey(plane: Tensor) -> Tensor:
    """(H, W) as a picture (1, H, W, 3)."""
    return plane[None, :, :, None].expand(1, -1, -1, 3)


def smooth(seed: int, height: int = 40, width: int = 56) -> Tensor:
    """Soft random blobs, no two slopes alike."""
    noise = np.random.default_rng(seed).standard_normal((height, width))
    blobs = ndimage.gaussian_filter(noise, 2.5)
    scaled = (blobs - blobs.min()) / (blobs.max() - blobs.min())
    return torch.from_numpy(scaled.astype(np.float32))


def reference(plane: Plane, low: float, high: float) -> npt.NDArray[np.bool_]:
    """Canny's four stages pixel by pixel, from the paper."""
    taps = np.exp(-0.5 * np.arange(-2, 3) ** 2)
    taps /= taps.sum()
    blurred = ndimage.correlate1d(plane, taps, 0, mode="mirror")
    blurred = ndimage.correlate1d(blurred, taps, 1, mode="mirror")
    right, down = ndimage.sobel(blurred, 1, mode="nearest"), ndimage.sobel(blurred, 0, mode="nearest")
    strength = np.hypot(right, down)
    around = np.pad(strength, 1)
    thin = np.zeros_like(strength)
    for row, column in np.ndindex(*strength.shape):
        angle = np.degrees(np.arctan2(down[row, column], right[row, column])) % 180
        step_row, step_column = [(0, 1), (1, 1), (1, 0), (1, -1)][int(((angle + 22.5) // 45) % 4)]
        here = strength[row, column]
        ahead = around[row + 1 + step_row, column + 1 + step_column]
        behind = around[row + 1 - step_row, column + 1 - step_column]
        thin[row, column] = here if here > ahead and here > behind else 0
    return flooded(thin > low, thin > high)


def flooded(weak: npt.NDArray[np.bool_], strong: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    found = strong.copy()
    queue = deque(zip(*np.nonzero(strong), strict=True))
    while queue:
        row, column = queue.popleft()
        for r in range(max(row - 1, 0), min(row + 2, len(weak))):
            for c in range(max(column - 1, 0), min(column + 2, weak.shape[1])):
                if weak[r, c] and not found[r, c]:
                    found[r, c] = True
                    queue.append((r, c))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_edges_are_those_of_an_independent_implementation(seed: int) -> None:
    plane = smooth(seed)
    low, high = 0.3, 0.5
    ours = canny(grey(plane), low, high)[0, :, :, 0].numpy() > 0
    theirs = reference(plane.numpy().astype(np.float64), low, high)
    assert theirs.sum() > 30
    assert (ours != theirs).sum() == 0


def test_an_upright_step_is_one_line_beside_the_step() -> None:
    plane = torch.zeros(20, 30)
    plane[:, 14:] = 1.0
    edges = canny(grey(plane), 0.4, 0.8)[0, :, :, 0]
    assert torch.equal(edges.sum(1), torch.ones(20))
    assert edges[:, 13].sum() == 20


def test_a_flat_step_is_one_line_beside_the_step() -> None:
    plane = torch.zeros(30, 20)
    plane[14:] = 1.0
    edges = canny(grey(plane), 0.4, 0.8)[0, :, :, 0]
    assert torch.equal(edges.sum(0), torch.ones(20))
    assert edges[13].sum() == 20


def test_a_slanted_step_is_a_thin_unbroken_line_beside_the_step() -> None:
    rows, columns = torch.meshgrid(torch.arange(40), torch.arange(40), indexing="ij")
    plane = (columns > rows).float()
    edges = canny(grey(plane), 0.4, 0.8)[0, :, :, 0].bool()
    inner = edges[3:-3]
    assert ((inner.sum(1) >= 1) & (inner.sum(1) <= 2)).all()
    assert (columns - rows)[edges].abs().max() <= 2


def test_weak_edges_stay_only_where_they_hang_on_strong_ones() -> None:
    plane = torch.zeros(60, 40)
    plane[:, 10:20] = torch.linspace(1.0, 0.25, 60)[:, None]  # an edge that grows weaker downwards
    plane[:, 32:] = 0.25  # a weak one, alone
    both = canny(grey(plane), 0.3, 1.5)[0, :, :, 0]
    assert both[2:58, 8:12].sum() == 56
    assert both[:, 28:].sum() == 0
    strong_only = canny(grey(plane), 1.5, 1.5)[0, :, :, 0]
    assert strong_only[2:20, 8:12].sum() == 18
    assert strong_only[40:].sum() == 0
    assert canny(grey(plane), 0.3, 0.3)[0, 5:55, 31, 0].sum() == 50


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_picture_has_turned_edges(turns: int) -> None:
    plane = smooth(9)
    edges = canny(grey(plane), 0.3, 0.5)[0, :, :, 0]
    turned = canny(grey(torch.rot90(plane, turns)), 0.3, 0.5)[0, :, :, 0]
    assert torch.equal(turned, torch.rot90(edges, turns))


@pytest.mark.parametrize("axis", [0, 1])
def test_a_mirrored_picture_has_mirrored_edges(axis: int) -> None:
    plane = smooth(10)
    edges = canny(grey(plane), 0.3, 0.5)[0, :, :, 0]
    assert torch.equal(canny(grey(plane.flip(axis)), 0.3, 0.5)[0, :, :, 0], edges.flip(axis))


def test_pictures_of_a_batch_do_not_touch_each_other() -> None:
    first, second = grey(smooth(1)), grey(smooth(2))
    both = canny(torch.cat([first, second]), 0.3, 0.5)
    assert torch.equal(both, torch.cat([canny(first, 0.3, 0.5), canny(second, 0.3, 0.5)]))
    assert both.shape == (2, 40, 56, 3)
    assert set(both.unique().tolist()) == {0.0, 1.0}


def test_a_flat_picture_and_a_single_pixel_have_no_edges() -> None:
    assert canny(torch.full((1, 16, 16, 3), 0.7), 0.01, 0.01).max() == 0
    assert canny(torch.ones(1, 1, 1, 4), 0.01, 0.01).shape == (1, 1, 1, 3)


def test_crossed_thresholds_are_refused() -> None:
    with pytest.raises(DiffusionError, match=r"low_threshold 0\.8 is above high_threshold 0\.4"):
        canny(torch.zeros(1, 8, 8, 3), 0.8, 0.4)
