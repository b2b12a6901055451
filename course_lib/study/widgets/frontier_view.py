"""A widget that chooses a method and its beta, and shows how far it went and what it won."""

import ipywidgets

from course_lib.study.frontier import results
from course_lib.study.markup import page
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
    toggle_buttons,
)
from course_lib.study.widgets.frontier_drawing import STYLE, describe, draw_scene, draw_table
from course_lib.study.widgets.frontier_scenes import BEST_OF_N, METHODS, Points, Scene, settings


def frontier_view(method: str = "PPO") -> Explorable:
    """Return a widget over the committed runs: true reward against KL from the reference.

    One chooses a method and its beta, or n of best-of-n. Each method keeps a row of its own for
    that, of which only the chosen one is shown.

    Args:
        method: the one to begin with, one of `frontier_scenes.METHODS`.

    Raises:
        ValueError: if there is no such method.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {[*METHODS]}, got {method!r}")
    points = results()
    methods = toggle_buttons("Method:", METHODS, method, "5em")
    chosen = {name: setting_buttons(points, name) for name in METHODS}
    rows = {name: control_row(buttons) for name, buttons in chosen.items()}
    picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)

    def scene() -> Scene:
        return Scene(points, methods.value, chosen[methods.value].value)

    def draw(_change: dict | None = None) -> None:
        for name, row in rows.items():
            row.layout.display = None if name == methods.value else "none"
        picture.value = page(draw_scene(scene()), CONTROLS_STYLE + STYLE)

    draw()
    for control in (methods, *chosen.values()):
        control.observe(draw, names="value")
    return Explorable(
        controls={"method": methods, **chosen},
        picture=picture,
        box=ipywidgets.VBox([control_row(methods), *rows.values(), picture]),
        still=lambda: draw_scene(scene(), live=False) + draw_table(points),
        describe=lambda: describe(scene()),
        style=STYLE,
    )


def setting_buttons(points: Points, method: str) -> ipywidgets.ToggleButtons:
    """Return buttons for a method's betas, or n, the one in the middle chosen."""
    found = settings(points, method)
    name = "n:" if method == BEST_OF_N else "Beta:"
    options = [(f"{setting:g}", setting) for setting in found]
    return toggle_buttons(name, options, found[len(found) // 2], "5em")
