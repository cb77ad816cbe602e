"""Nodes that take latents, conditionings and pictures apart, as packs do."""

from . import calling, values

NODE_CLASS_MAPPINGS = {**values.NODES, **calling.NODES}
NODE_DISPLAY_NAME_MAPPINGS = {"StagesTell": "Tell what it is"}
