# ruff: noqa: N802
"""Classes that cannot be nodes beside one that can; an id that the host has; a script that fails."""


class Good:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "run"

    def run(self):
        return (1,)


class Raises(Good):
    @classmethod
    def INPUT_TYPES(cls):
        raise FileNotFoundError("no table of moods")


class Typeless(Good):
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"mood": ()}}


NODE_CLASS_MAPPINGS = {
    "FaultyRaises": Raises,
    "FaultyTypeless": Typeless,
    "FaultyGood": Good,
    "SaveImage": Good,
    "LaterWins": Good,
}
