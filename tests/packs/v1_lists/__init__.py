# ruff: noqa: N802
"""Nodes that give lists, take lists, and are called once for each item."""


class Count:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"upto": ("INT", {"default": 3, "min": 0, "max": 99})}}

    RETURN_TYPES = ("INT", "INT")
    RETURN_NAMES = ("each", "sum")
    OUTPUT_IS_LIST = (True, False)
    FUNCTION = "count"
    CATEGORY = "lists"

    def count(self, upto):
        return list(range(upto)), sum(range(upto))


class Join:
    """Takes whole lists, and gives one text."""

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {"values": ("*",), "between": ("STRING", {"default": "-"})},
            "hidden": {"own_id": "UNIQUE_ID", "prompt": "PROMPT"},
        }

    INPUT_IS_LIST = True
    RETURN_TYPES = ("STRING",)
    FUNCTION = "join"
    CATEGORY = "lists"

    @classmethod
    def IS_CHANGED(cls, values, between, own_id, prompt):
        return f"{values} {between} {own_id} {prompt}"

    @classmethod
    def VALIDATE_INPUTS(cls, between):
        return between == ["-"] or f"between {between} there is nothing"

    def join(self, values, between, own_id, prompt):
        assert own_id[0] in prompt[0]
        return (between[0].join(map(str, values)),)


class Square:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("INT", {"default": 0}), "plus": ("INT", {"default": 0})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "square"
    CATEGORY = "lists"

    def square(self, value, plus):
        return {"ui": {"squares": [value * value]}, "result": (value * value + plus,)}


NODE_CLASS_MAPPINGS = {"ListsCount": Count, "ListsJoin": Join, "ListsSquare": Square}
