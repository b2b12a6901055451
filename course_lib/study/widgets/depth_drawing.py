"""How large the stream is after each layer of a stack, as HTML and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from course_lib.study.depth import Profile

WIDTH, HEIGHT = 680, 264
LEFT, RIGHT, TOP, BOTTOM = 52, 672, 10, 38  # room for the axes, in pixels of the picture
LOWEST, HIGHEST = -3, 2  # powers of ten at the ends of the axis
WIDEST_BAR = 28
STILL_DEPTHS = (1, 4, 16, 48)
COLUMNS = (*[f"RMS after {depth}" for depth in STILL_DEPTHS], f"cosine after {STILL_DEPTHS[-1]}")

STYLE = """
.ttt-depth{display:block;width:100%;max-width:680px;height:auto}
.ttt-depth text{font-size:13px;fill:var(--jp-content-font-color1,currentColor)}
.ttt-depth line{stroke:var(--ttt-rule)}
.ttt-depth .ttt-one{stroke:var(--jp-content-font-color1,currentColor);stroke-width:1.5}
"""


@dataclass(frozen=True)
class Scene:
    """A stack of layers and what becomes of the stream in it.

    Attributes:
        wiring: the name of the wiring; norm: that of the norm, empty if the wiring has none.
        profile: the stream before the first layer and after each.
    """

    wiring: str
    norm: str
    profile: Profile

    @property
    def depth(self) -> int:
        return len(self.profile.sizes) - 1


def number(value: float) -> str:
    """Return a size in a few characters, also where it is very small or large.

    Example:
        >>> number(2.284), number(34.9), number(0.0271), number(2e-61)
        ('2.28', '34.9', '0.027', '2e-61')
    """
    if value == 0:
        return "0"
    if 0.095 <= value < 9.995:
        return f"{value:.2f}"
    if 0.00095 <= value < 999.5:
        return f"{value:.2g}" if value < 1 else f"{value:.3g}"
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def headline(scene: Scene) -> str:
    """Say what the stack does to the stream."""
    layers = "1 layer" if scene.depth == 1 else f"{scene.depth} layers"
    norm = f" with {scene.norm}" if scene.norm else ""
    sizes, sameness = scene.profile.sizes, scene.profile.sameness
    return (
        f"{layers}, {scene.wiring}{norm}: RMS from {number(sizes[0])} to {number(sizes[-1])}; "
        f"cosine between positions from {sameness[0]:.2f} to {sameness[-1]:.2f}."
    )


def draw_scene(scene: Scene) -> str:
    """Return the headline and a bar a layer, up from 1 where the stream grew, else down."""
    floor = HEIGHT - BOTTOM
    step = (RIGHT - LEFT) / (scene.depth + 1)  # the stream before the first layer has a bar, too
    bars = "".join(
        _bar(layer, size, LEFT + layer * step, step)
        for layer, size in enumerate(scene.profile.sizes)
    )
    apart = next(n for n in (1, 2, 4) if step * n >= 40)
    marks = "".join(
        f'<text x="{LEFT + (layer + 0.5) * step:.1f}" y="{floor + 16}" text-anchor="middle">'
        f"{layer}</text>"
        for layer in range(0, scene.depth + 1, apart)
    )
    middle = (LEFT + RIGHT) / 2
    said = headline(scene)
    return (
        f'<p class="ttt-title" aria-live="polite">{said}</p>'
        '<p class="ttt-label">RMS of the stream, a bar a layer; each line is ten times the one '
        "below</p>"
        f'<svg class="ttt-depth" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">'
        f"{_lines()}{bars}{marks}"
        f'<text x="{middle}" y="{HEIGHT - 4}" text-anchor="middle">layers passed</text></svg>'
    )


def draw_table(scenes: Sequence[Scene]) -> str:
    """Return a table, a row a wiring: the RMS at some depths, and the cosine at the last."""
    heads = "".join(f'<th scope="col" class="ttt-number">{name}</th>' for name in COLUMNS)
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{scene.wiring}</th>'
        + "".join(f'<td class="ttt-number">{value}</td>' for value in _values(scene))
        + "</tr>"
        for scene in scenes
    )
    return (
        f"<table><caption>{_caption(scenes)}</caption><thead>"
        f'<tr class="ttt-row"><th scope="col">wiring</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def describe(scenes: Sequence[Scene]) -> str:
    """Return the same in plain text, a line a wiring."""
    lines = [_caption(scenes)]
    for scene in scenes:
        pairs = zip(COLUMNS, _values(scene), strict=True)
        lines.append(f"{scene.wiring}: " + ", ".join(f"{name} {value}" for name, value in pairs))
    return "\n".join(lines)


def _caption(scenes: Sequence[Scene]) -> str:
    norm = next(scene.norm for scene in scenes if scene.norm)
    return f"What the wirings make of a stream of RMS 1, after so many layers ({norm})"


def _values(scene: Scene) -> list[str]:
    sizes = [number(scene.profile.sizes[depth]) for depth in STILL_DEPTHS]
    return [*sizes, f"{scene.profile.sameness[STILL_DEPTHS[-1]]:.2f}"]


def _height(power: float) -> float:
    """Return how far from the top a power of ten lies, in pixels."""
    return TOP + (HIGHEST - power) / (HIGHEST - LOWEST) * (HEIGHT - TOP - BOTTOM)


def _lines() -> str:
    """Return a line and its label for each power of ten; that of 1, where bars begin, is bold."""
    return "".join(
        f'<line class="{"ttt-one" if power == 0 else "ttt-ten"}" x1="{LEFT}" x2="{RIGHT}" '
        f'y1="{_height(power):.1f}" y2="{_height(power):.1f}"/>'
        f'<text x="{LEFT - 8}" y="{_height(power) + 4:.1f}" text-anchor="end">{10.0**power:g}'
        "</text>"
        for power in range(LOWEST, HIGHEST + 1)
    )


def _bar(layer: int, size: float, left: float, step: float) -> str:
    """Return the bar of one layer; one that leaves the axis ends in a point."""
    power = log10(size) if size > 0 else float("-inf")
    inside = min(max(power, LOWEST), HIGHEST)
    start, end = _height(0), _height(inside)
    if abs(end - start) < 3:  # or it would not be seen
        start, end = start - 1.5, start + 1.5
    wide = min(step * 0.76, WIDEST_BAR)
    near = left + (step - wide) / 2
    far = near + wide
    if power == inside:
        shape = f"M{near:.1f} {start:.1f}V{end:.1f}H{far:.1f}V{start:.1f}z"
    else:
        neck = end + 9 * (1 if end < start else -1)
        shape = (
            f"M{near:.1f} {start:.1f}V{neck:.1f}L{(near + far) / 2:.1f} {end:.1f}"
            f"L{far:.1f} {neck:.1f}V{start:.1f}z"
        )
    where = f"after layer {layer}" if layer else "before the first layer"
    title = f"<title>{where}: {number(size)}</title>"
    return f'<path class="ttt-bar" d="{shape}" fill="var(--ttt-blue)">{title}</path>'
