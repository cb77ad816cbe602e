"""Integrals and the weights of multistep methods, against SciPy and the textbook."""

import math

import pytest
from scipy import integrate

from diffusion.sampling.quadrature import adams_weights, integral


@pytest.mark.parametrize("f", [math.exp, math.sin, lambda t: t**9 - t, lambda t: 1 / (1 + t * t)])
def test_an_integral_is_that_of_scipy_in_either_direction(f: object) -> None:
    assert callable(f)
    assert integral(f, -1.3, 2.1) == pytest.approx(integrate.quad(f, -1.3, 2.1)[0], rel=1e-12)
    assert integral(f, 2.1, -1.3) == pytest.approx(-integrate.quad(f, -1.3, 2.1)[0], rel=1e-12)


def test_equal_steps_weigh_as_adams_and_bashforth_say() -> None:
    assert adams_weights([3.0], 3, 4) == pytest.approx([1])
    assert adams_weights([2.0, 3.0], 3, 4) == pytest.approx([-1 / 2, 3 / 2])
    assert adams_weights([1.0, 2.0, 3.0], 3, 4) == pytest.approx([5 / 12, -16 / 12, 23 / 12])
    assert adams_weights([0.0, 1, 2, 3], 3, 4) == pytest.approx([-9 / 24, 37 / 24, -59 / 24, 55 / 24])


def test_weights_integrate_a_polynomial_exactly_whatever_the_knots_are() -> None:
    knots = [9.0, 5.5, 4.0, 1.0]
    weights = adams_weights(knots, 1.0, 0.2)
    found = sum(weight * (knot**3 - 2 * knot) for weight, knot in zip(weights, knots, strict=True))
    assert found == pytest.approx((0.2**4 / 4 - 0.2**2) - (1 / 4 - 1))


def test_a_density_weighs_the_polynomial() -> None:
    [first, second] = adams_weights([0.0, 1.0], 0, 1, math.exp)
    assert first + second == pytest.approx(math.e - 1)
    assert second == pytest.approx(integrate.quad(lambda t: t * math.exp(t), 0, 1)[0])
