"""Heddle's nodes as the classes that packs know: `nodes.SaveImage`, `nodes.NODE_CLASS_MAPPINGS`, ...

Packs look node classes up, ask them for their inputs, make one and call its method, or derive their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any

from compat.current import current
from compat.file_names import FileNames
from compat.folder_paths import settled
from graph.context import Context
from graph.events import Event
from graph.folders import Folders
from graph.node import Expand, NodeType, Result
from graph.schema import InputSpec, Schema
from graph.types import ANY

MAX_RESOLUTION = 16384
EXTENSION_WEB_DIRS: dict[str, str] = {}
LOADED_MODULE_DIRS: dict[str, str] = {}
DEFAULT_METHOD = "execute"
# The names of the methods by which packs call these classes.
METHODS: Mapping[str, str] = {
    "CheckpointLoaderSimple": "load_checkpoint", "CLIPLoader": "load_clip",
    "CLIPSetLastLayer": "set_last_layer", "CLIPTextEncode": "encode", "CLIPVisionEncode": "encode",
    "CLIPVisionLoader": "load_clip", "ConditioningAverage": "addWeighted",
    "ConditioningCombine": "combine", "ConditioningConcat": "concat", "ConditioningSetArea": "append",
    "ConditioningSetAreaPercentage": "append", "ConditioningSetAreaStrength": "append",
    "ConditioningSetMask": "append", "ConditioningSetTimestepRange": "set_range",
    "ConditioningZeroOut": "zero_out", "ControlNetApply": "apply_controlnet",
    "ControlNetApplyAdvanced": "apply_controlnet", "ControlNetLoader": "load_controlnet",
    "DiffControlNetLoader": "load_controlnet", "DualCLIPLoader": "load_clip", "EmptyImage": "generate",
    "EmptyLatentImage": "generate", "GLIGENLoader": "load_gligen", "GLIGENTextBoxApply": "append",
    "ImageBatch": "batch", "ImageInvert": "invert", "ImagePadForOutpaint": "expand_image",
    "ImageScale": "upscale", "ImageScaleBy": "upscale", "InpaintModelConditioning": "encode",
    "KSampler": "sample", "KSamplerAdvanced": "sample", "LatentBlend": "blend",
    "LatentComposite": "composite", "LatentCrop": "crop", "LatentFlip": "flip",
    "LatentFromBatch": "frombatch", "LatentRotate": "rotate", "LatentUpscale": "upscale",
    "LatentUpscaleBy": "upscale", "LoadImage": "load_image", "LoadImageMask": "load_image",
    "LoadLatent": "load", "LoraLoader": "load_lora", "LoraLoaderModelOnly": "load_lora_model_only",
    "PreviewImage": "save_images", "RepeatLatentBatch": "repeat", "SaveImage": "save_images",
    "SaveLatent": "save", "SetLatentNoiseMask": "set_mask", "StyleModelApply": "apply_stylemodel",
    "StyleModelLoader": "load_style_model", "UNETLoader": "load_unet",
    "unCLIPCheckpointLoader": "load_checkpoint", "unCLIPConditioning": "apply_adm",
    "VAEDecode": "decode", "VAEDecodeTiled": "decode", "VAEEncode": "encode",
    "VAEEncodeForInpaint": "encode", "VAEEncodeTiled": "encode", "VAELoader": "load_vae",
}  # fmt: skip

# Their parameters by place, where that is another order than the one in which inputs are drawn.
PLACES: Mapping[str, tuple[str, ...]] = {
    "CLIPTextEncode": ("clip", "text"),
    "ConditioningSetMask": ("conditioning", "mask", "set_cond_area", "strength"),
    "InpaintModelConditioning": ("positive", "negative", "pixels", "vae", "mask", "noise_mask"),
    "VAEDecode": ("vae", "samples"),
    "VAEDecodeTiled": ("vae", "samples", "tile_size", "overlap", "temporal_size", "temporal_overlap"),
    "VAEEncode": ("vae", "pixels"),
    "VAEEncodeForInpaint": ("vae", "pixels", "mask", "grow_mask_by"),
    "VAEEncodeTiled": ("vae", "pixels", "tile_size", "overlap", "temporal_size", "temporal_overlap"),
}

NODE_CLASS_MAPPINGS: dict[str, type[Any]] = {}
NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {}
_CORE: dict[str, type[CoreNode]] = {}


class CoreNode:
    """A node of Heddle as a class of the field; `node_type` is what it calls."""

    node_type: NodeType
    FUNCTION = DEFAULT_METHOD
    RETURN_TYPES: tuple[str, ...] = ()
    RETURN_NAMES: tuple[str, ...] = ()
    OUTPUT_IS_LIST: tuple[bool, ...] = ()
    INPUT_IS_LIST = False
    OUTPUT_NODE = False
    CATEGORY = ""
    DESCRIPTION = ""
    RELATIVE_PYTHON_MODULE = "nodes"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802 - the name that packs call
        """{required, optional, hidden}: a description of each input."""
        return input_types(cls.node_type.schema)

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        """Call the node; its outputs as a tuple, or with `ui` beside them."""
        return called(self.node_type, args, kwargs)


class FileWriter(CoreNode):
    """SaveImage and PreviewImage: packs derive from them, and change where and how they write."""

    def __init__(self) -> None:
        self.type = "temp" if self.node_type.schema.name == "PreviewImage" else "output"
        self.output_dir = str(settled().directory(self.type))
        self.prefix_append = f"_temp_{token_hex(3)}" if self.type == "temp" else ""
        self.compress_level = 4

    def save_images(
        self,
        images: Any,
        filename_prefix: str = "ComfyUI",
        prompt: Mapping[str, Any] | None = None,
        extra_pnginfo: Mapping[str, Any] | None = None,
    ) -> Any:
        """Write pictures; `ui` says where they are. Metadata are what is given here."""
        from nodes.image_files import written

        context = replace(calling(), folders=self._folders(), prompt=prompt, extra_pnginfo=extra_pnginfo)
        return plain(written(context, images, self.type, filename_prefix + self.prefix_append), 0)

    def _folders(self) -> Folders:
        folders = Folders(settled().base)
        folders.move(self.type, Path(self.output_dir))
        return folders


def fill(node_types: Iterable[NodeType]) -> None:
    """Offer these as the host's own nodes; forgets all others."""
    _CORE.clear()
    NODE_CLASS_MAPPINGS.clear()
    NODE_DISPLAY_NAME_MAPPINGS.clear()
    EXTENSION_WEB_DIRS.clear()
    LOADED_MODULE_DIRS.clear()
    for node_type in node_types:
        _CORE[node_type.schema.name] = core_class(node_type)
        NODE_DISPLAY_NAME_MAPPINGS[node_type.schema.name] = node_type.schema.display_name
    NODE_CLASS_MAPPINGS.update(_CORE)


