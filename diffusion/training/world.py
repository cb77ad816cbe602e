"""The procedural world: what a scene holds, drawn by lot from a seed."""

from __future__ import annotations

import dataclasses
import random
import zlib
from dataclasses import dataclass
from typing import Final, Literal

Time = Literal["dawn", "day", "sunset", "night"]
Ground = Literal["meadow", "desert", "snow", "sea"]
Kind = Literal["tree", "house", "boat", "lighthouse", "balloon", "tent"]
Colour = Literal["red", "yellow", "green", "blue", "purple", "white"]
Weather = Literal["clear", "cloudy", "rain", "snowfall"]
Backdrop = Literal["none", "hills", "mountains"]

TIMES: Final[tuple[Time, ...]] = ("dawn", "day", "sunset", "night")
GROUNDS: Final[tuple[Ground, ...]] = ("meadow", "desert", "snow", "sea")
KINDS: Final[tuple[Kind, ...]] = ("tree", "house", "boat", "lighthouse", "balloon", "tent")
COLOURS: Final[tuple[Colour, ...]] = ("red", "yellow", "green", "blue", "purple", "white")
WEATHERS: Final[tuple[Weather, ...]] = ("clear", "cloudy", "rain", "snowfall")
BACKDROPS: Final[tuple[Backdrop, ...]] = ("none", "hills", "mountains")

LAND_KINDS: Final[tuple[Kind, ...]] = ("tree", "house", "lighthouse", "balloon", "tent")
SEA_KINDS: Final[tuple[Kind, ...]] = ("boat", "lighthouse", "balloon")

ATTRIBUTES: Final[dict[str, tuple[str, ...]]] = {
    "time": TIMES,
    "ground": GROUNDS,
    "kind": KINDS,
    "colour": COLOURS,
}
"""What a caption is measured on, with the values each may take."""

HELD_OUT_SHARE: Final = 10  # one combination of the four attributes in ten is never trained on


@dataclass(frozen=True)
class Scene:
    """One picture's content. Positions and sizes are in units of the picture's side."""

    time: Time
    ground: Ground
    kind: Kind
    colour: Colour
    weather: Weather
    backdrop: Backdrop
    grove: bool  # small pines (cacti in the desert, islets at sea) behind the main object
    horizon: float
    object_x: float
    object_size: float
    light_x: float  # where sun or moon stands
    light_y: float
    seed: int  # of the painter's own small choices: cloud shapes, stars, ridges

    @property
    def held_out(self) -> bool:
        """Whether this combination of attributes is kept from training."""
        name = f"{self.time} {self.ground} {self.kind} {self.colour}"
        return zlib.crc32(name.encode()) % HELD_OUT_SHARE == 0


def scene_of(seed: int) -> Scene:
    """The scene of a seed; the same seed gives the same scene on every machine."""
    lot = random.Random(seed)
    ground = lot.choice(GROUNDS)
    kind = lot.choice(SEA_KINDS if ground == "sea" else LAND_KINDS)
    object_x = lot.uniform(0.3, 0.7)
    return Scene(
        time=lot.choice(TIMES),
        ground=ground,
        kind=kind,
        colour=lot.choice(COLOURS),
        weather=lot.choices(WEATHERS, (5, 3, 1.2, 1.2))[0],
        backdrop=lot.choices(BACKDROPS, (1, 1, 1.5))[0],
        grove=lot.random() < 0.35,
        horizon=lot.uniform(0.54, 0.64),
        object_x=object_x,
        object_size=lot.uniform(0.9, 1.1),
        light_x=lot.uniform(0.12, 0.24) if object_x > 0.5 else lot.uniform(0.76, 0.88),
        light_y=lot.uniform(0.14, 0.26),
        seed=seed,
    )


def training_scene(seed: int) -> Scene:
    """The scene of a seed, moved off the held-out combinations by changing its colour."""
    scene = scene_of(seed)
    order = list(COLOURS)
    random.Random(seed).shuffle(order)
    for colour in order:
        if not scene.held_out:
            return scene
        scene = dataclasses.replace(scene, colour=colour)
    return scene
