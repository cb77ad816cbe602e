"""The main objects, each a big plain silhouette in one named colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from PIL import ImageDraw

from diffusion.training.palette import CREAM, DARK, LAMP, PANE, STONE, WOOD, Palette, Rgb, mix
from diffusion.training.world import Kind, Scene

Ink = tuple[int, ...]  # RGB or RGBA
Point = tuple[float, float]

BALLOON_HEIGHT: Final = 0.28  # of its bag's centre below the picture's top


@dataclass(frozen=True)
class Brush:
    """Draws in units of the picture's side times `scale`, from an origin; x to the right, y down."""

    draw: ImageDraw.ImageDraw
    side: int
    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0

    def at(self, x: float, y: float, scale: float) -> Brush:
        """The same brush with another origin and scale."""
        return replace(self, x=x, y=y, scale=scale)

    def place(self, x: float, y: float) -> Point:
        """A point in pixels."""
        return (self.x + x * self.scale) * self.side, (self.y + y * self.scale) * self.side

    def shape(self, points: Sequence[Point], ink: Ink) -> None:
        """A filled polygon."""
        self.draw.polygon([self.place(x, y) for x, y in points], fill=ink)

    def below(self, outline: Sequence[Point], ink: Ink) -> None:
        """Everything under an outline that runs from left to right."""
        self.shape([(0.0, 1.0), *outline, (1.0, 1.0)], ink)

    def disc(self, x: float, y: float, radius: float, ink: Ink) -> None:
        """A filled circle."""
        self.oval(x, y, radius, radius, ink)

    def oval(self, x: float, y: float, across: float, down: float, ink: Ink) -> None:
        """A filled ellipse with the given half axes."""
        self.draw.ellipse((*self.place(x - across, y - down), *self.place(x + across, y + down)), fill=ink)

    def mound(self, x: float, y: float, across: float, up: float, ink: Ink) -> None:
        """The upper half of an ellipse standing on y."""
        box = (*self.place(x - across, y - up), *self.place(x + across, y + up))
        self.draw.pieslice(box, 180, 360, fill=ink)

    def box(self, x0: float, y0: float, x1: float, y1: float, ink: Ink) -> None:
        """A filled rectangle."""
        self.draw.rectangle((*self.place(x0, y0), *self.place(x1, y1)), fill=ink)

    def pill(self, x0: float, y0: float, x1: float, y1: float, ink: Ink) -> None:
        """A rectangle with round ends."""
        radius = min(x1 - x0, y1 - y0) / 2 * self.side * self.scale
        self.draw.rounded_rectangle((*self.place(x0, y0), *self.place(x1, y1)), radius, fill=ink)

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float, ink: Ink) -> None:
        """A straight stroke."""
        ends = (*self.place(x0, y0), *self.place(x1, y1))
        self.draw.line(ends, fill=ink, width=round(width * self.side * self.scale))

    def star(self, x: float, y: float, size: float, ink: Ink) -> None:
        """A four-pointed star."""
        inner = size * 0.34
        tips = [(0.0, -size), (inner, -inner), (size, 0.0), (inner, inner)]
        self.shape([(x + a, y + b) for a, b in [*tips, *((-a, -b) for a, b in tips)]], ink)


@dataclass(frozen=True)
class Paint:
    """An object's colour, its shaded and lit sides, and the light it stands in."""

    plain: Rgb
    dark: Rgb
    bright: Rgb
    palette: Palette
    night: bool

    def lit(self, colour: Rgb) -> Rgb:
        """Another colour in the same light."""
        return self.palette.near(colour)


def draw_object(brush: Brush, scene: Scene, palette: Palette) -> None:
    """The scene's main object, standing at its place; a balloon hangs in the sky."""
    foot = BALLOON_HEIGHT if scene.kind == "balloon" else scene.horizon + 0.24
    paint = Paint(
        plain=palette.paint,
        dark=mix(palette.paint, palette.near((24, 16, 56)), 0.24),
        bright=mix(palette.paint, (255, 255, 255), 0.22),
        palette=palette,
        night=scene.time == "night",
    )
    DRAWERS[scene.kind](brush.at(scene.object_x, foot, scene.object_size), paint)


