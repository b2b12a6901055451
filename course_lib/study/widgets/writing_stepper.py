"""A widget that lets a model write one token at a time: choose its best guess, another, or draw.

Every probability is the model's own; the temperature changes only how a token is drawn.
"""

from functools import cache

import ipywidgets
import torch

from course_lib import smollm2
from course_lib.llm.model import GPT
from course_lib.llm.tokenizer import Tokenizer
from course_lib.study import next_token
from course_lib.study.markup import page
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
)
from course_lib.study.widgets.writing_drawing import (
    STYLE,
    bars_html,
    describe_way,
    draw_moment,
    draw_way,
    label,
    rest_html,
)
from course_lib.study.widgets.writing_steps import Text, Writer


class Desk:
    """The buttons and fields around a text that grows."""

    def __init__(self, writer: Writer, temperature: float, seed: int):
        self.writer, self.text = writer, writer.start
        self.generator = torch.Generator().manual_seed(seed)
        self.picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)
        n_guesses = len(writer.moment(writer.start).guesses)
        self.guesses = [ipywidgets.Button() for _ in range(n_guesses)]
        self.bars = [ipywidgets.HTML() for _ in self.guesses]
        self.rows = [control_row(*pair) for pair in zip(self.guesses, self.bars, strict=True)]
        for row in self.rows:
            row.add_class("ttt-tight")
        self.rest = ipywidgets.HTML(layout=PICTURE_LAYOUT)
        self.draw_one = ipywidgets.Button(description="Draw one", button_style="primary")
        self.temperature = _field(ipywidgets.BoundedFloatText, "Temperature:", temperature, 5.0)
        self.temperature.step = 0.1
        self.seed = _field(ipywidgets.BoundedIntText, "Seed:", seed, 10**6)
        self.undo = ipywidgets.Button(description="Undo")
        self.restart = ipywidgets.Button(description="Start again")
        self._connect()
        self.draw()

    def _connect(self) -> None:
        for place, button in enumerate(self.guesses):
            button.add_class("ttt-next-token")
            button.on_click(lambda _, place=place: self.take(place))
        self.draw_one.on_click(lambda _: self.take())
        self.undo.on_click(lambda _: self.go(self.text.undone()))
        self.restart.on_click(lambda _: self.start_again())
        self.temperature.observe(lambda _: self.draw(), names="value")
        self.seed.observe(lambda change: self.generator.manual_seed(change["new"]), names="value")

    def take(self, place: int | None = None) -> None:
        """Append the guess at this place, or one that is drawn."""
        if self.writer.ending(self.text):
            return  # a press that was on its way when the text ended
        if place is None:
            id = self.writer.drawn(self.text, self.temperature.value, self.generator)
        else:
            id = self.writer.ranked(self.text)[0][place]
        self.go(self.writer.taken(self.text, id))

    def start_again(self) -> None:
        """Go back to the prompt; the draws repeat too."""
        self.generator.manual_seed(self.seed.value)
        self.go(self.writer.start)

    def go(self, text: Text) -> None:
        self.text = text
        self.draw()

    def draw(self) -> None:
        moment = self.writer.moment(self.text, self.temperature.value)
        self.picture.value = page(draw_moment(moment), CONTROLS_STYLE + STYLE)
        for row in self.rows:  # hidden, not gone, so that nothing else moves
            row.layout.visibility = "hidden" if moment.ending else "visible"
        for button, bar, guess in zip(self.guesses, self.bars, moment.guesses, strict=False):
            button.description = label(guess)
            bar.value = page(bars_html(guess, moment.temperature), STYLE)
        self.rest.value = page(rest_html(moment), STYLE)
        self.draw_one.disabled = bool(moment.ending)
        self.undo.disabled = self.restart.disabled = not moment.chosen


def writing_stepper(
    prompt: str,
    temperature: float = 1.0,
    seed: int = 0,
    model: GPT | None = None,
    tokenizer: Tokenizer | None = None,
) -> Explorable:
    """Return a widget in which a model goes on from `prompt`, one token at a time.

    Args:
        prompt: special tokens in it count as tokens.
        temperature: what "Draw one" begins with, 0..5.
        seed: of the draws, 0..1,000,000; "Start again" repeats them.
        model, tokenizer: SmolLM2 and its own where both are left out.

    Raises:
        ValueError: if the prompt has no token or more than the model reads, or if the model and
            the tokenizer do not belong together.
    """
    if (model is None) != (tokenizer is None):
        raise ValueError("expected a model and its tokenizer, or neither, got one of them")
    if model is None:
        model, tokenizer = next_token.load(), smollm2.load_tokenizer()
    writer = Writer(prompt, model, tokenizer)
    desk, way = Desk(writer, temperature, seed), cache(writer.greedy_way)
    guesses = {f"guess {place}": one for place, one in enumerate(desk.guesses, start=1)}
    below = {
        "draw": desk.draw_one,
        "temperature": desk.temperature,
        "seed": desk.seed,
        "undo": desk.undo,
        "restart": desk.restart,
    }
    return Explorable(
        controls={**guesses, **below},
        picture=desk.picture,
        box=ipywidgets.VBox([desk.picture, *desk.rows, desk.rest, control_row(*below.values())]),
        still=lambda: draw_way(way()),
        describe=lambda: describe_way(way()),
        style=STYLE,
    )


def _field(kind: type, description: str, value: float, largest: float) -> ipywidgets.Widget:
    """Return a field for a number: no slider, whose handle has no name a reader could say."""
    return kind(
        value,
        min=0,
        max=largest,
        description=description,
        style={"description_width": "initial"},
        layout={"width": "155px"},
    )
