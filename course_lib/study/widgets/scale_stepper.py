"""A widget that widens queries and keys, and shows how the softmax saturates."""

from collections.abc import Sequence

import ipywidgets

from course_lib.study.markup import page
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
)
from course_lib.study.widgets.scale_drawing import (
    STYLE,
    Scale,
    describe_widths,
    draw_scale,
    draw_widths,
)

WIDEST = 1024
STILL_WIDTHS = (1, 16, 64, 128, 1024)


def scale_stepper(normal: Sequence[float], D: int = 64) -> Explorable:
    """Return a widget that shows what a softmax makes of one query's scores at any width.

    Args:
        normal: the scores at width 1, one a key; at width D they are larger by the root of D,
            as the scores of random queries and keys are.
        D: the width to begin with, 1..1024.

    Raises:
        ValueError: if there are fewer than two scores.
    """
    if len(normal) < 2:
        raise ValueError(f"expected the scores of two keys or more, got {len(normal)}")
    width = width_field(D)
    half = ipywidgets.Button(description="Half", layout={"width": "auto"})
    double = ipywidgets.Button(description="Double", layout={"width": "auto"})
    divided = ipywidgets.Checkbox(False, description="Divide by the root of D", indent=False)
    picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)

    def draw(_change: dict | None = None) -> None:
        scale = Scale(tuple(normal), width.value, divided.value)
        picture.value = page(draw_scale(scale), CONTROLS_STYLE + STYLE)

    def halve(_button: ipywidgets.Button) -> None:
        width.value = max(width.value // 2, 1)

    def widen(_button: ipywidgets.Button) -> None:
        width.value = min(width.value * 2, WIDEST)

    draw()
    width.observe(draw, names="value")
    divided.observe(draw, names="value")
    half.on_click(halve)
    double.on_click(widen)
    controls = {"width": width, "half": half, "double": double, "divided": divided}
    return Explorable(
        controls=controls,
        picture=picture,
        box=ipywidgets.VBox([control_row(*controls.values()), picture]),
        still=lambda: draw_widths(normal, STILL_WIDTHS),
        describe=lambda: describe_widths(normal, STILL_WIDTHS),
        style=STYLE,
    )


def width_field(D: int) -> ipywidgets.BoundedIntText:
    """Return a field for a width: no slider, whose handle has no name a screen reader could say."""
    return ipywidgets.BoundedIntText(
        D,
        min=1,
        max=WIDEST,
        description="Width D:",
        style={"description_width": "initial"},
        layout={"width": "150px"},
    )
