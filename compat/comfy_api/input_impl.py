"""The older name of `latest._input_impl`: videos in memory and in files."""

from .latest._input_impl import *  # noqa: F403
