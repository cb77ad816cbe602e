# ruff: noqa: N802
"""Nodes that show what they are given, and drop-downs of files."""

import os

import folder_paths

from .captions import Prestarted

HERE = os.path.dirname(os.path.abspath(__file__))


class Show:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("*", {})}}

    RETURN_TYPES = ()
    FUNCTION = "show"
    OUTPUT_NODE = True
    CATEGORY = "words"

    def show(self, value):
        return {"ui": {"shown": (repr(value),), "module": [self.RELATIVE_PYTHON_MODULE]}}


class Shelf:
    """Drop-downs that follow folders, and one that does not."""

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "lora": (["None", *folder_paths.get_filename_list("loras")],),
                "model": (["None"] + folder_paths.get_filename_list("loras"),),  # noqa: RUF005
                "newer": ("COMBO", {"options": folder_paths.get_filename_list("loras")}),
                "hour": (sorted(os.listdir(folder_paths.get_input_directory())), {"image_upload": True}),
            }
        }

    RETURN_TYPES = ("STRING",)
    FUNCTION = "pick"
    CATEGORY = "words"

    def pick(self, lora, model, newer, hour):
        return (f"{lora} {model} {newer} {hour}",)


class Palette:
    """Has an input that only the pack's own script can draw."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"palette": ("WORDS_PALETTE",), "image": ("IMAGE",)}}

    RETURN_TYPES = ("WORDS_PALETTE",)
    FUNCTION = "mix"
    CATEGORY = "words"

    def mix(self, palette, image):
        return (palette,)


NODE_CLASS_MAPPINGS = {
    "WordsPalette": Palette,
    "WordsShow": Show,
    "WordsShelf": Shelf,
    "WordsPrestarted": Prestarted,
}
NODE_DISPLAY_NAME_MAPPINGS = {"WordsShow": "Show words"}
