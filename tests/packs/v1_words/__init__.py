"""A pack of several modules whose classes use every flag of a declaration."""

from .captions import Caption, Label
from .tables import NODE_CLASS_MAPPINGS as TABLES
from .tables import NODE_DISPLAY_NAME_MAPPINGS as TITLES

WEB_DIRECTORY = "./js"

NODE_CLASS_MAPPINGS = {"WordsCaption": Caption, "WordsLabel": Label, **TABLES}
NODE_DISPLAY_NAME_MAPPINGS = {"WordsCaption": "Write a caption", **TITLES}
