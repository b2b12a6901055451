"""A widget that steps through a run of training, and shows what the model writes on the way."""

import ipywidgets

from course_lib.study.growth import Growth
from course_lib.study.markup import page
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
)
from course_lib.study.widgets.samples_drawing import (
    STYLE,
    Scene,
    describe_looks,
    draw_looks,
    draw_scene,
    spread_out,
)

IN_STILL = 6  # looks that a page without widgets shows


def samples_by_step(found: Growth) -> Explorable:
    """Return a widget that shows each look at a model: its loss, its answers, and what it writes.

    Raises:
        ValueError: if nobody looked.
    """
    if not found.looks:
        raise ValueError("expected a run with one look or more, got none")
    scenes = [Scene(look, found.place) for look in found.looks]
    number = number_field(len(scenes))
    back = ipywidgets.Button(description="Back", layout={"width": "auto"})
    on = ipywidgets.Button(description="On", layout={"width": "auto"})
    picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)

    def draw(_change: dict | None = None) -> None:
        drawing = draw_scene(scenes[number.value - 1], scenes[-1].look.step)
        picture.value = page(drawing, CONTROLS_STYLE + STYLE)

    def go(by: int) -> None:
        number.value = max(1, min(number.value + by, len(scenes)))

    draw()
    number.observe(draw, names="value")
    back.on_click(lambda _: go(-1))
    on.on_click(lambda _: go(1))
    controls = {"back": back, "on": on, "number": number}
    return Explorable(
        controls=controls,
        picture=picture,
        box=ipywidgets.VBox([control_row(*controls.values()), picture]),
        still=lambda: draw_looks(spread_out(scenes, IN_STILL)),
        describe=lambda: describe_looks(spread_out(scenes, IN_STILL)),
        style=STYLE,
    )


def number_field(n_looks: int) -> ipywidgets.BoundedIntText:
    """Return a field for a look, from 1: no slider, whose handle has no name to be read aloud."""
    return ipywidgets.BoundedIntText(
        1,
        min=1,
        max=n_looks,
        description=f"Look, 1 to {n_looks}:",
        style={"description_width": "initial"},
        layout={"width": "190px"},
    )
