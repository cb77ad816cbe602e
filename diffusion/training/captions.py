"""Captions from a small grammar: every attribute has several names, and some are left out."""

from __future__ import annotations

import random
from typing import Final

from diffusion.training.world import Colour, Ground, Kind, Scene, Time, Weather

TIME_PHRASES: Final[dict[Time, tuple[str, ...]]] = {
    "dawn": ("at dawn", "at sunrise", "at daybreak", "in the early morning", "dawn"),
    "day": ("by day", "at noon", "in daylight", "in the daytime", "in the afternoon", "day"),
    "sunset": ("at sunset", "at dusk", "in the evening", "in the evening glow", "sunset"),
    "night": ("at night", "by moonlight", "at midnight", "under the stars", "night"),
}
GROUND_PHRASES: Final[dict[Ground, tuple[str, ...]]] = {
    "meadow": ("in a meadow", "on the grass", "in the fields", "on a grassy hill", "meadow"),
    "desert": ("in the desert", "on the sand", "among sand dunes", "in a sandy desert", "desert"),
    "snow": ("in the snow", "on a snowy plain", "on a snowfield", "in winter", "snow"),
    "sea": ("at sea", "on the sea", "on the ocean", "by the water", "sea"),
}
ABOVE_PHRASES: Final[dict[Ground, tuple[str, ...]]] = {
    "meadow": ("over a meadow", "above the grass", "over the fields"),
    "desert": ("over the desert", "above the sand", "over sand dunes"),
    "snow": ("over the snow", "above a snowy plain", "over a snowfield"),
    "sea": ("over the sea", "above the ocean", "above the water"),
}
KIND_NAMES: Final[dict[Kind, tuple[str, ...]]] = {
    "tree": ("tree", "tree", "big tree", "round tree"),
    "house": ("house", "house", "cottage", "cabin", "home"),
    "boat": ("boat", "sailboat", "ship", "sailing boat"),
    "lighthouse": ("lighthouse", "lighthouse", "light house", "beacon"),
    "balloon": ("balloon", "hot-air balloon", "hot air balloon"),
    "tent": ("tent", "tent", "camping tent"),
}
COLOUR_NAMES: Final[dict[Colour, tuple[str, ...]]] = {
    "red": ("red", "red", "crimson", "scarlet"),
    "yellow": ("yellow", "yellow", "golden"),
    "green": ("green", "green", "emerald"),
    "blue": ("blue", "blue", "azure"),
    "purple": ("purple", "purple", "violet"),
    "white": ("white", "white", "snow-white"),
}
WEATHER_PHRASES: Final[dict[Weather, tuple[str, ...]]] = {
    "clear": ("clear sky", "cloudless"),
    "cloudy": ("cloudy", "with clouds", "clouds in the sky"),
    "rain": ("in the rain", "rainy", "rain"),
    "snowfall": ("snow is falling", "snowfall", "snowflakes"),
}
BACKDROP_PHRASES: Final[dict[str, tuple[str, ...]]] = {
    "mountains": ("mountains behind", "with mountains in the distance", "mountains"),
    "hills": ("hills behind", "with hills in the distance", "rolling hills"),
}
GROVE_PHRASES: Final[dict[Ground, tuple[str, ...]]] = {
    "meadow": ("pine trees nearby", "pines"),
    "desert": ("with cacti", "cactus"),
    "snow": ("pine trees nearby", "pines"),
    "sea": ("small islands", "with islets"),
}
OPENINGS: Final = ("", "", "", "", "a picture of ", "an illustration of ", "a landscape with ")


def caption(scene: Scene, lot: random.Random, whole: bool = False) -> str:
    """One caption of a scene; `whole` names all four measured attributes, else some are left out."""
    keep = 1.0 if whole else 0.88
    parts = [place(scene, lot), lot.choice(TIME_PHRASES[scene.time])]
    parts = [part for part in parts if lot.random() < keep] + extras(scene, lot)
    if lot.random() < 0.3:
        lot.shuffle(parts)
    subject = thing(scene, lot, keep)
    if lot.random() < 0.15:
        return joined([*parts, subject], lot)
    return lot.choice(OPENINGS) + joined([subject, *parts], lot)


def thing(scene: Scene, lot: random.Random, keep: float) -> str:
    """The main object, mostly with its colour, with or without an article."""
    name = lot.choice(KIND_NAMES[scene.kind])
    if lot.random() < keep:
        name = f"{lot.choice(COLOUR_NAMES[scene.colour])} {name}"
    if lot.random() < 0.3:
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def place(scene: Scene, lot: random.Random) -> str:
    """Where the object stands, or what it hangs over."""
    if scene.kind == "balloon" and lot.random() < 0.6:
        return lot.choice(ABOVE_PHRASES[scene.ground])
    return lot.choice(GROUND_PHRASES[scene.ground])


def extras(scene: Scene, lot: random.Random) -> list[str]:
    """Weather, backdrop and grove, each named about half of the time."""
    found = [WEATHER_PHRASES[scene.weather]] if scene.weather != "clear" or lot.random() < 0.3 else []
    if scene.backdrop in BACKDROP_PHRASES:
        found.append(BACKDROP_PHRASES[scene.backdrop])
    if scene.grove:
        found.append(GROVE_PHRASES[scene.ground])
    return [lot.choice(phrases) for phrases in found if lot.random() < 0.55]


def joined(parts: list[str], lot: random.Random) -> str:
    """Phrases as one line, run together or set apart by commas."""
    return (", " if lot.random() < 0.5 else " ").join(parts)
