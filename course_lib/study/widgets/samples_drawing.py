"""A look at a model in training as HTML and in words: loss, right answers, and what it writes."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from course_lib.study.growth import Look
from course_lib.study.town_training import Town
from course_lib.tinyville.documents import is_possible

LONGEST_BAR = 12  # em, where all is right
BEGINNING = 110  # characters of a text that stand in the table
NOTHING = "(nothing: it ends the text at once)"

STYLE = """
.ttt.ttt .ttt-looks .ttt-row td,.ttt.ttt .ttt-looks .ttt-row th{padding:3px 18px 3px 0;
border-bottom:0;vertical-align:middle}
.ttt-looks .ttt-right{display:inline-block;height:12px;border-radius:2px;
background:var(--ttt-blue);vertical-align:middle}
.ttt.ttt .ttt-sample{white-space:pre-wrap;overflow-wrap:anywhere;margin:.2em 0 .5em;
padding:.4em .8em;border-left:3px solid var(--ttt-gray);
font-family:var(--jp-code-font-family,ui-monospace,monospace)}
.ttt.ttt .ttt-beginning{overflow-wrap:anywhere}
"""


@dataclass(frozen=True)
class Scene:
    """A look at a model, and the town whose texts it learns."""

    look: Look
    place: Town

    @cached_property
    def possible(self) -> bool:
        """Whether Tinyville could have written what the model writes."""
        return is_possible(self.place.world, self.look.sample)

    @property
    def text(self) -> str:
        """What the model writes, or that it writes nothing."""
        return self.look.sample or NOTHING

    @property
    def verdict(self) -> str:
        can = "could have written" if self.possible else "could not have written"
        return f"Tinyville {can} this."

    @property
    def over(self) -> float:
        """Return how far the loss is over the floor, in nats a token."""
        return self.look.loss - self.place.floor


def headline(scene: Scene, last_step: int) -> str:
    """Say how far the training is, and how far the loss is above the floor."""
    return (
        f"Step {scene.look.step:,} of {last_step:,}: loss {scene.look.loss:.2f} nats a token, "
        f"{scene.over:.2f} over the floor of {scene.place.floor:.2f}."
    )


def draw_scene(scene: Scene, last_step: int) -> str:
    """Return headline, text and verdict, and a row a kind of question: the part right as a bar."""
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{html.escape(kind)}</th>'
        f'<td class="ttt-number">{right:.0%}</td><td><span class="ttt-right" '
        f'style="width:{LONGEST_BAR * right:.2f}em"></span></td></tr>'
        for kind, right in scene.look.right.items()
    )
    return (
        f'<div aria-live="polite"><p class="ttt-title">{headline(scene, last_step)}</p>'
        f'<p class="ttt-label">The model writes:</p><div class="ttt-sample">'
        f"{html.escape(scene.text)}</div><p>{scene.verdict}</p></div>"
        '<table class="ttt-looks"><thead><tr class="ttt-row"><th scope="col">questions about</th>'
        '<th scope="col" colspan="2">answered right</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def draw_looks(scenes: Sequence[Scene]) -> str:
    """Return a table, a row a look: its step, its loss, and how its text begins."""
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("step", "loss", "the model writes", "could Tinyville have written it?")
    )
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{scene.look.step:,}</th>'
        f'<td class="ttt-number">{scene.look.loss:.2f}</td>'
        f'<td class="ttt-beginning">{html.escape(beginning(scene.text))}</td>'
        f"<td>{'yes' if scene.possible else 'no'}</td></tr>"
        for scene in scenes
    )
    return (
        f'<table><caption>{caption(scenes[0])}</caption><thead><tr class="ttt-row">{heads}</tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )


def describe_looks(scenes: Sequence[Scene]) -> str:
    """Return the same in plain text, a line a look."""
    lines = [
        f"Step {scene.look.step:,}, loss {scene.look.loss:.2f}: {beginning(scene.text)} "
        f"[{scene.verdict}]"
        for scene in scenes
    ]
    return "\n".join([caption(scenes[0]), *lines])


def caption(scene: Scene) -> str:
    """Say what the table shows, and where the floor is."""
    return f"What the model writes during training; the floor is {scene.place.floor:.2f} nats"


def beginning(text: str) -> str:
    """Return a text's first 110 characters on one line, with dots if there are more."""
    line = " ".join(text.split())
    return line if len(line) <= BEGINNING else line[:BEGINNING].rstrip() + " ..."


def spread_out(scenes: Sequence[Scene], n: int) -> list[Scene]:
    """Return the first, the last and others between them, `n` at most."""
    if len(scenes) <= n:
        return list(scenes)
    return [scenes[round(i * (len(scenes) - 1) / (n - 1))] for i in range(n)]
