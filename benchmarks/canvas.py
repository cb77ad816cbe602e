"""How the canvas feels with many nodes: headless Chromium without a GPU on the cores of this machine.

    python -m benchmarks.canvas [--nodes 200 1000 3000]

Frame medians in milliseconds (16.7 is the screen's own pace): at 100 % zoom, at 62 % where most nodes
are mounted, and with the whole workflow in the window. "open" is from dropping the file until all of it
is drawn.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PROBE = ROOT / "web" / "tests" / "perf" / "probe.js"
DIST = ROOT / "web" / "dist"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
NodeType = tuple[str, int, int, list[Any], list[tuple[str, str]], list[str]]
SIZE = {"width": 1400, "height": 900}
TYPES: tuple[NodeType, ...] = (  # type, width, height, widgets, inputs (name, type), outputs (type)
    ("CheckpointLoaderSimple", 315, 98, ["heddle-demo.safetensors"], [], ["MODEL", "CLIP", "VAE"]),
    ("CLIPTextEncode", 340, 164, ["a red house by the sea"], [("clip", "CLIP")], ["CONDITIONING"]),
    ("EmptyLatentImage", 280, 106, [128, 128, 1], [], ["LATENT"]),
    (
        "KSampler",
        280,
        262,
        [7, "fixed", 20, 7.0, "euler", "normal", 1.0],
        [
            ("model", "MODEL"),
            ("positive", "CONDITIONING"),
            ("negative", "CONDITIONING"),
            ("latent_image", "LATENT"),
        ],
        ["LATENT"],
    ),
    ("VAEDecode", 210, 46, [], [("samples", "LATENT"), ("vae", "VAE")], ["IMAGE"]),
    ("LatentUpscale", 280, 130, ["nearest-exact", 512, 512, "disabled"], [("samples", "LATENT")], ["LATENT"]),
)
CELL = (420, 340)
GESTURE = 40  # moves of the pointer
PACE = 8  # ms from move to move: a quick hand on a usual mouse


def workflow(count: int, seed: int = 1) -> dict[str, Any]:
    """A grid of usual nodes, about two wires a node, most of them to neighbours."""
    chance = random.Random(seed)
    columns = max(1, round(count**0.5 * 1.1))
    nodes: list[dict[str, Any]] = []
    links: list[list[Any]] = []
    free: dict[str, list[tuple[int, int]]] = {}
    for number in range(1, count + 1):
        kind, width, height, values, inputs, outputs = TYPES[(number - 1) % len(TYPES)]
        sockets = []
        for slot, (name, wire) in enumerate(inputs):
            sources = free.get(wire, [])[-12:]
            link = None
            if sources:
                source, source_slot = chance.choice(sources)
                link = len(links) + 1
                links.append([link, source, source_slot, number, slot, wire])
            sockets.append({"name": name, "type": wire, "link": link})
        place = [(number - 1) % columns * CELL[0], (number - 1) // columns * CELL[1]]
        nodes.append(
            {
                "id": number,
                "type": kind,
                "pos": place,
                "size": [width, height],
                "flags": {},
                "order": number,
                "mode": 0,
                "inputs": sockets,
                "outputs": [{"name": wire, "type": wire, "links": None} for wire in outputs],
                "properties": {},
                "widgets_values": values,
            }
        )
        for slot, wire in enumerate(outputs):
            free.setdefault(wire, []).append((number, slot))
    return {
        "last_node_id": count,
        "last_link_id": len(links),
        "nodes": nodes,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


@contextmanager
def served(front_end: Path) -> Iterator[str]:
    """A server with folders of its own; its address."""
    with tempfile.TemporaryDirectory() as folder:
        places = [f"--{name}-directory={folder}/{name}" for name in ("output", "input", "temp", "user")]
        words = [sys.executable, "main.py", "--port=0", "--cpu", f"--front-end-root={front_end}", *places]
        process = subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()
            process.wait(timeout=40)
            process.stdout.close()


def measure(page: Page, count: int) -> list[float]:
    """open, then pan and drag at 100 %, at 50 %, then fit, pan and drag from afar; all in ms."""
    text = json.dumps(workflow(count))
    opened = page.evaluate(
        """async ([count, text]) => await probe.until(async () => {
            probe.drop(`many-${count}.json`, text);
            const shown = () => document.title.startsWith(`many-${count}`);
            while (!shown()) await new Promise((resolve) => setTimeout(resolve, 4));
        })""",
        [count, text],
    )
    page.wait_for_timeout(1500)
    found = [float(opened)]
    for zoom in (1.0, 0.62):
        at_zoom(page, zoom)
        found += [median(page, lambda: pan(page)), median(page, lambda: drag(page))]
    found.append(
        float(
            page.evaluate(
                """async () => await probe.until(() =>
            window.dispatchEvent(new KeyboardEvent("keydown", { key: "f", code: "KeyF", bubbles: true })))"""
            )
        )
    )
    page.wait_for_timeout(600)
    return [*found, median(page, lambda: pan(page)), median(page, lambda: drag(page))]


def at_zoom(page: Page, zoom: float) -> None:
    """The middle of the workflow at this zoom, everything there mounted."""
    page.keyboard.press("Control+0")
    page.wait_for_timeout(900)
    if zoom != 1.0:
        page.mouse.move(SIZE["width"] / 2, SIZE["height"] / 2)
        for _ in range(30):
            shown = re.search(
                r"scale\((.+?)\)", page.locator(".react-flow__viewport").get_attribute("style") or ""
            )
            if shown is None or float(shown[1]) <= zoom * 1.04:
                break
            page.mouse.wheel(0, 60)
            page.wait_for_timeout(120)
    page.wait_for_timeout(900)


def median(page: Page, gesture: Callable[[], None]) -> float:
    """The median time from frame to frame while the gesture goes on."""
    page.evaluate("probe.begin()")
    gesture()
    return float(statistics.median(page.evaluate("probe.end()")))


def pan(page: Page) -> None:
    """With the middle button, there and back."""
    page.mouse.move(700, 450)
    page.mouse.down(button="middle")
    for step in range(GESTURE):
        page.mouse.move(700 + 12 * (step if step < GESTURE / 2 else GESTURE - step), 450)
        page.wait_for_timeout(PACE)
    page.mouse.up(button="middle")


def drag(page: Page) -> None:
    """The node nearest to the middle, by its title."""
    if page.get_by_test_id("far-canvas").count():
        x, y = 700.0, 450.0
    else:
        titles = page.locator(".react-flow__node h3").all()
        boxes = [box for title in titles if (box := title.bounding_box())]
        boxes = [box for box in boxes if 200 < box["x"] < 1200 and 150 < box["y"] < 700] or boxes
        box = min(boxes, key=lambda it: abs(it["x"] - 700) + abs(it["y"] - 450))
        x, y = box["x"] + 4, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(GESTURE):
        page.mouse.move(x + 4 * (step if step < GESTURE / 2 else GESTURE - step), y + 2 * step)
        page.wait_for_timeout(PACE)
    page.mouse.up()
    page.keyboard.press("Control+z")


def weights(dist: Path) -> str:
    """The scripts that the page asks for before anything can be seen, gzip."""
    first = re.findall(r'(?:src|href)="\./(assets/[^"]+\.js)"', (dist / "index.html").read_text())
    size = sum(len(gzip.compress((dist / name).read_bytes())) for name in first)
    whole = sum(len(gzip.compress(path.read_bytes())) for path in (dist / "assets").glob("*.js"))
    return f"initial scripts {size / 1000:.0f} kB gzip in {len(first)} files, of {whole / 1000:.0f} kB in all"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nodes", type=int, nargs="+", default=[200, 1000, 3000])
    parser.add_argument("--front-end-root", type=Path, default=DIST)
    options = parser.parse_args()
    rows = []
    with served(options.front_end_root) as address, sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        for count in options.nodes:
            context = browser.new_context(viewport=SIZE)  # type: ignore[arg-type]
            page = context.new_page()
            page.add_init_script(path=PROBE)
            page.goto(address)
            page.get_by_test_id("run").wait_for()
            page.wait_for_timeout(2500)
            rows.append((count, measure(page, count)))
            context.close()
        browser.close()
    print(
        "| nodes |  open | pan 100 % | drag 100 % | pan 62 % | drag 62 % |  fit | pan at fit | drag at fit |"
    )
    print(
        "|-------|-------|-----------|------------|----------|-----------|------|------------|-------------|"
    )
    for count, (opened, *rest) in rows:
        widths = (9, 10, 8, 9, 4, 10, 11)
        cells = " | ".join(f"{value:>{width}.0f}" for value, width in zip(rest, widths, strict=True))
        print(f"| {count:>5,} | {opened:>5.0f} | {cells} |")
    print(f"\n{weights(options.front_end_root)}")


if __name__ == "__main__":
    main()
