"""A widget that shows a conversation token by token, and which tokens a model learns from it."""

import ipywidgets

from course_lib.study.markup import page
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
    toggle_buttons,
)
from course_lib.study.widgets.mask_drawing import STYLE, describe, draw_scene, draw_table
from course_lib.study.widgets.mask_scenes import CHOICES, Scene, conversations


def mask_view(conversation: str = "one turn") -> Explorable:
    """Return a widget in which one chooses a conversation, and what of it a model learns.

    Args:
        conversation: the one to begin with, a name of `mask_scenes.conversations()`.

    Raises:
        ValueError: if there is no such conversation.
    """
    names = [*conversations()]
    if conversation not in names:
        raise ValueError(f"conversation must be one of {names}, got {conversation!r}")
    talk = toggle_buttons("Conversation:", names, conversation, "6.5em")
    learn = toggle_buttons("Learn from:", [*CHOICES], next(iter(CHOICES)), "6.5em")
    picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)

    def scene() -> Scene:
        return Scene(talk.value, learn.value)

    def draw(_change: dict | None = None) -> None:
        picture.value = page(draw_scene(scene()), CONTROLS_STYLE + STYLE)

    draw()
    for control in (talk, learn):
        control.observe(draw, names="value")
    return Explorable(
        controls={"conversation": talk, "learn": learn},
        picture=picture,
        box=ipywidgets.VBox([control_row(talk), control_row(learn), picture]),
        still=lambda: draw_scene(scene(), live=False) + draw_table(),
        describe=lambda: describe(scene()),
        style=STYLE,
    )
