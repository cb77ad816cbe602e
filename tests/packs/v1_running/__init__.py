"""Nodes that use what happens while they run."""

from .asking import NODE_CLASS_MAPPINGS as ASKING
from .growing import NODE_CLASS_MAPPINGS as GROWING
from .keeping import NODE_CLASS_MAPPINGS as KEEPING

NODE_CLASS_MAPPINGS = {**ASKING, **GROWING, **KEEPING}
