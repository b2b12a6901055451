"""A widget that steps through a feed: what a policy answers while it is trained."""

import ipywidgets

from course_lib.study.feed import Feed
from course_lib.study.markup import page
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
)
from course_lib.study.widgets.feed_drawing import (
    STYLE,
    Scene,
    describe_looks,
    draw_looks,
    draw_scene,
)
from course_lib.study.widgets.samples_by_step import number_field


def sample_feed(feed: Feed) -> Explorable:
    """Return a widget that shows each look of a feed: the answers, and what each is worth.

    What the feed records later is not shown: call this again.
    """
    looks = tuple(feed.looks)
    number = number_field(len(looks))
    back = ipywidgets.Button(description="Back", layout={"width": "auto"})
    on = ipywidgets.Button(description="On", layout={"width": "auto"})
    picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)

    def draw(_change: dict | None = None) -> None:
        picture.value = page(draw_scene(Scene(looks, number.value - 1)), CONTROLS_STYLE + STYLE)

    def go(by: int) -> None:
        number.value = max(1, min(number.value + by, len(looks)))

    draw()
    number.observe(draw, names="value")
    back.on_click(lambda _: go(-1))
    on.on_click(lambda _: go(1))
    controls = {"back": back, "on": on, "number": number}
    return Explorable(
        controls=controls,
        picture=picture,
        box=ipywidgets.VBox([control_row(*controls.values()), picture]),
        still=lambda: draw_looks(looks),
        describe=lambda: describe_looks(looks),
        style=STYLE,
    )
