"""A widget in which a query and a key are moved along a text, and their pairs turn: RoPE."""

from collections.abc import Sequence

import ipywidgets

from course_lib.study.markup import page
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
)
from course_lib.study.widgets.turning_drawing import (
    STYLE,
    Turning,
    describe,
    draw_dials,
    draw_still,
)

LAST = 9999  # the last position
START = (2, 0)  # of query and key
STILL = ((2, 0), (3, 1), (1002, 1000), (4, 0))


def turning_pairs(query: Sequence[float], key: Sequence[float], base: float) -> Explorable:
    """Return a widget with a dial for each pair of numbers, and a control for each position.

    Args:
        query, key: the same even number of numbers.
        base: pair i turns by base^(-2i/D) radians a position.

    Raises:
        ValueError: if the widths differ, or are odd or 0.
    """
    if len(query) != len(key) or len(query) % 2 or not query:
        raise ValueError(
            f"query and key must have the same even width, got {len(query)} and {len(key)}"
        )
    picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)
    query_at, key_at = _position("Query position:", START[0]), _position("Key position:", START[1])
    back = ipywidgets.Button(description="Both one back")
    forward = ipywidgets.Button(description="Both one on", button_style="primary")

    def state_at(positions: tuple[int, int]) -> Turning:
        return Turning(query, key, base, *positions)

    def draw(_change: dict | None = None) -> None:
        positions = query_at.value, key_at.value
        picture.value = page(draw_dials(state_at(positions)), CONTROLS_STYLE + STYLE)
        back.disabled, forward.disabled = min(positions) == 0, max(positions) == LAST

    def move(step: int) -> None:
        query_at.value += step
        key_at.value += step

    draw()
    for field in (query_at, key_at):
        field.observe(draw, names="value")
    back.on_click(lambda _: move(-1))
    forward.on_click(lambda _: move(1))
    return Explorable(
        controls={"query": query_at, "key": key_at, "back": back, "forward": forward},
        picture=picture,
        box=ipywidgets.VBox([control_row(query_at, key_at, back, forward), picture]),
        still=lambda: draw_still([state_at(positions) for positions in STILL]),
        describe=lambda: describe([state_at(positions) for positions in STILL]),
        style=STYLE,
    )


def _position(label: str, value: int) -> ipywidgets.BoundedIntText:
    # Not a slider: its handle has no name that a screen reader could say.
    return ipywidgets.BoundedIntText(
        value,
        max=LAST,
        description=label,
        style={"description_width": "initial"},
        layout={"width": "190px"},
    )
