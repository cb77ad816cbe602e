# ruff: noqa: N802, RUF012
"""Words out of widgets."""

import os


class Caption:
    """Every kind of widget, with options of its own and options that only a canvas knows."""

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "text": ("STRING", {"default": "a loom", "multiline": True, "dynamicPrompts": True}),
                "times": ("INT", {"default": 1, "min": 1, "max": 5, "step": 1, "display": "slider"}),
                "weight": ("FLOAT", {"default": 0.5, "min": 0.0, "max": 1.0, "round": 0.01}),
                "loud": ("BOOLEAN", {"default": False, "label_on": "shout", "label_off": "whisper"}),
                "mark": ([".", "!", 3, None],),
                "tone": ("COMBO", {"options": ["plain", "solemn"], "default": "solemn"}),
            },
            "optional": {
                "nothing": ([],),
                "seed": ("INT", {"default": 7, "control_after_generate": True, "words.own_option": [1, 2]}),
                "either": ("INT,FLOAT", {"forceInput": True, "tooltip": "a number"}),
                "whatever": ("*",),
            },
            "hidden": {"node": "UNIQUE_ID", "files": "EXTRA_PNGINFO"},
        }

    RETURN_TYPES = ("STRING", "INT", ["plain", "solemn"])
    RETURN_NAMES = ("caption", "length")
    OUTPUT_TOOLTIPS = ("what to write below", "how long it is")
    FUNCTION = "write"
    CATEGORY = "words/caption"
    DESCRIPTION = "Writes a caption."
    SEARCH_ALIASES = ["subtitle", "legend"]

    def write(self, text, times, weight, loud, mark, tone, seed=None, node=None, files=None, **_):
        said = (text.upper() if loud else text) * times + str(mark)
        return said, len(said), tone


class Label:
    """As little as a class can say."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ["STRING", {}]}}

    RETURN_TYPES = "STRING"  # a tuple that lost its comma
    RETURN_NAMES = "label"
    FUNCTION = "label"

    def label(self, text):
        return (f"[{text}]",)


class Prestarted:
    @classmethod
    def INPUT_TYPES(cls):
        return {}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "tell"
    CATEGORY = "words"
    DEPRECATED = True
    EXPERIMENTAL = True
    API_NODE = True

    def tell(self):
        return (os.environ.get("WORDS_PRESTARTED", "never"),)