def mappings() -> tuple[dict[str, type[Any]], dict[str, str]]:
    """(classes, display names) by node id: what packs see, to which the classes of packs are added."""
    return NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS


def add(name: str, cls: type[Any], display_name: str | None = None) -> None:
    """Show packs one more class; none replaces the host's own."""
    if name not in _CORE:
        NODE_CLASS_MAPPINGS[name] = cls
        if display_name is not None:
            NODE_DISPLAY_NAME_MAPPINGS[name] = display_name


def is_own(name: str, cls: object) -> bool:
    """Whether a class is the host's own of this name."""
    return _CORE.get(name) is cls


def __getattr__(name: str) -> type[CoreNode]:
    """The host's own node class of this name."""
    if name not in _CORE:
        raise AttributeError(f"module 'nodes' has no {name!r}: Heddle does not have this part of ComfyUI yet")
    return _CORE[name]


def core_class(node_type: NodeType) -> type[CoreNode]:
    """The class of one node type."""
    schema = node_type.schema
    base = FileWriter if schema.name in ("SaveImage", "PreviewImage") else CoreNode
    method = METHODS.get(schema.name, DEFAULT_METHOD)
    body: dict[str, Any] = {
        "__doc__": schema.description,
        "__module__": "nodes",
        "node_type": node_type,
        "FUNCTION": method,
        "RETURN_TYPES": tuple(spec.type for spec in schema.outputs),
        "RETURN_NAMES": tuple(spec.name for spec in schema.outputs),
        "OUTPUT_IS_LIST": tuple(spec.is_list for spec in schema.outputs),
        "INPUT_IS_LIST": schema.takes_lists,
        "CATEGORY": schema.category,
        "DESCRIPTION": schema.description,
        "OUTPUT_NODE": schema.is_output,
    }
    if base is CoreNode:
        body[method] = CoreNode.execute
    return type(schema.name, (base,), body)


