"""A pack written for ComfyUI: a class with INPUT_TYPES, which runs here and there alike."""

from typing import Any

import torch


class ContactSheet:
    """Lays the pictures of a list out in rows, as a photographer's contact sheet does."""

    CATEGORY = "image/batch"
    DESCRIPTION = "All pictures of a list or batch on one sheet, row by row."
    FUNCTION = "lay_out"
    INPUT_IS_LIST = True
    RETURN_TYPES = ("IMAGE",)
    RETURN_NAMES = ("sheet",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        gap = {"default": 8, "min": 0, "max": 256, "tooltip": "Pixels between pictures"}
        return {
            "required": {
                "images": ("IMAGE",),
                "columns": ("INT", {"default": 4, "min": 1, "max": 64}),
                "gap": ("INT", gap),
            }
        }

    @classmethod
    def VALIDATE_INPUTS(cls, columns: list[int], gap: list[int]) -> bool | str:
        return True if columns[0] * gap[0] <= 4096 else "the gaps alone would be wider than 4096 pixels"

    def lay_out(self, images: list[torch.Tensor], columns: list[int], gap: list[int]) -> tuple[torch.Tensor]:
        pictures = [picture for batch in images for picture in batch]
        across, space = min(columns[0], len(pictures)), gap[0]
        height, width, channels = pictures[0].shape
        rows = -(-len(pictures) // across)
        sheet = torch.ones(rows * (height + space) - space, across * (width + space) - space, channels)
        for index, picture in enumerate(pictures):
            if picture.shape != pictures[0].shape:
                raise ValueError(
                    f"picture {index} is {tuple(picture.shape)}, the first {tuple(pictures[0].shape)}"
                )
            top, left = index // across * (height + space), index % across * (width + space)
            sheet[top : top + height, left : left + width] = picture
        return (sheet[None],)


NODE_CLASS_MAPPINGS = {"ContactSheet": ContactSheet}
NODE_DISPLAY_NAME_MAPPINGS = {"ContactSheet": "Contact Sheet"}
