"""The colours of the world, and how each time of day and weather lights them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from diffusion.training.world import Colour, Ground, Scene, Time

Rgb = tuple[int, int, int]

SKIES: Final[dict[Time, tuple[Rgb, Rgb, Rgb]]] = {  # top, middle, horizon
    "dawn": ((158, 168, 222), (238, 188, 206), (255, 232, 204)),
    "day": ((62, 150, 232), (122, 190, 244), (206, 234, 250)),
    "sunset": ((104, 52, 122), (228, 88, 78), (255, 188, 84)),
    "night": ((14, 20, 58), (28, 42, 98), (58, 76, 142)),
}
LIGHTS: Final[dict[Time, tuple[float, float, float]]] = {  # multiplies what is far or on the ground
    "dawn": (0.98, 0.88, 0.92),
    "day": (1.0, 1.0, 1.0),
    "sunset": (0.97, 0.79, 0.72),
    "night": (0.42, 0.50, 0.68),
}
OBJECT_LIGHTS: Final[dict[Time, tuple[float, float, float]]] = {  # gentler: the eye goes there
    "dawn": (1.0, 0.95, 0.95),
    "day": (1.0, 1.0, 1.0),
    "sunset": (0.98, 0.88, 0.84),
    "night": (0.84, 0.85, 0.92),
}
GROUND_COLOURS: Final[dict[Ground, tuple[Rgb, Rgb]]] = {  # far, near
    "meadow": ((158, 206, 104), (98, 170, 78)),
    "desert": ((240, 206, 138), (222, 164, 92)),
    "snow": ((226, 236, 248), (204, 220, 242)),
    "sea": ((86, 178, 196), (34, 116, 156)),
}
BACKDROP_COLOURS: Final[dict[Ground, Rgb]] = {
    "meadow": (112, 150, 150),
    "desert": (196, 134, 108),
    "snow": (142, 164, 200),
    "sea": (104, 144, 170),
}
OBJECT_COLOURS: Final[dict[Colour, Rgb]] = {
    "red": (222, 40, 44),
    "yellow": (255, 212, 30),
    "green": (16, 138, 72),
    "blue": (32, 84, 222),
    "purple": (142, 50, 190),
    "white": (255, 255, 255),
}
SUNS: Final[dict[Time, Rgb]] = {
    "dawn": (255, 244, 200),
    "day": (255, 240, 130),
    "sunset": (255, 224, 110),
    "night": (244, 240, 214),
}
WOOD: Final[Rgb] = (112, 74, 50)
STONE: Final[Rgb] = (104, 100, 112)
PANE: Final[Rgb] = (176, 214, 236)
CREAM: Final[Rgb] = (246, 232, 206)
DARK: Final[Rgb] = (70, 54, 66)
PINE: Final[Rgb] = (46, 104, 84)
CACTUS: Final[Rgb] = (92, 142, 84)
LAMP: Final[Rgb] = (255, 222, 120)


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """The colour `share` of the way from the first to the second."""
    r, g, b = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return r, g, b


def lit(colour: Rgb, light: tuple[float, float, float]) -> Rgb:
    """A colour under a light, channel by channel."""
    r, g, b = (min(255, round(c * part)) for c, part in zip(colour, light, strict=True))
    return r, g, b


@dataclass(frozen=True)
class Palette:
    """The colours of one scene, lit and dimmed."""

    sky: tuple[Rgb, Rgb, Rgb]
    far: Rgb
    ground: tuple[Rgb, Rgb]
    sun: Rgb
    cloud: Rgb
    paint: Rgb  # the main object's named colour
    light: tuple[float, float, float]
    object_light: tuple[float, float, float]

    def near(self, colour: Rgb) -> Rgb:
        """A colour of the main object's parts."""
        return lit(colour, self.object_light)

    def on_ground(self, colour: Rgb) -> Rgb:
        """A colour of something standing in the landscape."""
        return lit(colour, self.light)


def palette_of(scene: Scene) -> Palette:
    """The colours of a scene: its time's light, its weather's haze."""
    light = LIGHTS[scene.time]
    haze = {"clear": 0.0, "cloudy": 0.08, "rain": 0.3, "snowfall": 0.18}[scene.weather]
    grey = lit((176, 184, 196), light)
    top, middle, low = (mix(c, grey, haze) for c in SKIES[scene.time])
    far, near = (mix(lit(c, light), grey, haze / 3) for c in GROUND_COLOURS[scene.ground])
    return Palette(
        sky=(top, middle, low),
        far=mix(mix(lit(BACKDROP_COLOURS[scene.ground], light), low, 0.25), grey, haze),
        ground=(far, near),
        sun=SUNS[scene.time],
        cloud=mix(mix(lit((255, 255, 255), light), middle, 0.3), grey, haze * 1.5),
        paint=lit(OBJECT_COLOURS[scene.colour], OBJECT_LIGHTS[scene.time]),
        light=light,
        object_light=OBJECT_LIGHTS[scene.time],
    )
