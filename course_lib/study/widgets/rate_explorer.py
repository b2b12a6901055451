"""A widget over measured runs: choose a learning rate and a warm-up, and see what came of it."""

import ipywidgets

from course_lib.study import learning_rates
from course_lib.study.learning_rates import RATES, WARMUP
from course_lib.study.markup import page
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
    toggle_buttons,
)
from course_lib.study.widgets.rate_drawing import STYLE, describe, draw_scene, draw_table
from course_lib.study.widgets.rate_words import Scene

FIRST = 1e-3
WARMUPS = [("none", 0), (f"{WARMUP} steps", WARMUP)]


def rate_explorer() -> Explorable:
    """Return a widget that shows a learning rate's schedule, and the loss curve that was measured.

    Nothing is trained here: the curves are those of `learning_rates.sweep()`.
    """
    rate = toggle_buttons("Rate:", [(f"{lr:g}", lr) for lr in RATES], FIRST, "5em")
    warmup = toggle_buttons("Warm-up:", WARMUPS, 0, "5em")
    picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)
    sweep = learning_rates.sweep()

    def scene() -> Scene:
        return Scene(sweep, sweep.curves[rate.value, warmup.value])

    def draw(_change: dict | None = None) -> None:
        picture.value = page(draw_scene(scene()), CONTROLS_STYLE + STYLE)

    draw()
    for control in (rate, warmup):
        control.observe(draw, names="value")
    return Explorable(
        controls={"rate": rate, "warmup": warmup},
        picture=picture,
        box=ipywidgets.VBox([control_row(rate), control_row(warmup), picture]),
        still=lambda: draw_scene(scene(), live=False) + draw_table(sweep),
        describe=lambda: describe(scene()),
        style=STYLE,
    )
