"""Gauss-Legendre quadrature, and the weights of multistep methods by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

POINTS = 64  # exact for polynomials up to degree 127: more than any order asked for


@cache
def legendre() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points in [0, 1] and their weights."""
    points, weights = np.polynomial.legendre.leggauss(POINTS)
    return (points + 1) / 2, weights / 2


def integral(f: Callable[[float], float], start: float, end: float) -> float:
    """Of a smooth function from start to end."""
    points, weights = legendre()
    values = [f(start + (end - start) * float(point)) for point in points]
    return (end - start) * float(np.dot(weights, values))


def adams_weights(
    knots: Sequence[float], start: float, end: float, density: Callable[[float], float] = lambda _: 1.0
) -> list[float]:
    """The integral from start to end of each knot's Lagrange polynomial times a density."""
    points, shares = legendre()
    times = [start + (end - start) * float(point) for point in points]
    heights = (end - start) * shares * [density(t) for t in times]
    return [float(np.dot(heights, [lagrange(knots, k, t) for t in times])) for k in range(len(knots))]


def lagrange(knots: Sequence[float], k: int, t: float) -> float:
    """The polynomial that is 1 at knot k and 0 at the others."""
    value = 1.0
    for j, knot in enumerate(knots):
        if j != k:
            value *= (t - knot) / (knots[k] - knot)
    return value