def trapezium(bottom: float, wide: float, top: float, narrow: float) -> list[Point]:
    """Two level edges around x = 0, given by their heights and half widths."""
    return [(-wide, bottom), (-narrow, top), (narrow, top), (wide, bottom)]


def tree(brush: Brush, paint: Paint) -> None:
    """A round crown of three balls on a trunk."""
    brush.shape([(-0.04, 0.0), (-0.028, -0.25), (0.028, -0.25), (0.05, 0.0)], paint.lit(WOOD))
    brush.disc(0.1, -0.26, 0.12, paint.dark)
    brush.disc(-0.1, -0.27, 0.125, paint.plain)
    brush.disc(0.0, -0.38, 0.16, paint.plain)
    brush.disc(-0.05, -0.42, 0.07, paint.bright)


def house(brush: Brush, paint: Paint) -> None:
    """Coloured walls under a dark gable roof, a door and a lit window."""
    brush.box(0.08, -0.38, 0.135, -0.24, paint.lit(STONE))
    brush.box(-0.17, -0.23, 0.17, 0.0, paint.plain)
    brush.shape([(-0.225, -0.2), (0.0, -0.4), (0.225, -0.2)], paint.lit(DARK))
    brush.box(-0.115, -0.13, -0.03, 0.0, paint.lit(WOOD))
    brush.box(0.04, -0.15, 0.12, -0.07, LAMP if paint.night else paint.lit(PANE))


def boat(brush: Brush, paint: Paint) -> None:
    """A big coloured sail and a small one over a brown hull."""
    brush.box(-0.008, -0.46, 0.014, -0.06, paint.lit(DARK))
    brush.shape([(0.02, -0.45), (0.22, -0.1), (0.02, -0.1)], paint.plain)
    brush.shape([(-0.02, -0.4), (-0.17, -0.1), (-0.02, -0.1)], paint.dark)
    brush.shape([(-0.23, -0.07), (0.25, -0.07), (0.16, 0.035), (-0.15, 0.035)], paint.lit(WOOD))


def lighthouse(brush: Brush, paint: Paint) -> None:
    """A tapering tower in two bands of its colour, a lamp room and a dark cap."""
    brush.mound(0.0, 0.03, 0.2, 0.09, paint.lit(STONE))
    if paint.night:
        reach = -1.0 / brush.scale  # the beam leaves the picture
        brush.shape([(0.0, -0.5), (reach, -0.7), (reach, -0.3)], (*LAMP, 70))
    brush.shape(trapezium(-0.03, 0.085, -0.44, 0.055), paint.plain)
    brush.shape(trapezium(-0.15, 0.076, -0.27, 0.067), paint.lit(CREAM))
    brush.box(-0.08, -0.46, 0.08, -0.43, paint.lit(DARK))
    brush.box(-0.042, -0.53, 0.042, -0.46, LAMP)
    brush.shape([(-0.07, -0.52), (0.0, -0.61), (0.07, -0.52)], paint.lit(DARK))


def balloon(brush: Brush, paint: Paint) -> None:
    """A hot-air balloon: a striped bag, its origin the bag's centre, and a basket."""
    brush.shape(trapezium(0.26, 0.045, 0.08, 0.15), paint.plain)
    brush.disc(0.0, 0.0, 0.175, paint.plain)
    brush.oval(0.0, 0.0, 0.075, 0.174, paint.bright)
    brush.shape(trapezium(0.26, 0.02, 0.05, 0.068), paint.bright)
    brush.box(-0.045, 0.26, 0.045, 0.275, paint.dark)
    brush.box(-0.045, 0.3, 0.045, 0.37, paint.lit(WOOD))


def tent(brush: Brush, paint: Paint) -> None:
    """A low wide tent with a shaded flank and an open flap."""
    brush.shape([(-0.26, 0.0), (-0.04, -0.29), (0.14, 0.0)], paint.plain)
    brush.shape([(-0.04, -0.29), (0.12, -0.25), (0.3, -0.02), (0.14, 0.0)], paint.dark)
    brush.shape([(-0.11, 0.0), (-0.045, -0.17), (0.03, 0.0)], LAMP if paint.night else paint.lit(DARK))


DRAWERS: Final[dict[Kind, Callable[[Brush, Paint], None]]] = {
    "tree": tree,
    "house": house,
    "boat": boat,
    "lighthouse": lighthouse,
    "balloon": balloon,
    "tent": tent,
}
