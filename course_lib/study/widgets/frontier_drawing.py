"""True reward against the distance from the reference: all methods pale, one strong, as HTML."""

from collections.abc import Sequence
from html import escape
from itertools import compress, pairwise
from math import atan2, degrees, hypot, isnan

from course_lib.study.frontier import Point
from course_lib.study.widgets.frontier_scenes import (
    METHODS,
    Points,
    Scene,
    components,
    course,
    direction,
    headline,
    on_the_way,
    settings,
    signed,
)

WIDTH, HEIGHT = 760, 430
LEFT, RIGHT, TOP, BOTTOM = 52, 744, 22, 376  # of the plot, in pixels
FARTHEST, MOST = 7.5, 3.0  # nats, reward: the ends of the axes; 3 is what the best answer is worth
SMALL, LARGE, SHORTEST = 4.5, 8, 36  # radius of a point, of the last look; pixels of a step
HUES = dict(zip(METHODS, ("blue", "orange", "pine", "plum"), strict=True))
# Shapes of radius 1, so that methods differ by more than their colors.
SHAPES = {
    "PPO": '<circle r="1"/>',
    "DPO": '<rect x="-.9" y="-.9" width="1.8" height="1.8"/>',
    "GRPO": '<path d="M0-1.2L1.1.8H-1.1z"/>',
    "best-of-n": '<path d="M0-1.3L1.3 0 0 1.3-1.3 0z"/>',
}
KEY_LEFT, KEY_TOP, KEY_ROW = 470, 306, 22
COLUMNS = ("true reward", "nats", "right", "polite", "false", "needless", "gain of the proxy")
CAPTION = "Where each method ends: means of all runs"

STYLE = """
.ttt-frontier{display:block;width:100%;max-width:760px;height:auto;margin:.6em 0 .4em}
.ttt-frontier text{font-size:14px;fill:var(--jp-content-font-color1,currentColor)}
.ttt-frontier .ttt-axis{stroke:var(--jp-content-font-color1,currentColor);stroke-width:1;
fill:none}
.ttt-frontier .ttt-bound{stroke-dasharray:2 4}
.ttt-frontier .ttt-point{fill:var(--ttt-hue)}
.ttt-frontier .ttt-pale{opacity:.4}
.ttt-frontier .ttt-way{stroke:var(--ttt-hue);stroke-width:2.5;fill:none;stroke-linejoin:round}
.ttt-frontier .ttt-start{stroke:var(--ttt-hue);stroke-width:2.5;
fill:var(--jp-layout-color0,Canvas)}
.ttt-frontier .ttt-end{stroke:var(--jp-layout-color0,Canvas);stroke-width:.25}
.ttt.ttt .ttt-stops{margin-bottom:1.4em}
.ttt.ttt .ttt-row th.ttt-method{white-space:nowrap}
.ttt.ttt .ttt-stops .ttt-row td,.ttt.ttt .ttt-stops .ttt-row th{padding:3px 18px 3px 0}
"""


def draw_scene(scene: Scene, live: bool = True) -> str:
    """Return the sentences, the picture, and a row a look."""
    region = ' aria-live="polite"' if live else ""
    label = (
        f"True reward against nats an answer from the reference, for all runs of "
        f"{', '.join(METHODS)}; strong: {scene.name}, {len(scene.ways)} runs. {on_the_way(scene)}"
    )
    return (
        f'<div{region}><p class="ttt-title">{headline(scene)}</p>'
        f"<p>{components(scene)}</p><p>{on_the_way(scene)}</p>"
        f"<p>{direction(scene.points, scene.method)}</p></div>"
        f'<svg class="ttt-frontier" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(label)}">{_axes()}{_pale(scene.points)}{_strong(scene)}{_key()}'
        f"</svg>{_stops(scene)}"
    )


