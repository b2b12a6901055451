"""A widget in which a query walks over a map of words, and its nearest words follow."""

from collections.abc import Mapping, Sequence

import ipywidgets
import torch
from torch import Tensor

from course_lib.study import word_map
from course_lib.study.markup import page
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
)
from course_lib.study.widgets.map_drawing import (
    SHAPES,
    STYLE,
    Map,
    describe,
    draw_map,
    draw_still,
)

STEPS_ACROSS = 12  # so many moves lead from one side of the map to the other
FARTHEST = 20  # moves away from the word
MOVES = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, 1), "Down": (0, -1)}


class Walk:
    """A query that starts at a word and moves along the two directions of the map."""

    def __init__(self, word: str, a_map: Map):
        self.word, self.map = word, a_map
        self.right = self.up = 0
        self.picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)
        self.field = ipywidgets.Text(
            word,
            description="Word:",
            style={"description_width": "initial"},
            layout={"width": "190px"},
        )
        self.problem = ipywidgets.HTML()
        self.moves = {
            name: ipywidgets.Button(description=name, layout={"width": "70px"}) for name in MOVES
        }
        self.back = ipywidgets.Button(description="Back to the word")
        self.field.observe(lambda change: self.start_at(change["new"]), names="value")
        for name, button in self.moves.items():
            button.on_click(lambda _, name=name: self.go(*MOVES[name]))
        self.back.on_click(lambda _: self.start_at(self.word))
        self.draw()

    def start_at(self, text: str) -> None:
        """Put the query on a word; a text that is no word of the map changes nothing."""
        word = text.strip().lower()
        known = word in self.map.words
        note = "" if known or not word else "No such word on the map; point at a mark to read it."
        self.problem.value = page(f'<p class="ttt-note" aria-live="polite">{note}</p>')
        if known:
            self.word, self.right, self.up = word, 0, 0
            self.draw()

    def go(self, right: int, up: int) -> None:
        """Move the query by one step, at most 20 away from its word."""
        self.right = max(-FARTHEST, min(FARTHEST, self.right + right))
        self.up = max(-FARTHEST, min(FARTHEST, self.up + up))
        self.draw()

    def draw(self) -> None:
        drawing = draw_map(self.map, self.word, self.right, self.up)
        self.picture.value = page(drawing, CONTROLS_STYLE + STYLE)
        self.back.disabled = not (self.right or self.up)


def map_walk(
    word: str,
    table: Tensor,
    directions: Tensor,
    ids: Mapping[str, int],
    groups: Mapping[str, Sequence[str]],
) -> Explorable:
    """Return a widget with a map of the words of at most five groups, and a query on `word`.

    Args:
        word: where the query starts, one of the words.
        table, directions, ids, groups: as in `word_map.points`.

    Raises:
        ValueError: if the word is on no map of these groups, or there are more than five of them.
    """
    if len(groups) > len(SHAPES):
        raise ValueError(f"expected at most {len(SHAPES)} groups, got {len(groups)}")
    words, kinds, places = word_map.points(table, directions, ids, groups)
    if word not in words:
        raise ValueError(f"expected a word of the map, got {word!r}")
    vectors = table[torch.tensor([ids[one] for one in words])]
    span = (places.max(dim=0).values - places.min(dim=0).values).max().item()
    a_map = Map(words, kinds, vectors, directions, step=span / STEPS_ACROSS)
    walk = Walk(word, a_map)
    shown = [next(w for w, k in zip(words, kinds, strict=True) if k == kind) for kind in groups]
    return Explorable(
        controls={"word": walk.field, **walk.moves, "back": walk.back},
        picture=walk.picture,
        box=ipywidgets.VBox(
            [
                control_row(walk.field, *walk.moves.values(), walk.back),
                walk.problem,
                walk.picture,
            ]
        ),
        still=lambda: draw_still(a_map, shown),
        describe=lambda: describe(a_map, shown),
        style=STYLE,
    )
