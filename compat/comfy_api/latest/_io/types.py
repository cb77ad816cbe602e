"""The types of sockets, each a class with the classes of its inputs and outputs inside."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from inspect import isclass
from typing import Any, ClassVar, TypeVar

from .inputs import Input, Output, WidgetInput, plain

T = TypeVar("T", bound=type)


class ComfyTypeI:
    """Base of a type that packs define with an input of their own."""

    io_type: ClassVar[str]
    Type: ClassVar[Any] = Any
    Input: ClassVar[Any] = Input


class ComfyTypeIO(ComfyTypeI):
    """The same for types that are put out too."""

    Output: ClassVar[Any] = Output


def comfytype(io_type: str, **_: Any) -> Callable[[T], T]:
    """Make a class a type of this name on the wire; its inputs and outputs know what they belong to."""

    def decorate(kind: T) -> T:
        own = {"io_type": io_type, "Type": getattr(kind, "Type", Any)}
        for name, plain_class in (("Input", Input), ("Output", Output)):
            inside = {
                "Parent": kind,
                "__module__": kind.__module__,
                "__qualname__": f"{kind.__name__}.{name}",
            }
            own[name] = type(name, (getattr(kind, name, plain_class),), inside)
        for name, value in own.items():
            setattr(kind, name, value)
        return kind

    return decorate


def named(name: str, io_type: str, *shapes: str, of: Any = Any) -> Any:
    """A type without options of its own; `shapes` are names inside it that packs write in annotations."""
    inside = {"Type": of, "__module__": __name__, **dict.fromkeys(shapes, dict)}
    return comfytype(io_type)(type(name, (ComfyTypeIO,), inside))


def Custom(io_type: str) -> Any:  # noqa: N802 - the name that packs import
    """A type by its name alone."""
    return named(str(io_type), str(io_type))


@comfytype("BOOLEAN")
class Boolean(ComfyTypeIO):
    """True or false."""

    Type = bool

    class Input(WidgetInput):
        """With the words of its two sides."""

        ARGUMENTS = (
            "id display_name optional tooltip lazy default label_on label_off socketless force_input "
            "extra_dict raw_link advanced"
        )


@comfytype("INT")
class Int(ComfyTypeIO):
    """A whole number."""

    Type = int

    class Input(WidgetInput):
        """With bounds, both included."""

        ARGUMENTS = (
            "id display_name optional tooltip lazy default min max step control_after_generate display_mode "
            "socketless force_input extra_dict raw_link advanced"
        )


@comfytype("FLOAT")
class Float(ComfyTypeIO):
    """A number."""

    Type = float

    class Input(WidgetInput):
        """With bounds, both included, and what it is rounded to."""

        ARGUMENTS = (
            "id display_name optional tooltip lazy default min max step round display_mode socketless "
            "force_input extra_dict raw_link advanced"
        )


@comfytype("STRING")
class String(ComfyTypeIO):
    """Text."""

    Type = str

    class Input(WidgetInput):
        """One line or several."""

        ARGUMENTS = (
            "id display_name optional tooltip lazy multiline placeholder default dynamic_prompts socketless "
            "force_input extra_dict raw_link advanced"
        )

        def as_dict(self) -> dict[str, Any]:
            return {"multiline": False} | super().as_dict()


class ComboOutput(Output):
    """May tell its choices."""

    ARGUMENTS = "id display_name options tooltip is_output_list"


@comfytype("COMBO")
class Combo(ComfyTypeIO):
    """One of several choices."""

    Type = str

    class Input(WidgetInput):
        """`options` is a list, or an Enum class."""

        ARGUMENTS = (
            "id options display_name optional tooltip lazy default control_after_generate upload "
            "image_folder remote socketless extra_dict raw_link advanced"
        )
        UNSENT = WidgetInput.UNSENT | {"upload"}
        options: Any
        upload: Any

        def as_dict(self) -> dict[str, Any]:
            said = super().as_dict() | ({} if self.upload is None else {plain(self.upload): True})
            return said if self.options is None else said | {"options": self.choices}

        @property
        def choices(self) -> Any:
            """What may be chosen; a list of a folder's files stays that object, and so up to date."""
            names_enums = isclass(self.options) or any(isinstance(one, Enum) for one in self.options)
            return plain(self.options) if names_enums or not isinstance(self.options, list) else self.options

    Output = ComboOutput


