"""A widget that still says everything where widgets do not run."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets

from course_lib.study.markup import page

VIEW = "application/vnd.jupyter.widget-view+json"

# Layout of the control row, and a focus ring that can be seen in both themes.
CONTROLS_STYLE = """
.ttt-controls{flex-wrap:wrap;gap:4px 6px;align-items:center;max-width:880px;margin:.1em 0;
padding:4px}
.ttt-controls .widget-checkbox{margin-left:10px}
.ttt-controls input[type=checkbox]{margin:0 8px 0 0;vertical-align:-2px}
.ttt-controls .jupyter-button:focus-visible,.ttt-controls input:focus-visible,
.ttt-controls textarea:focus-visible,.ttt-controls .noUi-handle:focus-visible{
outline:3px solid var(--ttt-focus,#2f6bc2)!important;outline-offset:2px}
[data-jp-theme-light="false"] .ttt-controls{--ttt-focus:#699de8}
"""

# A picture starts where its controls start, whose focus rings need some room.
PICTURE_LAYOUT = {"margin": "2px 2px 2px 6px"}


@dataclass(frozen=True)
class Explorable:
    """Controls over a picture drawn in HTML, and the same in a still picture and in words.

    Attributes:
        controls: the controls by name, in the order of the Tab key.
        picture: where the drawing appears.
        box: everything, as it is laid out.
        still: returns the still picture (HTML without a style sheet).
        describe: returns the same in plain text.
    """

    controls: dict[str, ipywidgets.Widget]
    picture: ipywidgets.HTML
    box: ipywidgets.Box
    still: Callable[[], str]
    describe: Callable[[], str]
    style: str = ""

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        return {
            VIEW: self.box._repr_mimebundle_()[VIEW],
            "text/html": page(self.still(), self.style),
            "text/plain": self.describe(),
        }

    def __repr__(self) -> str:
        return self.describe()


def draw_problem(sentence: str) -> str:
    """Return a sentence that stands where the picture would, and is read aloud."""
    return f'<p class="ttt-title" aria-live="polite">{html.escape(sentence)}</p>'


def toggle_buttons(
    description: str, options: Sequence[Any], value: Any, width: str
) -> ipywidgets.ToggleButtons:
    """Return buttons of which one is chosen.

    Args:
        options: names, or pairs of a name and a value.
        width: room for the description, such as "5em".
    """
    return ipywidgets.ToggleButtons(
        options=options,
        value=value,
        description=description,
        style={"description_width": width, "button_width": "auto"},
    )


def control_row(*controls: ipywidgets.Widget) -> ipywidgets.HBox:
    """Return the controls side by side, wrapping where the notebook is narrow."""
    row = ipywidgets.HBox(controls)
    row.add_class("ttt-controls")
    return row
