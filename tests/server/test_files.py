"""Looking at files, handing them in, the gallery."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image, PngImagePlugin

from server import pictures
from tests.server.conftest import Client, Server, serving


def png(colour: tuple[int, ...] = (10, 200, 30, 90), size: tuple[int, int] = (6, 4), **text: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for key, value in text.items():
        info.add_text(key, value)
    out = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def form(name: str, data: bytes, **fields: str) -> aiohttp.FormData:
    made = aiohttp.FormData()
    made.add_field("image", data, filename=name, content_type="image/png")
    for key, value in fields.items():
        made.add_field(key, value)
    return made


async def upload(client: Client, *arguments: Any, to: str = "image", **fields: str) -> tuple[int, Any]:
    async with client.session.post(f"{client.url}/upload/{to}", data=form(*arguments, **fields)) as answer:
        return answer.status, await answer.json()


async def test_an_upload_is_stored_listed_and_viewed_byte_for_byte(client: Client) -> None:
    data = png()
    assert await upload(client, "first.png", data) == (
        200,
        {"name": "first.png", "subfolder": "", "type": "input"},
    )
    async with client.session.get(f"{client.url}/view?filename=first.png&type=input") as answer:
        assert await answer.read() == data
        assert answer.headers["Content-Disposition"] == 'filename="first.png"'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.content_type == "image/png"
    assert await client.status("GET", "/view?filename=first.png+[input]") == 200
    assert "first.png" in await client.get("/internal/files/input")


async def test_a_part_of_a_file_can_be_asked_for(client: Client) -> None:
    data = png()
    await upload(client, "ranged.png", data)
    options = {"headers": {"Range": "bytes=2-5"}}
    async with client.session.get(f"{client.url}/view?filename=ranged.png&type=input", **options) as answer:
        assert (answer.status, await answer.read()) == (206, data[2:6])


async def test_a_name_that_is_taken_is_reused_for_the_same_bytes_and_numbered_for_others(
    client: Client,
) -> None:
    colours = ((1, 1, 1), (1, 1, 1), (2, 2, 2), (3, 3, 3))
    names = [(await upload(client, "taken.png", png(colour)))[1]["name"] for colour in colours]
    assert names == ["taken.png", "taken.png", "taken (1).png", "taken (2).png"]
    _, kept = await upload(client, "taken.png", png((9, 9, 9)), overwrite="True", subfolder="a/b")
    assert kept == {"name": "taken.png", "subfolder": "a/b", "type": "input"}
    _, kept = await upload(client, "taken.png", png((8, 8, 8)), overwrite="1", subfolder="a/b")
    assert kept["name"] == "taken.png"


def stored(server: Server) -> set[Path]:
    """Every file but those that the server keeps for itself."""
    return {
        path for path in server.base.rglob("*") if path.is_file() and not {"temp", "user"} & {*path.parts}
    }


BAD_NAMES = [
    "../up.png",
    "..",
    "/etc/passwd",
    "a/b.png",
    "a\\b.png",
    "C:\\x.png",
    "nul\x00.png",
    "line\nbreak.png",
    "\uff0e\uff0e\uff0fup.png",
    "%2e%2e%2fup.png",
    "CON.png",
    "x" * 300 + ".png",
    "ends with a dot.",
]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_an_upload_never_leaves_its_folder(client: Client, server: Server, name: str) -> None:
    before = stored(server)
    name = name.replace("\\", "\\\\")  # as a quoted string is written
    head = f'--x\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
    body = head.encode() + png() + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert await client.status("POST", "/upload/image", data=body, headers=headers) == 400
    assert stored(server) == before


@pytest.mark.parametrize("fields", [{"subfolder": "../.."}, {"subfolder": "/tmp"}, {"type": "user"}])
async def test_an_upload_to_elsewhere_is_refused(client: Client, fields: dict[str, str]) -> None:
    assert (await upload(client, "x.png", png(), **fields))[0] == 400


async def test_an_upload_without_a_file_name_or_form_is_refused(client: Client) -> None:
    nameless = b'--x\r\nContent-Disposition: form-data; name="image"\r\n\r\nx\r\n--x--\r\n'
    assert await client.status("POST", "/upload/image", data=b"no form") == 400
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"broken", nameless, b""):
        assert await client.status("POST", "/upload/image", data=body, headers=headers) == 400


VIEWS = {
    "filename=": 404,
    "": 404,
    "filename=absent.png": 404,
    "filename=x.png&type=user": 400,
    "filename=../x.png": 400,
    "filename=/etc/passwd": 400,
    "filename=x.png&subfolder=../..": 403,
    "filename=x.png&subfolder=/etc": 403,
    "filename=%00.png": 400,
}


@pytest.mark.parametrize(("query", "status"), VIEWS.items())
async def test_what_must_not_be_viewed_is_not(client: Client, query: str, status: int) -> None:
    assert await client.status("GET", f"/view?{query}") == status


async def test_a_link_out_of_the_folder_is_not_followed(client: Client, server: Server) -> None:
    output = server.base / "output"
    output.mkdir(exist_ok=True)
    (output / "link.png").symlink_to("/etc/hostname")
    assert await client.status("GET", "/view?filename=link.png") in (400, 403, 404)
    (output / "link.png").unlink()


@pytest.mark.parametrize(
    "name", ["page.html", "picture.svg", "script.js", "style.css", "page.xhtml", "x.unknown"]
)
async def test_what_a_browser_could_run_is_only_offered_for_saving(
    client: Client, server: Server, name: str
) -> None:
    (server.base / "output").mkdir(exist_ok=True)
    (server.base / "output" / name).write_text("<script>alert(1)</script>")
    async with client.session.get(f"{client.url}/view?filename={name}") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_a_preview_comes_again_only_when_its_file_or_the_wish_changed(client: Client) -> None:
    await upload(client, "p.png", png())
    address = f"{client.url}/view?filename=p.png&type=input&preview=webp;80"
    async with client.session.get(address) as answer:
        tag = answer.headers["ETag"]
    statuses = []
    for more in ("", "&width=3"):
        async with client.session.get(address + more, headers={"If-None-Match": tag}) as answer:
            statuses.append(answer.status)
    await upload(client, "p.png", png((1, 2, 3)), overwrite="true")
    async with client.session.get(address, headers={"If-None-Match": tag}) as answer:
        statuses.append(answer.status)
    assert statuses == [304, 200, 200]


async def test_previews_and_channels_are_made_on_the_way_out(client: Client) -> None:
    await upload(client, "alpha.png", png((10, 200, 30, 90)))

    async def view(query: str) -> Image.Image:
        async with client.session.get(f"{client.url}/view?filename=alpha.png&type=input&{query}") as answer:
            assert answer.status == 200
            return Image.open(io.BytesIO(await answer.read()))

    webp, jpeg = await view("preview=webp;50"), await view("preview=jpeg")
    assert (webp.format, webp.mode, jpeg.format, jpeg.mode) == ("WEBP", "RGBA", "JPEG", "RGB")
    assert (await view("preview=bmp")).format == "WEBP"
    rgb, alpha = await view("channel=rgb"), await view("channel=a")
    assert (rgb.format, rgb.mode, rgb.getpixel((0, 0))) == ("PNG", "RGB", (10, 200, 30))
    assert alpha.convert("RGBA").getpixel((0, 0))[3] == 90  # type: ignore[index]


async def test_a_file_that_is_no_picture_cannot_be_changed_into_one(client: Client) -> None:
    await upload(client, "fake.png", b"not a picture")
    assert await client.status("GET", "/view?filename=fake.png&type=input&preview=webp") == 415


def test_a_pixel_bomb_is_judged_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LARGEST", 100)
    with pytest.raises(pictures.NotAPicture, match="too many"):
        pictures.read(io.BytesIO(png(size=(20, 6))))


async def test_a_mask_becomes_the_alpha_of_its_original(client: Client, server: Server) -> None:
    await upload(client, "original.png", png((50, 60, 70), prompt="{}"))
    ref = json.dumps({"filename": "original.png", "type": "input"})
    mask = png((0, 0, 0, 33))
    status, stored = await upload(client, "m.png", mask, to="mask", original_ref=ref, subfolder="clipspace")
    assert (status, stored["subfolder"]) == (200, "clipspace")
    made = Image.open(server.base / "input" / "clipspace" / "m.png")
    assert made.getpixel((0, 0)) == (50, 60, 70, 33)
    assert made.info["prompt"] == "{}"


@pytest.mark.parametrize(
    ("ref", "status"),
    [
        ("", 400),
        ("{}", 400),
        ('{"filename": "absent.png"}', 400),
        ('{"filename": "../../log"}', 403),
        ("7", 400),
    ],
)
async def test_a_mask_for_nothing_is_refused(client: Client, ref: str, status: int) -> None:
    data = form("m.png", png(), original_ref=ref)
    assert await client.status("POST", "/upload/mask", data=data) == status


async def test_the_gallery_shows_the_newest_pictures_and_where_they_come_from(client: Client) -> None:
    runs = [
        await client.submit({"5": {"class_type": "Draw", "inputs": {"name": f"g{n}/p"}}}) for n in range(2)
    ]
    await client.ended(runs[-1])
    shown = await client.get("/api/gallery?limit=2")
    assert shown == [
        {
            "filename": "p_00001_.png",
            "subfolder": f"g{n}",
            "type": "output",
            "prompt_id": runs[n],
            "node_id": "5",
        }
        for n in (1, 0)
    ]


async def test_a_picture_carries_the_workflow_that_made_it(client: Client) -> None:
    prompt = {"1": {"class_type": "Draw", "inputs": {"name": "carries"}}}
    extra = {"extra_pnginfo": {"workflow": {"nodes": [], "id": "w"}}}
    entry = await client.ended(await client.submit(prompt, extra_data=extra))
    item = entry["outputs"]["1"]["images"][0]
    async with client.session.get(f"{client.url}/view", params=item) as answer:
        image = Image.open(io.BytesIO(await answer.read()))
    assert json.loads(image.info["prompt"]) == prompt
    assert json.loads(image.info["workflow"]) == extra["extra_pnginfo"]["workflow"]


async def test_models_are_listed_by_folder_with_their_metadata(client: Client, server: Server) -> None:
    folder = server.base / "models" / "loras" / "style"
    folder.mkdir(parents=True, exist_ok=True)
    header = json.dumps({"__metadata__": {"ss_tag": "x"}}).encode()
    (folder / "one.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    (folder / "empty.safetensors").write_bytes(b"\xff" * 9)
    assert {"checkpoints", "loras", "vae"} <= set(await client.get("/models"))
    assert "output" not in await client.get("/models")
    assert await client.get("/models/loras") == ["style/empty.safetensors", "style/one.safetensors"]
    assert await client.get("/view_metadata/loras?filename=style/one.safetensors") == {"ss_tag": "x"}
    for query in (
        "loras?filename=style/empty.safetensors",
        "loras?filename=../x.safetensors",
        "loras",
        "no?x",
    ):
        assert await client.status("GET", f"/view_metadata/{query}") == 404
    assert await client.status("GET", "/models/unheard") == 404
    assert await client.status("GET", "/models/user") == 404


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("narrow"), "--max-upload-size", "0.1") as started:
        yield started


async def test_what_is_larger_than_the_limit_is_413_and_leaves_nothing(narrow: Server) -> None:
    async with aiohttp.ClientSession() as session:
        client = Client(session, narrow.url)
        big = b"x" * 200_000
        assert await client.status("POST", "/upload/image", data=form("big.png", big)) == 413
        assert await client.status("POST", "/prompt", data=big) == 413
        assert await client.status("POST", "/userdata/big", data=big) == 413
        assert (await client.get("/features"))["max_upload_size"] == 104_857
    left = [path for path in (*narrow.base.glob("input/*"), *narrow.base.glob("temp/*")) if path.is_file()]
    assert left == []


def test_a_draft_that_fails_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    from server import area

    path = tmp_path / "kept"
    area.write(path, b"old")

    def half() -> None:
        with area.draft(path) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("kept", b"old")]
