"""Connected regions of planes."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Bits: TypeAlias = npt.NDArray[np.bool_]  # (H, W)
Labels: TypeAlias = npt.NDArray[np.int64]


def regions(plane: Bits) -> tuple[Labels, int]:
    """(the number of each pixel's region from 1, 0 where the plane is not set; how many there are).

    Pixels that meet at a corner are connected.
    """
    from scipy import ndimage  # takes half a second, and only a preprocessor needs it

    labels, count = ndimage.label(plane, structure=np.ones((3, 3)))
    return labels.astype(np.int64), int(count)


def extents(labels: Labels) -> list[int]:
    """The longer side of each region's box, in pixels, by their numbers from 1."""
    from scipy import ndimage

    windows = ndimage.find_objects(labels)
    return [max(rows.stop - rows.start, columns.stop - columns.start) for rows, columns in windows]


def distance(plane: Bits) -> npt.NDArray[np.float64]:
    """How far each pixel is from the nearest that is set."""
    from scipy import ndimage

    away: npt.NDArray[np.float64] = ndimage.distance_transform_edt(~plane)
    return away