@comfytype("COMBO")
class MultiCombo(ComfyTypeI):
    """Any number of several choices."""

    Type = list[str]

    class Input(Combo.Input):
        """`placeholder` is shown where nothing is chosen; with `chip` each choice is drawn as one."""

        ARGUMENTS = (
            "id options display_name optional tooltip lazy default placeholder chip control_after_generate "
            "socketless extra_dict raw_link advanced"
        )
        UNSENT = WidgetInput.UNSENT | {"placeholder", "chip"}
        upload = None
        placeholder: str | None
        chip: bool | None

        def as_dict(self) -> dict[str, Any]:
            shown = {} if self.placeholder is None else {"placeholder": self.placeholder}
            return super().as_dict() | {"multi_select": {**shown, "chip": bool(self.chip)}}


@comfytype("WEBCAM")
class Webcam(ComfyTypeIO):
    """A picture taken by the client."""

    Input = WidgetInput


@comfytype("COLOR")
class Color(ComfyTypeIO):
    """A colour as `#rrggbb`."""

    Type = str
    Input = WidgetInput


@comfytype("BOUNDING_BOX")
class BoundingBox(ComfyTypeIO):
    """A rectangle: x, y, width, height in pixels."""

    Type = dict
    Input = WidgetInput


Image = named("Image", "IMAGE")
WanCameraEmbedding = named("WanCameraEmbedding", "WAN_CAMERA_EMBEDDING")
Mask = named("Mask", "MASK")
Latent = named("Latent", "LATENT", "LatentDict", of=dict)
Conditioning = named("Conditioning", "CONDITIONING", "PooledDict", "CondList", of=list)
Sampler = named("Sampler", "SAMPLER")
Sigmas = named("Sigmas", "SIGMAS")
Noise = named("Noise", "NOISE")
Guider = named("Guider", "GUIDER")
Clip = named("Clip", "CLIP")
ControlNet = named("ControlNet", "CONTROL_NET")
Vae = named("Vae", "VAE")
Model = named("Model", "MODEL")
ClipVision = named("ClipVision", "CLIP_VISION")
ClipVisionOutput = named("ClipVisionOutput", "CLIP_VISION_OUTPUT")
AudioEncoder = named("AudioEncoder", "AUDIO_ENCODER")
AudioEncoderOutput = named("AudioEncoderOutput", "AUDIO_ENCODER_OUTPUT")
StyleModel = named("StyleModel", "STYLE_MODEL")
Gligen = named("Gligen", "GLIGEN")
UpscaleModel = named("UpscaleModel", "UPSCALE_MODEL")
LatentUpscaleModel = named("LatentUpscaleModel", "LATENT_UPSCALE_MODEL")
Audio = named("Audio", "AUDIO", "AudioDict", of=dict)
Video = named("Video", "VIDEO")
SVG = named("SVG", "SVG")
LoraModel = named("LoraModel", "LORA_MODEL", of=dict)
LossMap = named("LossMap", "LOSS_MAP", "LossMapDict", of=dict)
Voxel = named("Voxel", "VOXEL")
Mesh = named("Mesh", "MESH")
File3DAny = named("File3DAny", "FILE_3D")
File3DGLB = named("File3DGLB", "FILE_3D_GLB")
File3DGLTF = named("File3DGLTF", "FILE_3D_GLTF")
File3DFBX = named("File3DFBX", "FILE_3D_FBX")
File3DOBJ = named("File3DOBJ", "FILE_3D_OBJ")
File3DSTL = named("File3DSTL", "FILE_3D_STL")
File3DUSDZ = named("File3DUSDZ", "FILE_3D_USDZ")
Hooks = named("Hooks", "HOOKS")
HookKeyframes = named("HookKeyframes", "HOOK_KEYFRAMES")
TimestepsRange = named("TimestepsRange", "TIMESTEPS_RANGE", of=tuple)
LatentOperation = named("LatentOperation", "LATENT_OPERATION")
FlowControl = named("FlowControl", "FLOW_CONTROL")
Accumulation = named("Accumulation", "ACCUMULATION", "AccumulationDict", of=dict)
Load3DCamera = named("Load3DCamera", "LOAD3D_CAMERA", "CameraInfo", of=dict)
Load3D = named("Load3D", "LOAD_3D", "Model3DDict", of=dict)
Load3DAnimation = named("Load3DAnimation", "LOAD_3D_ANIMATION", "Model3DDict", of=dict)
Photomaker = named("Photomaker", "PHOTOMAKER")
Point = named("Point", "POINT")
FaceAnalysis = named("FaceAnalysis", "FACE_ANALYSIS")
BBOX = named("BBOX", "BBOX")
SEGS = named("SEGS", "SEGS")
Tracks = named("Tracks", "TRACKS", "TrackDict", of=dict)
Curve = named("Curve", "CURVE")
ImageCompare = named("ImageCompare", "IMAGECOMPARE")
AnyType = named("AnyType", "*")
