"""A widget that writes a text one token at a time: you choose among the model's best guesses.

Predict, choose, append, and again: all that a language model does when it writes.
"""

from collections.abc import Callable
from functools import lru_cache
from random import Random

import ipywidgets

from course_lib.study.markup import page
from course_lib.study.widgets.choosing import (
    STYLE,
    Choice,
    Step,
    bar_html,
    describe_steps,
    draw_step,
    draw_steps,
    label,
)
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
)

Predict = Callable[[str], list[tuple[str, float]]]

STILL_STEPS = 4
LONGEST = 60  # tokens that one may choose


class Writing:
    """A text that grows token by token, with a button for each guess and three to go about it."""

    def __init__(self, prompt: str, predict: Predict):
        self.prompt, self.predict = prompt, predict
        self.chosen: list[Choice] = []
        self.random = Random(0)
        self.picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)
        self.guesses = [ipywidgets.Button() for _ in predict(prompt)]
        self.bars = [ipywidgets.HTML() for _ in self.guesses]
        self.draw_one = ipywidgets.Button(description="Draw one for me", button_style="primary")
        self.back = ipywidgets.Button(description="Take back")
        self.restart = ipywidgets.Button(description="Start again")
        for place, button in enumerate(self.guesses):
            button.add_class("ttt-guess")
            button.on_click(lambda _, place=place: self.take(place))
        self.draw_one.on_click(lambda _: self.take(self.place_by_chance()))
        self.back.on_click(lambda _: self.keep(len(self.chosen) - 1))
        self.restart.on_click(lambda _: self.keep(0))
        self.draw()

    def now(self) -> Step:
        """Return the text so far and what may come next."""
        text = self.prompt + "".join(choice.token for choice in self.chosen)
        return Step(self.prompt, tuple(self.chosen), tuple(self.predict(text)))

    def take(self, place: int) -> None:
        """Append the guess at this place."""
        token, prob = self.now().guesses[place]
        self.chosen.append(Choice(token, prob, place + 1))
        self.draw()

    def place_by_chance(self) -> int:
        """Return the place of a guess, drawn by the guesses' probabilities."""
        weights = [prob for _, prob in self.now().guesses]
        return self.random.choices(range(len(weights)), weights)[0]

    def keep(self, n: int) -> None:
        """Keep the first n of the chosen tokens."""
        del self.chosen[n:]
        self.draw()

    def draw(self) -> None:
        step, is_full = self.now(), len(self.chosen) >= LONGEST
        self.picture.value = page(draw_step(step), CONTROLS_STYLE + STYLE)
        for button, bar, guess in zip(self.guesses, self.bars, step.guesses, strict=True):
            button.description, button.disabled = label(guess), is_full
            bar.value = page(bar_html(guess, step.guesses[0]), STYLE)
        self.draw_one.disabled = is_full
        self.back.disabled = self.restart.disabled = not self.chosen


def again_and_again(prompt: str, predict: Predict) -> Explorable:
    """Return a widget that starts with `prompt` and grows by the tokens one chooses.

    Args:
        prompt: the text to begin with.
        predict: returns the same number of (token, probability) pairs for each text, best first.
            It is asked once for each text.

    Raises:
        ValueError: if `predict` returns no guesses.
    """
    predict = lru_cache(maxsize=None)(predict)
    if not predict(prompt):
        raise ValueError("expected at least one guess for the prompt, got none")
    writing = Writing(prompt, predict)
    guesses = {f"guess {place}": one for place, one in enumerate(writing.guesses, start=1)}
    below = {"draw": writing.draw_one, "back": writing.back, "restart": writing.restart}
    rows = [control_row(*pair) for pair in zip(writing.guesses, writing.bars, strict=True)]
    return Explorable(
        controls={**guesses, **below},
        picture=writing.picture,
        box=ipywidgets.VBox([writing.picture, *rows, control_row(*below.values())]),
        still=lambda: draw_steps(first_steps(prompt, predict)),
        describe=lambda: describe_steps(first_steps(prompt, predict)),
        style=STYLE,
    )


def first_steps(prompt: str, predict: Predict) -> list[Step]:
    """Return the first steps of whoever always takes the likeliest token."""
    steps = [Step(prompt, (), tuple(predict(prompt)))]
    while len(steps) < STILL_STEPS:
        last = steps[-1]
        chosen = (*last.chosen, Choice(*last.guesses[0], 1))
        text = prompt + "".join(choice.token for choice in chosen)
        steps.append(Step(prompt, chosen, tuple(predict(text))))
    return steps
