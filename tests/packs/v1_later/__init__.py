# ruff: noqa: N802
"""Takes the place of an earlier pack's node."""


class Later:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "run"

    def run(self):
        return (2,)


NODE_CLASS_MAPPINGS = {"LaterWins": Later}