def input_types(schema: Schema) -> dict[str, Any]:
    """What INPUT_TYPES of a class of this schema says."""
    groups: dict[str, Any] = {
        "required": {spec.name: described(spec) for spec in schema.inputs if spec.required},
        "optional": {spec.name: described(spec) for spec in schema.inputs if not spec.required},
        "hidden": dict(schema.hidden),
    }
    return {name: group for name, group in groups.items() if group or name == "required"}


def described(spec: InputSpec) -> tuple[Any, ...]:
    """(type or list of choices, options) of one input."""
    options = dict(spec.options) | ({"lazy": True} if spec.lazy else {})
    kind: Any = spec.type
    if spec.folder is not None:
        kind = files_of(spec)
    elif spec.choices is not None:
        kind = list(spec.choices)
    return (kind, options) if options else (kind,)


def files_of(spec: InputSpec) -> FileNames:
    """The choices of a drop-down of files; it follows the folder in a pack's node too."""
    folder = spec.folder or ""
    listed = settled().list(folder)
    return FileNames([*(spec.choices or ()), *listed], folder, listed)


def called(node_type: NodeType, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Call a node as packs do: inputs by place or name, whatever its own order of parameters is.

    Latents and conditionings may be a pack's or Heddle's; what comes back is as packs know it.
    """
    inputs = [spec.name for spec in node_type.schema.inputs]
    given = {**dict(zip(PLACES.get(node_type.schema.name, inputs), args, strict=False)), **kwargs}
    context = calling()
    if "prompt" in given and "prompt" not in inputs:
        context = replace(context, prompt=given.pop("prompt"))
    if "extra_pnginfo" in given and "extra_pnginfo" not in inputs:
        context = replace(context, extra_pnginfo=given.pop("extra_pnginfo"))
    given = from_caller(node_type.schema, given)
    if node_type.context_name is not None:
        given[node_type.context_name] = context
    return plain(node_type.fn(**given), len(node_type.schema.outputs))


def from_caller(schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as Heddle's nodes know them."""
    from compat.values import from_field, from_items

    read = from_items if schema.takes_lists else from_field
    specs = schema.by_name
    return {name: read(v, specs[name].type if name in specs else ANY) for name, v in given.items()}


def plain(value: Any, outputs: int) -> Any:
    """A node's answer as the methods of the field's classes give it."""
    if isinstance(value, Expand):
        return {"expand": value.graph, "result": to_caller(value.values), "ui": value.ui}
    if isinstance(value, Result):
        result = to_caller(value.values)
        return {"ui": value.ui, "result": result} if value.ui else result
    if outputs == 0:
        return ()
    return to_caller((value,) if outputs == 1 else value)


def to_caller(values: Iterable[Any]) -> tuple[Any, ...]:
    """Outputs as packs know them."""
    from compat.values import CONDITIONING, to_field

    return tuple(to_field(value, CONDITIONING) for value in values)


def calling() -> Context:
    """The running call, or one that nobody hears."""
    return current() or Context("", "", settled(), unheard)


def unheard(_: Event) -> None:
    """Where no run listens."""


def before_node_execution() -> None:
    """Raises Cancelled when the run was asked to stop."""
    calling().check_cancelled()


def interrupt_processing(value: bool = True) -> None:
    """Ask the running run to stop."""
    if value:
        calling().cancel.set()
