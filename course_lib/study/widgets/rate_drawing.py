"""A learning rate, its schedule and the loss curve that came of it, as HTML and in words."""

from collections.abc import Iterator, Sequence
from math import isfinite, log

from course_lib.study.learning_rates import EVERY, STEPS, Curve, Sweep, rate_at
from course_lib.study.widgets.rate_words import (
    Scene,
    headline,
    loss_text,
    remarks,
    schedule_in_words,
    told,
    warmup_text,
)

WIDTH, HEIGHT, TOP, FLOOR = 760, 336, 30, 286
SCHEDULE, LOSS = (62, 236), (306, 740)  # left and right end of each panel, in pixels
EVEN, HIGHEST = 8, 3_000  # nats: from 0 to the first all are drawn alike, above it by powers
BAND = 60  # pixels for the powers
CAPTION = f"Loss on other documents after {STEPS} steps, mean of three seeds"

STYLE = """
.ttt-rates{display:block;width:100%;max-width:760px;height:auto;margin:.2em 0 .7em}
.ttt-rates text{font-size:13px;fill:var(--jp-content-font-color1,currentColor);
paint-order:stroke;stroke:var(--jp-layout-color0,#fff);stroke-width:3px}
.ttt-rates .ttt-name{font-weight:600}
.ttt-rates line{stroke:var(--ttt-rule)}
.ttt-rates path{fill:none}
.ttt-rates .ttt-level{stroke-dasharray:6 4;stroke:var(--ttt-orange);stroke-width:1.5}
.ttt-rates .ttt-other{stroke:var(--ttt-gray);stroke-width:1;opacity:.6}
.ttt-rates .ttt-chosen{stroke:var(--ttt-blue);stroke-width:2.6}
"""


def draw_scene(scene: Scene, live: bool = True) -> str:
    """Return the sentences, the schedule, and the loss curve among those of the other rates."""
    said = headline(scene.chosen, scene.sweep)
    region = ' aria-live="polite"' if live else ""
    label = (
        f"Left: the learning rate by step, {schedule_in_words(scene.chosen)}. Right: the loss by "
        f"step. {said}"
    )
    return (
        f'<div{region}><p class="ttt-title">{said}</p><p>{" ".join(remarks(scene))}</p></div>'
        f'<svg class="ttt-rates" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"{_schedule(scene.chosen)}{_losses(scene)}</svg>"
    )


def draw_table(sweep: Sweep) -> str:
    """Return a table, a row a rate: how it ends without warm-up and with it."""
    names = [warmup_text(curve) for curve in next(_pairs(sweep))]
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{pair[0].lr:g}</th>'
        + "".join(f"<td>{told(curve, sweep)}</td>" for curve in pair)
        + "</tr>"
        for pair in _pairs(sweep)
    )
    return (
        f'<table><caption>{CAPTION}</caption><thead><tr class="ttt-row"><th scope="col">largest '
        f"rate</th>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def describe(scene: Scene) -> str:
    """Return the sentences and the table in plain text."""
    sweep = scene.sweep
    lines = [
        " ".join([headline(scene.chosen, sweep), *remarks(scene)]),
        f"Its schedule: {schedule_in_words(scene.chosen)}.",
        f"{CAPTION}:",
    ]
    for curve in sweep.curves.values():
        lines.append(f"{curve.lr:g} {warmup_text(curve)}: {told(curve, sweep)}")
    return "\n".join(lines)


def path(points: Sequence[tuple[float, float]]) -> str:
    """Return a line through points as SVG writes it, interrupted where one is no finite number."""
    drawn, pen = [], "M"
    for x, y in points:
        if isfinite(y):
            drawn.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L" if isfinite(y) else "M"
    return "".join(drawn)


def _pairs(sweep: Sweep) -> Iterator[list[Curve]]:
    for lr in dict.fromkeys(curve.lr for curve in sweep.curves.values()):
        yield [curve for curve in sweep.curves.values() if curve.lr == lr]


def _x(step: float, panel: tuple[int, int]) -> float:
    left, right = panel
    return left + step / STEPS * (right - left)


def height(loss: float) -> float:
    """Return where a loss stands, in pixels from the top: its logarithm counts where it is high."""
    even = FLOOR - TOP - BAND
    if loss <= EVEN:
        return FLOOR - loss / EVEN * even
    part = log(loss / EVEN) / log(HIGHEST / EVEN)
    return FLOOR - even - BAND * min(part, 1.0)


def _frame(panel: tuple[int, int], name: str, marks: dict[float, str]) -> str:
    """Return a panel's name, a line and a label for each mark, and the steps below.

    Args:
        marks: {pixels from the top: label}.
    """
    left, right = panel
    lines = "".join(
        f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
        for y, label in marks.items()
    )
    steps = "".join(
        f'<text x="{_x(step, panel):.1f}" y="{FLOOR + 18}" text-anchor="middle">{step}</text>'
        for step in range(0, STEPS + 1, 100)
    )
    return (
        f'<text class="ttt-name" x="{left}" y="14">{name}</text>{lines}{steps}'
        f'<text x="{(left + right) / 2}" y="{FLOOR + 38}" text-anchor="middle">step</text>'
    )


def _schedule(curve: Curve) -> str:
    def y(rate: float) -> float:
        return FLOOR - rate / curve.lr * (FLOOR - TOP)

    rates = [rate_at(step, curve.lr, curve.warmup) for step in range(STEPS + 1)]
    marks = {y(rate): f"{rate:g}" for rate in (0.0, rates[-1], curve.lr)}
    points = [(_x(step, SCHEDULE), y(rate)) for step, rate in enumerate(rates)]
    frame = _frame(SCHEDULE, "Learning rate", marks)
    return f'{frame}<path class="ttt-chosen" d="{path(points)}"/>'


def _losses(scene: Scene) -> str:
    left, right = LOSS
    sweep = scene.sweep
    marks = {height(loss): f"{loss:,}" for loss in (*range(0, EVEN + 1, 2), 100, 1_000)}
    levels = {
        sweep.knows_nothing: "knows nothing: ln V =",
        sweep.frequencies: "knows how often each token occurs:",
    }
    lines = "".join(
        f'<line class="ttt-level" x1="{left}" x2="{right}" y1="{height(loss):.1f}" '
        f'y2="{height(loss):.1f}"/><text x="{right}" y="{height(loss) - 5:.1f}" '
        f'text-anchor="end">{name} {loss_text(loss)}</text>'
        for loss, name in levels.items()
    )
    name = f"Loss, nats a token (above {EVEN} the axis is logarithmic)"
    others = "".join(_curve(curve, "other") for curve in scene.others)
    return f"{_frame(LOSS, name, marks)}{others}{_curve(scene.chosen, 'chosen')}{lines}"


def _curve(curve: Curve, kind: str) -> str:
    points = [
        (_x(number * EVERY, LOSS), height(loss) if isfinite(loss) else loss)
        for number, loss in enumerate(curve.losses)
    ]
    return f'<path class="ttt-{kind}" d="{path(points)}"><title>{curve.lr:g}</title></path>'
