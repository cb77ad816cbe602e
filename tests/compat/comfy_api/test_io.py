"""The types that inputs and outputs of the newer style are made of."""

import pytest

from compat.comfy_api.latest import io

EVERY_TYPE = {
    "Image": "IMAGE", "Mask": "MASK", "Latent": "LATENT", "Conditioning": "CONDITIONING",
    "Sampler": "SAMPLER", "Sigmas": "SIGMAS", "Noise": "NOISE", "Guider": "GUIDER", "Clip": "CLIP",
    "ControlNet": "CONTROL_NET",
    "Vae": "VAE", "Model": "MODEL", "ClipVision": "CLIP_VISION", "ClipVisionOutput": "CLIP_VISION_OUTPUT",
    "AudioEncoder": "AUDIO_ENCODER", "StyleModel": "STYLE_MODEL", "Gligen": "GLIGEN", "SVG": "SVG",
    "UpscaleModel": "UPSCALE_MODEL", "LatentUpscaleModel": "LATENT_UPSCALE_MODEL", "Audio": "AUDIO",
    "Video": "VIDEO", "LoraModel": "LORA_MODEL", "LossMap": "LOSS_MAP", "Voxel": "VOXEL", "Mesh": "MESH",
    "File3DAny": "FILE_3D", "File3DGLB": "FILE_3D_GLB", "Hooks": "HOOKS", "HookKeyframes": "HOOK_KEYFRAMES",
    "TimestepsRange": "TIMESTEPS_RANGE", "LatentOperation": "LATENT_OPERATION", "FlowControl": "FLOW_CONTROL",
    "Accumulation": "ACCUMULATION", "Load3DCamera": "LOAD3D_CAMERA", "Load3D": "LOAD_3D", "Point": "POINT",
    "Photomaker": "PHOTOMAKER", "FaceAnalysis": "FACE_ANALYSIS", "BBOX": "BBOX", "SEGS": "SEGS",
    "AnyType": "*",
    "Webcam": "WEBCAM", "BoundingBox": "BOUNDING_BOX", "Color": "COLOR",
    "WanCameraEmbedding": "WAN_CAMERA_EMBEDDING",
}  # fmt: skip


@pytest.mark.parametrize(("name", "wire"), EVERY_TYPE.items())
def test_every_type_of_the_field_has_inputs_and_outputs(name: str, wire: str) -> None:
    kind = getattr(io, name)
    assert kind.Input("a", "A", True, "tip").as_v1() == (wire, {"display_name": "A", "tooltip": "tip"})
    assert kind.Output("b").get_io_type() == kind.io_type == wire


def test_a_pack_makes_types_of_its_own() -> None:
    @io.comfytype(io_type="THING")
    class Thing(io.ComfyTypeIO):
        Type = dict

        class Input(io.WidgetInput):
            pass

    assert Thing.Input("a", default={}).as_v1() == ("THING", {"default": {}})
    assert Thing.Output().io_type == io.Custom("THING").io_type
    with pytest.raises(TypeError, match="at most 12 positional"):
        Thing.Input(*range(13))
    with pytest.raises(TypeError, match="several values for id"):
        Thing.Input("a", id="b")


def test_an_api_node_says_so() -> None:
    schema = io.Schema("A", is_api_node=True)
    assert schema.wanted == [io.Hidden.auth_token_comfy_org, io.Hidden.api_key_comfy_org]
