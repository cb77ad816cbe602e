"""A tiny file of the real layout for every kind of weights: narrow, random, the same for the same seed."""

from tests.factory.kinds import KINDS, Made, write, write_all

__all__ = ["KINDS", "Made", "write", "write_all"]
