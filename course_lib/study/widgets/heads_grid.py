"""A widget that shows what each head of a model lets one token take from another."""

from collections.abc import Sequence

import ipywidgets
from torch import Tensor

from course_lib.study.markup import page
from course_lib.study.strips import visible
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
)
from course_lib.study.widgets.heads_drawing import STYLE, Scene, describe_scene, draw_scene

MOST_TOKENS = 16


def heads_grid(
    pieces: Sequence[str], weights: Tensor, query: int, key: int, head: tuple[int, int]
) -> Explorable:
    """Return a widget with two rows of tokens, a layer and a head to choose.

    The grid has a square for each head, and pointing at one shows its number. The number fields
    choose one head; what it takes from every token stands beside the grid.

    Args:
        pieces: the text of each of T tokens, at most 16.
        weights: (n_layer, n_head, T, T) attention weights, queries before keys.
        query, key: the places of the two tokens to begin with.
        head: (layer, head) to begin with.

    Raises:
        ValueError: if there are more tokens than fit, or the shapes do not belong together.
    """
    n_layer, n_head, *places = weights.shape
    if len(pieces) > MOST_TOKENS or places != [len(pieces)] * 2:
        raise ValueError(
            f"expected at most {MOST_TOKENS} tokens and weights (n_layer, n_head, T, T), "
            f"got {len(pieces)} tokens and {tuple(weights.shape)}"
        )
    looks = _tokens(pieces, query, "Token that looks:")
    looked_at = _tokens(pieces, key, "Token looked at:")
    layer, number = _field("Layer:", n_layer, head[0]), _field("Head:", n_head, head[1])
    most = ipywidgets.Button(description="Go to the head that takes most", layout={"width": "auto"})
    picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)

    def scene() -> Scene:
        chosen = (layer.value, number.value)
        return Scene(pieces, weights, looks.value, looked_at.value, chosen)

    def draw(_change: dict | None = None) -> None:
        picture.value = page(draw_scene(scene()), CONTROLS_STYLE + STYLE)

    def go(_button: ipywidgets.Button) -> None:
        layer.value, number.value = scene().best()[0]

    draw()
    for control in (looks, looked_at, layer, number):
        control.observe(draw, names="value")
    most.on_click(go)
    rows = [control_row(looks), control_row(looked_at), control_row(layer, number, most)]
    return Explorable(
        controls={"query": looks, "key": looked_at, "layer": layer, "head": number, "most": most},
        picture=picture,
        box=ipywidgets.VBox([*rows, picture]),
        still=lambda: draw_scene(scene(), live=False),
        describe=lambda: describe_scene(scene()),
        style=STYLE,
    )


def _tokens(pieces: Sequence[str], place: int, description: str) -> ipywidgets.ToggleButtons:
    """Return a row of buttons, one a token; the space of a token is left out."""
    return ipywidgets.ToggleButtons(
        options=[(visible(piece.strip() or piece), i) for i, piece in enumerate(pieces)],
        value=place,
        description=description,
        style={"description_width": "9em", "button_width": "auto"},
    )


def _field(description: str, n: int, value: int) -> ipywidgets.BoundedIntText:
    """Return a field for a number from 0 to n - 1."""
    # Not a slider: its handle has no name that a screen reader could say.
    return ipywidgets.BoundedIntText(
        value,
        max=n - 1,
        description=description,
        style={"description_width": "initial"},
        layout={"width": "120px"},
    )
