"""The model library: files with their sizes, pictures of what they make, what they say of themselves."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from diffusion.weights.identity.identify import identify
from server.model_files import about, header
from tests.server.conftest import Client, Server

ROOT = Path(__file__).parent.parent.parent


def picture(
    colour: tuple[int, ...] = (200, 10, 10), size: tuple[int, int] = (1200, 600), kind: str = "PNG"
) -> bytes:
    out = io.BytesIO()
    Image.new("RGB" if len(colour) == 3 else "RGBA", size, colour).save(out, kind)
    return out.getvalue()


def weights(metadata: dict[str, Any] | None = None, shapes: dict[str, list[int]] | None = None) -> bytes:
    """A header without its tensors."""
    content: dict[str, Any] = {"__metadata__": metadata} if metadata is not None else {}
    content |= {
        key: {"dtype": "F16", "shape": shape, "data_offsets": [0, 0]} for key, shape in (shapes or {}).items()
    }
    text = json.dumps(content).encode()
    return len(text).to_bytes(8, "little") + text


def put(server: Server, name: str, data: bytes) -> Path:
    path = server.base / "models" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


async def test_the_library_lists_folders_and_files(client: Client, server: Server) -> None:
    found = {item["name"]: item["folders"] for item in await client.get("/experiment/models")}
    assert found["loras"] == [str(server.base / "models" / "loras")]
    assert not {"configs", "custom_nodes", "output", "user"} & set(found)
    path = put(server, "vae/deep/one.safetensors", weights({"a": "b"}))
    put(server, "vae/readme.txt", b"")
    put(server, "unet/two.safetensors", b"12")
    assert await client.get("/experiment/models/vae") == [
        {
            "name": "deep/one.safetensors",
            "pathIndex": 0,
            "modified": path.stat().st_mtime,
            "created": path.stat().st_ctime,
            "size": path.stat().st_size,
        }
    ]
    (second,) = await client.get("/experiment/models/diffusion_models")
    assert (second["name"], second["pathIndex"], second["size"]) == ("two.safetensors", 1, 2)
    for folder in ("unheard", "user", "output"):
        assert await client.status("GET", f"/experiment/models/{folder}") == 404


async def preview(client: Client, path: str) -> Image.Image | None:
    async with client.session.get(f"{client.url}/api/experiment/models/preview/{path}") as told:
        if told.status == 404:
            return None
        assert (told.status, told.content_type) == (200, "image/webp")
        return Image.open(io.BytesIO(await told.read()))


async def test_a_picture_beside_a_model_is_its_preview(client: Client, server: Server) -> None:
    for name in ("a", "b", "c", "d"):
        put(server, f"loras/in/{name}.safetensors", weights({}))
    put(server, "loras/in/a.png", picture())
    put(server, "loras/in/b.preview.jpg", picture((10, 200, 10), (30, 20), "JPEG"))
    put(server, "loras/in/c.png", b"no picture")
    found = await preview(client, "loras/0/in/a.safetensors")
    assert found is not None
    assert found.size == (512, 256)
    found = await preview(client, "loras/0/in%2Fb.safetensors")
    assert found is not None
    assert found.size == (30, 20)
    for path in ("loras/0/in/c.safetensors", "loras/0/in/d.safetensors", "loras/0/in/e.safetensors"):
        assert await preview(client, path) is None
    may_be = "/experiment/models/preview/loras/0/in/c.safetensors?optional=true"
    assert await client.status("GET", may_be) == 204
    for path in ("loras/1/in/a.safetensors", "loras/99999/x", "user/0/x", "loras/0/..%2F..%2Flog"):
        assert await preview(client, path) is None


async def test_a_picture_inside_a_model_is_its_preview(client: Client, server: Server) -> None:
    covers = [
        "no base64!",
        base64.b64encode(b"none").decode(),
        "data:image/png;base64," + base64.b64encode(picture()).decode(),
    ]
    put(server, "loras/cover.safetensors", weights({"ssmd_cover_images": json.dumps(covers)}))
    found = await preview(client, "loras/0/cover.safetensors")
    assert found is not None
    assert found.size == (512, 256)
    put(server, "loras/damaged.safetensors", weights({"ssmd_cover_images": "[["}))
    assert await preview(client, "loras/0/damaged.safetensors") is None


async def test_a_model_says_its_size_words_and_metadata(client: Client, server: Server) -> None:
    tags = {"10_fox": {"fox": 20, "snow ": 3, "bad": "x"}, "5_more": {"snow": 4, "owl": 1}, "odd": 3}
    metadata = {
        "ss_network_module": "networks.lora",
        "ss_base_model_version": "sdxl_base_v1-0",
        "ss_tag_frequency": json.dumps(tags),
        "ssmd_cover_images": "x" * 20_000,
    }
    path = put(server, "loras/fox.safetensors", weights(metadata))
    del metadata["ssmd_cover_images"]
    assert await client.get("/api/models/loras/about?filename=fox.safetensors") == {
        "kind": "lora",
        "family": "sdxl",
        "size": path.stat().st_size,
        "words": ["fox", "snow", "owl", "bad"],
        "metadata": metadata,
    }
    put(server, "loras/fox.civitai.info", json.dumps({"trainedWords": ["red fox, winter", 3]}).encode())
    put(server, "loras/fox.json", json.dumps({"activation text": "winter, foxy"}).encode())
    told = await client.get("/api/models/loras/about?filename=fox.safetensors")
    assert told["words"][:4] == ["red fox", "winter", "foxy", "fox"]
    for query in (
        "loras/about",
        "loras/about?filename=..%2Fx",
        "user/about?filename=x",
        "no/about?filename=x",
    ):
        assert await client.status("GET", f"/api/models/{query}") == 404
    assert (
        await client.status("GET", "/models/loras/about?filename=fox.safetensors") == 404
    )  # below /api alone


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04", b"\xff" * 40, weights(None), b"\x02\0\0\0\0\0\0\0[]", b"\x02\0\0\0\0\0\0\0{{"],
)
def test_of_a_file_without_a_header_the_size_alone_is_known(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(data)
    assert about(path) == {"kind": None, "family": None, "size": len(data), "words": [], "metadata": {}}
    assert about(path, identify) == about(path)


def test_a_folder_is_a_model_of_the_size_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "unet").mkdir()
    for name in ("model_index.json", "unet/a.safetensors"):
        (tmp_path / name).write_bytes(b"12345")
    assert about(tmp_path)["size"] == 10


@pytest.mark.parametrize(
    ("metadata", "kind", "family"),
    [
        ({"modelspec.architecture": "stable-diffusion-v1"}, "checkpoint", "sd1"),
        ({"modelspec.architecture": "stable-diffusion-v2-768-v"}, "checkpoint", "sd2"),
        ({"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}, "lora", "sdxl"),
        ({"modelspec.architecture": "stable-diffusion-v1/textual-inversion"}, "embedding", "sd1"),
        ({"modelspec.architecture": "unheard/of"}, None, None),
        ({"ss_network_module": "lycoris.kohya", "ss_base_model_version": "sd_v1"}, "lora", "sd1"),
        ({"other": "sdxl"}, None, None),
    ],
)
def test_what_a_file_says_of_its_kind_is_believed(
    tmp_path: Path, metadata: dict[str, str], kind: str | None, family: str | None
) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(weights(metadata))
    assert (about(path)["kind"], about(path)["family"]) == (kind, family)


def test_rules_for_tensors_know_better_where_there_are_any(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(weights({"modelspec.architecture": "stable-diffusion-v1"}, {"emb_params": [4, 1024]}))
    assert (about(path)["kind"], about(path)["family"]) == ("checkpoint", "sd1")
    assert (about(path, identify)["kind"], about(path, identify)["family"]) == ("embedding", "sd2")
    bundled = ROOT / "models" / "checkpoints" / "heddle-demo.safetensors"
    assert about(bundled, identify)["kind"] == "checkpoint"
    path.write_bytes(weights({"modelspec.architecture": "sdxl/lora"}, {"strange": [1, 2, 3]}))
    assert (about(path, identify)["kind"], about(path, identify)["family"]) == ("lora", "sdxl")


def test_damaged_entries_of_a_header_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    content = {"__metadata__": {"a": "b", "c": 3}, "x": {"shape": [1, -2]}, "y": 7, "z": {"shape": [2]}}
    text = json.dumps(content).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    found = header(path, 1 << 20)
    assert found is not None
    assert (found.shapes, found.metadata) == ({"z": (2,)}, {"a": "b"})
    assert header(path, 10) is None
    assert header(tmp_path / "absent", 1 << 20) is None
