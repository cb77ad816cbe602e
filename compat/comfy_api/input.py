"""The older name of `latest._input`: what values look like."""

from .latest._input import *  # noqa: F403
