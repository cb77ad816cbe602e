"""Connected regions, their extents, and distances to them."""

import numpy as np

from diffusion.vision.regions import distance, extents, regions

PLANE = np.array(
    [
        [1, 0, 0, 0, 1],
        [0, 1, 0, 0, 1],
        [0, 0, 1, 0, 1],
        [0, 0, 0, 0, 1],
    ],
    dtype=np.bool_,
)


def test_pixels_that_meet_at_a_corner_are_one_region() -> None:
    labels, count = regions(PLANE)
    assert count == 2
    assert labels[0, 0] == labels[1, 1] == labels[2, 2] != labels[0, 4]
    assert (labels[~PLANE] == 0).all()
    assert extents(labels) == [3, 4]


def test_the_distance_is_straight() -> None:
    away = distance(PLANE)
    assert away[0, 0] == 0
    assert away[0, 2] == np.sqrt(2)
    assert away[3, 3] == 1
