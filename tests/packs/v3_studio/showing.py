"""Nodes that show and store what they have."""

import torch
from comfy_api.latest import InputImpl, Types, io, ui


def sound():
    return {"waveform": torch.linspace(-1.0, 1.0, 8).reshape(1, 2, 4), "sample_rate": 8000}


class Storing(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        inputs = [io.Image.Input("images"), io.String.Input("filename_prefix", default="v3")]
        return io.Schema("V3Storing", category="test", inputs=inputs, is_output_node=True)

    @classmethod
    def execute(cls, images, filename_prefix):
        return io.NodeOutput(ui=ui.ImageSaveHelper.get_save_images_ui(images, filename_prefix, cls=cls))


class Previewing(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        kinds = ["image", "mask", "text", "audio", "video", "3d", "webp", "apng", "wav", "mp3"]
        inputs = [io.Image.Input("images"), io.Combo.Input("kind", options=kinds)]
        return io.Schema("V3Previewing", category="test", inputs=inputs, is_output_node=True)

    @classmethod
    def execute(cls, images, kind):
        save, hear = ui.ImageSaveHelper, ui.AudioSaveHelper
        make = {
            "image": lambda: ui.PreviewImage(images, cls=cls),
            "mask": lambda: ui.PreviewMask(images[..., 0], cls=cls),
            "text": lambda: ui.PreviewText("some words"),
            "audio": lambda: ui.PreviewAudio(sound(), cls=cls),
            "video": lambda: ui.PreviewVideo([ui.SavedResult("a.mp4", "clips", io.FolderType.output)]),
            "3d": lambda: ui.PreviewUI3D("mesh.glb", {"fov": 35}, bg_image=images),
            "webp": lambda: save.get_save_animated_webp_ui(images, "moving", cls, 10.0, False, 80, 4),
            "apng": lambda: save.get_save_animated_png_ui(images, "moving", cls, fps=10.0, compress_level=1),
            "wav": lambda: hear.get_save_audio_ui(sound(), "sound", cls=cls, format="wav"),
            "mp3": lambda: hear.get_save_audio_ui(sound(), "sound", cls=cls, format="mp3"),
        }
        return io.NodeOutput(ui=make[kind]())


class Film(io.ComfyNode):
    """A video whose frames are in memory."""

    @classmethod
    def define_schema(cls):
        outputs = [io.Video.Output(), io.String.Output()]
        return io.Schema("V3Film", category="test", inputs=[io.Image.Input("images")], outputs=outputs)

    @classmethod
    def execute(cls, images: io.Image.Type) -> io.NodeOutput:
        film = InputImpl.VideoFromComponents(Types.VideoComponents(images=images, frame_rate=24))
        return io.NodeOutput(film, f"{film.get_dimensions()} {film.get_duration()}")


NODES = [Storing, Previewing, Film]
