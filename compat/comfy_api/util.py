"""The older name of `latest._util`: kinds of video."""

from .latest._util import *  # noqa: F403
