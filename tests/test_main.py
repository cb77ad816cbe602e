"""The command line, as a user types it, with the real worker."""

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

import main
from graph.schema import InputSpec, Schema
from runtime.catalogue import Catalogue
from runtime.headless import BadChange, Done, changed, run
from tests.runtime.test_engine import settings
from tests.runtime.tiny import choosing, through

ROOT = Path(__file__).parent.parent

PACK = '''
from typing import Annotated
from nodes.api import Context, Range, Result, node

@node("test")
def seeded(context: Context, *, seed: Annotated[int, Range(0, 9)] = 3, text: str = "a") -> int:
    """A node of this test."""
    for step in range(3):
        context.progress(step + 1, 3)
    return seed

@node("test", is_output=True)
def write_it(context: Context, *, value: int = 0, prefix: str = "it") -> Result:
    """Write a number."""
    place = context.folders.save_path("output", prefix)
    (place.directory / place.name()).write_text(str(value))
    return Result(ui={"images": [{"filename": place.name(), "subfolder": "", "type": "output"}]})

@node("test", name="KSampler")
def imposter() -> int:
    """What there is already."""
    return 1
'''

PROMPT: dict[str, Any] = {
    "3": {"class_type": "Seeded", "inputs": {"seed": 5, "text": "a"}},
    "4": {"class_type": "WriteIt", "inputs": {"value": ["3", 0], "prefix": "it"}},
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("base")
    (made / "custom_nodes").mkdir()
    imposter = PACK.index('@node("test", name="KSampler")')
    header = PACK[: PACK.index('@node("test")')]
    (made / "custom_nodes" / "good.py").write_text(PACK[:imposter])
    (made / "custom_nodes" / "shadow.py").write_text(header + PACK[imposter:])
    (made / "custom_nodes" / "broken.py").write_text("import nothing_of_this_name")
    (made / "workflow.json").write_text(json.dumps(PROMPT))
    return made


def heddle(base: Path, command: str, *words: str) -> subprocess.CompletedProcess[str]:
    options = ["--base-directory", str(base), "--cpu"]
    typed = [sys.executable, str(ROOT / "main.py"), command, *words, *options]
    return subprocess.run(typed, cwd=base, capture_output=True, text=True, timeout=60, check=False)


def test_a_workflow_runs_headless_with_an_input_set_and_says_where_its_picture_is(base: Path) -> None:
    ended = heddle(base, "run", "workflow.json", "--set", "3.seed=7", "--output", "out")
    assert ended.returncode == 0, ended.stderr
    path = Path(ended.stdout.strip())
    assert path == base / "out" / "it_00001_.png"
    assert path.read_text() == "7"
    assert "3/3" in ended.stderr  # the progress bar
    assert "error:" not in ended.stderr


def test_node_types_are_listed_and_packs_that_failed_are_named(base: Path) -> None:
    listed = heddle(base, "nodes")
    assert listed.returncode == 0
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    assert {"KSampler", "Seeded", "WriteIt"} <= set(names)
    assert "pack broken was left out" in listed.stderr
    assert "pack shadow was left out: it defines KSampler" in listed.stderr
    data = json.loads(heddle(base, "nodes", "--json").stdout)
    assert data["Seeded"]["input"]["required"]["seed"] == ["INT", {"default": 3, "min": 0, "max": 9}]
    assert data["Seeded"]["python_module"] == "custom_nodes.good"
    assert data["KSampler"]["python_module"] == "nodes"


WRONG = {
    "no file": (["absent.json"], "cannot read absent.json"),
    "no json": (["log.txt"], "not JSON"),
    "no workflow": (["empty.json"], "holds no nodes"),
    "plain png": (["plain.png"], "carries no workflow"),
    "unknown node": (["unknown.json"], "Unheard"),
    "bad target": (["workflow.json", "--set", "9.seed=1"], "there is no node '9'; there are 3, 4"),
    "bad input": (["workflow.json", "--set", "3.sed=1"], "no input 'sed'; it has seed, text"),
    "bad value": (["workflow.json", "--set", "3.seed=99"], "node 3 (Seeded)"),
}


@pytest.mark.parametrize(("words", "told"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_run_is_said_readably_with_a_failing_status(
    base: Path, words: list[str], told: str
) -> None:
    (base / "log.txt").write_text("nothing")
    (base / "empty.json").write_text("{}")
    (base / "plain.png").write_bytes(png())
    (base / "unknown.json").write_text('{"1": {"class_type": "Unheard", "inputs": {}}}')
    ended = heddle(base, "run", *words)
    assert ended.returncode == 1
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def png(**texts: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for key, value in texts.items():
        info.add_text(key, value)
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def test_the_workflow_in_a_picture_is_converted(base: Path) -> None:
    (base / "carries.png").write_bytes(png(prompt=json.dumps(PROMPT)))
    ended = heddle(base, "convert", "carries.png")
    assert (ended.returncode, json.loads(ended.stdout)) == (0, PROMPT)


def test_the_default_workflow_is_converted_to_what_everyone_knows(base: Path) -> None:
    ended = heddle(base, "convert", str(ROOT / "workflows" / "text_to_image.json"))
    prompt = json.loads(ended.stdout)
    assert prompt["3"]["class_type"] == "KSampler"
    assert prompt["9"]["inputs"]["images"] == ["8", 0]


@pytest.mark.parametrize("words", [["--nonsense"], ["serve", "--port"], ["run"], ["nodes", "--port", "1"]])
def test_unknown_or_incomplete_options_are_an_error(words: list[str]) -> None:
    with pytest.raises(SystemExit) as told:
        main.main(words)
    assert told.value.code == 2


def test_serve_is_what_happens_without_a_command() -> None:
    arguments = main.parser().parse_args(["serve"])
    assert (arguments.listen, arguments.port) == ("127.0.0.1", 8188)
    assert main.parser().parse_args(["serve", "--listen"]).listen == "0.0.0.0"


SEEDED = Schema("Seeded", "", "", "", (InputSpec("seed", "INT"), InputSpec("text", "STRING")), ())
KNOWN = Catalogue({"Seeded": SEEDED}, ())


def test_a_value_is_read_by_the_type_of_its_input() -> None:
    prompt = changed(PROMPT, ["3.seed=7", "3.text=12", "3.text=a=b.c"], KNOWN)
    assert prompt["3"]["inputs"] == {"seed": 7, "text": "a=b.c"}
    assert PROMPT["3"]["inputs"]["seed"] == 5


def choice(key: str, *names: str) -> dict[str, Any]:
    return {"key": key, "inputs": {"required": {name: ["INT", {}] for name in names}}}


SIZES = {"options": [choice("2", "width", "height"), choice("by width", "width"), choice("none")]}


def test_a_part_that_a_choice_brings_is_set_by_its_dotted_name() -> None:
    sized = Schema("Sized", "", "", "", (InputSpec("to", "COMFY_DYNAMICCOMBO_V3", options=SIZES),), ())
    prompt = {"4": {"class_type": "Sized", "inputs": {"to": "by width", "to.width": 8}}}
    known = Catalogue({"Sized": sized}, ())
    assert changed(prompt, ["4.to.width=64"], known)["4"]["inputs"] == {"to": "by width", "to.width": 64}
    other = changed(prompt, ["4.to=2", "4.to.height=9"], known)
    assert other["4"]["inputs"] == {"to": "2", "to.width": 8, "to.height": 9}
    with pytest.raises(BadChange, match=r"no input 'to\.height'; it has to, to\.width"):
        changed(prompt, ["4.to.height=9"], known)


def test_a_part_that_a_linked_slot_brings_is_set_by_its_dotted_name() -> None:
    slot = {"slotType": "IMAGE", **choice("", "amount")}
    guided = Schema("Guided", "", "", "", (InputSpec("guide", "COMFY_DYNAMICSLOT_V3", options=slot),), ())
    known = Catalogue({"Guided": guided}, ())
    free: dict[str, Any] = {"4": {"class_type": "Guided", "inputs": {}}}
    linked = {"4": {"class_type": "Guided", "inputs": {"guide": ["3", 0]}}}
    assert changed(linked, ["4.guide.amount=9"], known)["4"]["inputs"]["guide.amount"] == 9
    with pytest.raises(BadChange, match=r"no input 'guide\.amount'; it has guide$"):
        changed(free, ["4.guide.amount=9"], known)


@pytest.mark.parametrize("change", ["seed=1", "3.seed", "3", ""])
def test_a_change_that_cannot_be_read_shows_how_to_write_it(change: str) -> None:
    with pytest.raises(BadChange, match=r"NODE\.INPUT=VALUE"):
        changed(PROMPT, [change], KNOWN)


def test_a_failing_node_is_named_at_the_end(tmp_path: Path) -> None:
    async def fail() -> Done:
        return await run(settings(tmp_path), through("Fail", value=1), [], asyncio.Event(), no_bar)

    done = asyncio.run(fail())
    assert (done.status, done.problems) == ("error", ("node 1 (Fail): no luck with 1",))


def test_a_question_with_nobody_to_ask_does_not_hang(tmp_path: Path) -> None:
    async def ask() -> Done:
        return await run(settings(tmp_path), choosing(), [], asyncio.Event(), no_bar)

    done = asyncio.run(ask())
    assert done.status == "error"
    assert done.problems == (
        "node 1 (Choose): node 1 asks a person, and this run has nobody who could answer",
    )


def no_bar(node: str, total: int) -> Any:
    raise AssertionError("nothing tells its progress here")
