"""A tiny file of the real layout for every kind of weights: narrow, random, the same for the same seed."""

from tests.factory.kinds import KINDS, Made, plain_name, write
from tests.factory.usual import USUAL

__all__ = ["KINDS", "USUAL", "Made", "plain_name", "write"]
