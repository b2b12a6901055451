"""One moment of writing token by token as HTML, and in words."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from course_lib.study.strips import shorten, token_html

Guess = tuple[str, float]

STYLE = """
.ttt-controls .jupyter-button.ttt-guess{width:13em;text-align:left;
font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:14px}
.ttt-controls .ttt{margin:0}
.ttt-share{display:inline-block;height:12px;border-radius:2px;background:var(--ttt-blue);
vertical-align:middle}
.ttt.ttt .ttt-written{padding:.2em 0 .4em;line-height:1}
.ttt-taken{display:inline-block;text-align:center;vertical-align:top}
.ttt-taken small{display:block;font-size:12px;margin:-4px 4px 4px 0;
color:var(--jp-content-font-color2,inherit)}
"""


@dataclass(frozen=True)
class Choice:
    """A token that was chosen, with its probability and its rank among the guesses, from 1."""

    token: str
    prob: float
    rank: int


@dataclass(frozen=True)
class Step:
    """A text so far, and what may come next.

    Attributes:
        prompt: what it began with.
        chosen: the tokens added since.
        guesses: (token, probability), best first.
    """

    prompt: str
    chosen: tuple[Choice, ...]
    guesses: tuple[Guess, ...]

    @property
    def text(self) -> str:
        return self.prompt + "".join(choice.token for choice in self.chosen)

    def together(self) -> float:
        """Return the probability of all chosen tokens, one after the other."""
        return prod(choice.prob for choice in self.chosen)


def percent(prob: float) -> str:
    """Return a probability in percent, with three digits where it is small.

    Example:
        >>> percent(0.07133), percent(0.0000123)
        ('7.1%', '0.00123%')
    """
    return f"{100 * prob:.1f}%" if prob >= 0.001 else f"{100 * prob:.3g}%"


def label(guess: Guess) -> str:
    """Return what the button of a guess says."""
    token, prob = guess
    return f"{shorten(token)}  {percent(prob)}"


def bar_html(guess: Guess, best: Guess) -> str:
    """Return a bar as long as the guess is likely, the best guess being 20 em long."""
    share = guess[1] / best[1] if best[1] else 0.0
    return f'<span class="ttt-share" style="width:{20 * share:.2f}em"></span>'


def headline(step: Step) -> str:
    """Say what was chosen last and how likely the whole is."""
    if not step.chosen:
        return "Choose the next token"
    last = step.chosen[-1]
    said = f"You took {shorten(last.token)}, guess {last.rank}, {percent(last.prob)}."
    if len(step.chosen) > 1:
        said += f" All {len(step.chosen)} of your tokens together: {percent(step.together())}."
    return said


def draw_step(step: Step) -> str:
    """Return the text so far, each chosen token in a box with its probability."""
    boxes = "".join(
        f'<span class="ttt-taken">{token_html(choice.token, _hue(choice))}'
        f"<small>{percent(choice.prob)}</small></span>"
        for choice in step.chosen
    )
    prompt = token_html(step.prompt, "plain")
    return (
        f'<p class="ttt-title" aria-live="polite">{html.escape(headline(step))}</p>'
        f'<div class="ttt-written">{prompt}{boxes}</div>'
    )


def draw_steps(steps: Sequence[Step]) -> str:
    """Return a table of texts and their guesses, a row a step."""
    n_guesses = len(steps[0].guesses)
    heads = "".join(f'<th scope="col">guess {place}</th>' for place in range(1, n_guesses + 1))
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{html.escape(step.text)}</th>'
        + "".join(f"<td>{html.escape(label(guess))}</td>" for guess in step.guesses)
        + "</tr>"
        for step in steps
    )
    return (
        "<table><caption>Always guess 1: the first steps</caption><thead>"
        f'<tr class="ttt-row"><th scope="col">text so far</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def describe_steps(steps: Sequence[Step]) -> str:
    """Return the same in plain text."""
    lines = ["Always guess 1: the first steps"]
    for step in steps:
        lines.append(f"{step.text} -> {', '.join(label(guess) for guess in step.guesses)}")
    return "\n".join(lines)


def _hue(choice: Choice) -> str:
    return "blue" if choice.rank == 1 else "orange"
