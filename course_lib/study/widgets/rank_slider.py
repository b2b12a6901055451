"""A widget that chooses a rank for LoRA on SmolLM2-135M, and counts what is then trained."""

import ipywidgets

from course_lib.study.markup import page
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
    toggle_buttons,
)
from course_lib.study.widgets.rank_counts import MATRICES, RANKS, Adapter
from course_lib.study.widgets.rank_drawing import STYLE, describe, draw_adapter, draw_table


def rank_slider(rank: int = 8) -> Explorable:
    """Return a widget in which one chooses the rank of LoRA and the matrices that it is beside.

    Args:
        rank: the one to begin with, one of `rank_counts.RANKS`.

    Raises:
        ValueError: if there is no such rank to choose.
    """
    if rank not in RANKS:
        raise ValueError(f"rank must be one of {[*RANKS]}, got {rank!r}")
    ranks = toggle_buttons("Rank:", [(str(r), r) for r in RANKS], rank, "5em")
    matrices = toggle_buttons("Matrices:", [*MATRICES], next(iter(MATRICES)), "5em")
    picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)

    def adapter() -> Adapter:
        return Adapter(ranks.value, matrices.value)

    def draw(_change: dict | None = None) -> None:
        picture.value = page(draw_adapter(adapter()), CONTROLS_STYLE + STYLE)

    draw()
    for control in (ranks, matrices):
        control.observe(draw, names="value")
    return Explorable(
        controls={"rank": ranks, "matrices": matrices},
        picture=picture,
        box=ipywidgets.VBox([control_row(ranks), control_row(matrices), picture]),
        still=lambda: draw_adapter(adapter(), live=False) + draw_table(),
        describe=lambda: describe(adapter()),
        style=STYLE,
    )
