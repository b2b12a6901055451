"""A widget that walks through byte-pair-encoding training, one merge at a time."""

from collections.abc import Mapping, Sequence

import ipywidgets

from course_lib.study.markup import page
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
)
from course_lib.study.widgets.merge_drawing import (
    STYLE,
    Symbols,
    describe_all,
    draw_all,
    draw_step,
)
from course_lib.study.widgets.merge_steps import Pair, training_steps


def merge_stepper(
    words: Sequence[Sequence[int]],
    counts: Sequence[int],
    merges: Sequence[Pair],
    alphabet: Mapping[int, str | bytes],
) -> Explorable:
    """Return a widget that shows the words, the pair counts and the vocabulary at each merge.

    Args:
        words: each different word as ids of the alphabet.
        counts: how often each of the words stands in the text.
        merges: the pairs in the order they were learned; merge i makes the id
            `max(alphabet) + 1 + i`.
        alphabet: what training starts from: id -> text, or id -> bytes.

    Raises:
        ValueError: if `words` and `counts` differ in length, or an id has no meaning yet.
    """
    symbols = _symbols(words, merges, alphabet)
    steps = training_steps(words, counts, merges, symbols.first_id)
    picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)
    controls = _controls(len(merges)) if merges else {}  # nothing to step through: no controls

    def draw(n_merges: int) -> None:
        picture.value = page(draw_step(steps[n_merges], symbols), CONTROLS_STYLE + STYLE)

    def go(change: dict) -> None:
        draw(change["new"])
        is_last = change["new"] == len(merges)
        controls["next"].description = "Start again" if is_last else "Next merge"

    draw(0)
    if controls:
        controls["merges"].observe(go, names="value")
    return Explorable(
        controls=controls,
        picture=picture,
        box=ipywidgets.VBox([control_row(*controls.values()), picture]),
        still=lambda: draw_all(steps, symbols),
        describe=lambda: describe_all(steps, symbols),
        style=STYLE,
    )


def _controls(n_merges: int) -> dict[str, ipywidgets.Widget]:
    """Return Back, Next and the number of merges; after the last merge, Next starts again."""
    back = ipywidgets.Button(description="Back")
    forward = ipywidgets.Button(description="Next merge", button_style="primary")
    # Not a slider: its handle has no name that a screen reader could say.
    made = ipywidgets.BoundedIntText(
        max=n_merges,
        description="Merges made:",
        style={"description_width": "initial"},
        layout={"width": "170px"},
    )

    def step_back(_button: ipywidgets.Button) -> None:
        made.value = max(made.value - 1, 0)

    def step_forward(_button: ipywidgets.Button) -> None:
        made.value = (made.value + 1) % (n_merges + 1)

    back.on_click(step_back)
    forward.on_click(step_forward)
    return {"back": back, "next": forward, "merges": made}


def _symbols(
    words: Sequence[Sequence[int]], merges: Sequence[Pair], alphabet: Mapping[int, str | bytes]
) -> Symbols:
    """Return the meaning of every id; refuse an id that has none when it is used."""
    if not alphabet:
        raise ValueError("alphabet must hold at least one id, got none")
    unknown = {token_id for word in words for token_id in word} - set(alphabet)
    if unknown:
        raise ValueError(f"words may use ids of the alphabet only, got {min(unknown)}")
    texts = dict(alphabet)
    first_id = max(alphabet) + 1
    for new_id, (left, right) in enumerate(merges, start=first_id):
        if left not in texts or right not in texts:
            raise ValueError(f"merge ({left}, {right}) uses an id that is made later or never")
        texts[new_id] = texts[left] + texts[right]
    return Symbols(texts, first_id)