def draw_table(points: Points) -> str:
    """Return a table, a row a method and setting: where it ends."""
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row" class="ttt-method">{scene.name}</th>'
        f"{_cells(_values(scene, -1))}<td>{course(scene)}</td></tr>"
        for scene in _all_scenes(points)
    )
    return (
        f'<table><caption>{CAPTION}</caption><thead><tr class="ttt-row">'
        f'<th scope="col">method</th>{_heads()}<th scope="col">true reward on the way</th></tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )


def describe(scene: Scene) -> str:
    """Return the sentences, and where each method ends, in plain text."""
    lines = [
        headline(scene),
        components(scene),
        on_the_way(scene),
        direction(scene.points, scene.method),
        f"{CAPTION}:",
    ]
    for other in _all_scenes(scene.points):
        told = zip(COLUMNS, _values(other, -1), strict=True)
        said = ", ".join(f"{name} {value}" for name, value in told if value != "–")
        lines.append(f"{other.name}: {said}; {course(other)}")
    return "\n".join(lines)


def place(point: Point) -> tuple[float, float]:
    """Return where a point stands, in pixels from the left and from the top."""
    x = LEFT + point.kl / FARTHEST * (RIGHT - LEFT)
    return x, BOTTOM - point.reward / MOST * (BOTTOM - TOP)


def _all_scenes(points: Points) -> list[Scene]:
    return [Scene(points, method, s) for method in METHODS for s in settings(points, method)]


def _values(scene: Scene, look: int) -> list[str]:
    names = ("reward", "kl", "right", "polite", "false", "needless")
    means = [scene.mean(name, look) for name in names]
    return [*("–" if isnan(mean) else f"{mean:.2f}" for mean in means), signed(scene.gain(look))]


def _cells(values: list[str]) -> str:
    return "".join(f'<td class="ttt-number">{value}</td>' for value in values)


def _heads(names: Sequence[str] = COLUMNS) -> str:
    return "".join(f'<th scope="col" class="ttt-number">{name}</th>' for name in names)


def _stops(scene: Scene) -> str:
    """Return a table of the means at the start and at each look."""
    first = "steps" if scene.trained else "n"
    known = [value != "–" for value in _values(scene, -1)]  # of best-of-n not all is
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row" class="ttt-number">{passed:g}</th>'
        f"{_cells([*compress(_values(scene, look), known)])}</tr>"
        for look, passed in enumerate(scene.passed)
    )
    return (
        '<table class="ttt-stops"><thead><tr class="ttt-row">'
        f'<th scope="col" class="ttt-number">{first}</th>{_heads([*compress(COLUMNS, known)])}</tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _mark(method: str, x: float, y: float, radius: float, kind: str, title: str = "") -> str:
    return (
        f'<g class="ttt-{HUES[method]}"><g class="ttt-point {kind}" '
        f'transform="translate({x:.1f} {y:.1f}) scale({radius})">'
        f"<title>{escape(title)}</title>{SHAPES[method]}</g></g>"
    )


def _pale(points: Points) -> str:
    return "".join(
        _mark(point.method, *place(point), SMALL, "ttt-pale", _told(point)) for point in points
    )


def _told(point: Point) -> str:
    return (
        f"{point.method} {point.setting:g}, seed {point.seed:g}, step {point.step:g}: "
        f"{point.reward:.2f} at {point.kl:.2f} nats"
    )


def _strong(scene: Scene) -> str:
    """Return each run as a line from its start to its last look, with arrows and points."""
    return "".join(_way(scene.method, way) for way in scene.ways)


def _way(method: str, way: list[Point]) -> str:
    places = [place(point) for point in way]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    points = "".join(
        _mark(method, x, y, SMALL, "", _told(point))
        for point, (x, y) in zip(way[1:-1], places[1:-1], strict=True)
    )
    return (
        f'<g class="ttt-{HUES[method]}"><polyline class="ttt-way" points="{line}"/>'
        f"{''.join(_arrow(*step) for step in pairwise(places))}{_ring(*places[0])}</g>{points}"
        + _mark(method, *places[-1], LARGE, "ttt-end", _told(way[-1]))
    )


def _arrow(begin: tuple[float, float], end: tuple[float, float]) -> str:
    """Return an arrow's head in the middle of a step, unless the step is too short for one."""
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    if hypot(dx, dy) < SHORTEST:
        return ""
    x, y = (begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2
    return (
        f'<path class="ttt-way" d="M-5-6L4 0-5 6" '
        f'transform="translate({x:.1f} {y:.1f}) rotate({degrees(atan2(dy, dx)):.0f})"/>'
    )


def _ring(x: float, y: float) -> str:
    return f'<circle class="ttt-start" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'


def _axes() -> str:
    """Return both axes with their numbers, and a line at the best answer's worth."""
    unit_x, unit_y = (RIGHT - LEFT) / FARTHEST, (BOTTOM - TOP) / MOST
    numbers = "".join(
        f'<text x="{LEFT + nats * unit_x:.1f}" y="{BOTTOM + 20}" text-anchor="middle">{nats}</text>'
        for nats in range(int(FARTHEST) + 1)
    ) + "".join(
        f'<text x="{LEFT - 12}" y="{BOTTOM - reward * unit_y + 5:.1f}" text-anchor="end">{reward}'
        "</text>"
        for reward in range(int(MOST) + 1)
    )
    middle = (TOP + BOTTOM) / 2
    return (
        f'<path class="ttt-axis" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>'
        f'<path class="ttt-axis ttt-bound" d="M{LEFT} {TOP}H{RIGHT}"/>{numbers}'
        f'<text x="{RIGHT}" y="{TOP - 6}" text-anchor="end">worth of the best answer</text>'
        f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">'
        "KL from the reference, nats an answer</text>"
        f'<text transform="translate(16 {middle}) rotate(-90)" text-anchor="middle">'
        "true reward</text>"
    )


def _key() -> str:
    """Return what each shape means."""
    shapes = "".join(
        _mark(method, KEY_LEFT, KEY_TOP + i * KEY_ROW - 5, 6, "")
        + f'<text x="{KEY_LEFT + 16}" y="{KEY_TOP + i * KEY_ROW}">{method}</text>'
        for i, method in enumerate(METHODS[:3])
    )
    right = KEY_LEFT + 100
    return (
        shapes
        + _mark(METHODS[3], right, KEY_TOP - 5, 6, "")
        + f'<text x="{right + 16}" y="{KEY_TOP}">best-of-n (KL at most)</text>'
        + f'<g class="ttt-gray">{_ring(right, KEY_TOP + KEY_ROW - 5)}</g>'
        + f'<text x="{right + 16}" y="{KEY_TOP + KEY_ROW}">start</text>'
        + f'<g class="ttt-gray"><circle class="ttt-point" cx="{right}" '
        f'cy="{KEY_TOP + 2 * KEY_ROW - 5}" r="{LARGE}"/></g>'
        + f'<text x="{right + 16}" y="{KEY_TOP + 2 * KEY_ROW}">last look</text>'
    )
