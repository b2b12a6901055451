"""A widget that cuts what you type into tokens, by several tokenizers at once."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ipywidgets

from course_lib.study.markup import page
from course_lib.study.strips import strip_html, strip_text
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
)

Encode = Callable[[str], Sequence[tuple[int, bytes]]]

STYLE = """
.ttt-cut{margin:0 0 .5em;padding-top:.7em;border-top:1px solid var(--ttt-rule)}
.ttt-cut-head{display:flex;flex-wrap:wrap;gap:.2em 1.6em;align-items:baseline;margin:0 0 .55em}
.ttt-cut-name{font-weight:600;min-width:10em}
.ttt-cut-count{font-weight:600;min-width:6em}
.ttt-typed{white-space:pre-wrap;overflow-wrap:anywhere;border-left:3px solid var(--ttt-rule);
padding-left:.8em}
"""


@dataclass(frozen=True)
class Cut:
    """A text as one tokenizer cuts it.

    Attributes:
        name: of the tokenizer.
        pieces: (id, bytes) of each token.
        problem: why the tokenizer refused the text; empty if it did not.
    """

    name: str
    text: str
    pieces: Sequence[tuple[int, bytes]]
    problem: str = ""

    def numbers(self) -> list[str]:
        """Return the count of tokens, tokens a word and characters a token, each in words."""
        n_tokens, n_words = len(self.pieces), len(self.text.split())
        said = [f"{n_tokens:,} token" + ("" if n_tokens == 1 else "s")]
        if n_words:
            said.append(f"{n_tokens / n_words:.2f} tokens a word")
        if n_tokens:
            said.append(f"{len(self.text) / n_tokens:.2f} characters a token")
        return said


def tokenize_strip(
    text: str, tokenizers: Mapping[str, Encode], examples: Mapping[str, str] | None = None
) -> Explorable:
    """Return a widget with a text field and one strip of tokens a tokenizer, drawn as you type.

    Words are what blanks separate; characters are code points.

    Args:
        text: what the field holds at first.
        tokenizers: name -> function that returns (id, bytes) for each token of a text.
        examples: name -> text; each gets a button that puts the text into the field.
    """
    field = ipywidgets.Textarea(
        text,
        description="Type here:",
        rows=3,
        style={"description_width": "initial"},
        layout={"width": "100%", "max_width": "880px"},
    )
    show_ids = ipywidgets.Checkbox(False, description="Show ids", indent=False)
    picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)

    def cuts() -> list[Cut]:
        return [cut(name, field.value, encode) for name, encode in tokenizers.items()]

    def redraw(_change: dict | None = None) -> None:
        picture.value = page(draw_cuts(cuts(), show_ids.value), CONTROLS_STYLE + STYLE)

    redraw()
    field.observe(redraw, names="value")
    show_ids.observe(redraw, names="value")
    buttons = {
        name: _example_button(name, field, example) for name, example in (examples or {}).items()
    }
    return Explorable(
        controls={"text": field, **buttons, "ids": show_ids},
        picture=picture,
        box=ipywidgets.VBox(
            [control_row(field), control_row(*buttons.values(), show_ids), picture]
        ),
        still=lambda: _typed_html(field.value) + draw_cuts(cuts(), show_ids.value, live=False),
        describe=lambda: describe_cuts(field.value, cuts()),
        style=STYLE,
    )


def cut(name: str, text: str, encode: Encode) -> Cut:
    """Return the text as `encode` cuts it, or with the reason why it refused."""
    try:
        return Cut(name, text, list(encode(text)))
    except Exception as error:  # noqa: BLE001 - an encode of the learner's own may raise anything
        lines = str(error).splitlines() or [""]
        return Cut(name, text, [], f"{type(error).__name__}: {lines[0]}"[:200])


def draw_cuts(cuts: Sequence[Cut], with_ids: bool = False, live: bool = True) -> str:
    """Return the strips with their numbers, under one sentence that compares the counts."""
    region = ' aria-live="polite"' if live else ""
    strips = "".join(_cut_html(one, with_ids) for one in cuts)
    return f'<p class="ttt-title"{region}>{html.escape(summary(cuts))}</p>{strips}'


def describe_cuts(text: str, cuts: Sequence[Cut]) -> str:
    """Return the same in plain text."""
    blocks = [f"{summary(cuts)}\nText: {text}"]
    for one in cuts:
        strip = one.problem or strip_text([piece for _, piece in one.pieces])
        blocks.append(f"{one.name}: {', '.join(one.numbers())}\n{strip}")
    return "\n\n".join(blocks)


def summary(cuts: Sequence[Cut]) -> str:
    """Say in one sentence how many tokens each tokenizer makes."""
    counts = [
        f"{len(one.pieces):,} by {one.name}" if not one.problem else f"none by {one.name}"
        for one in cuts
    ]
    return "Tokens in this text: " + ", ".join(counts)


def _cut_html(one: Cut, with_ids: bool) -> str:
    name = f'<span class="ttt-cut-name">{html.escape(one.name)}</span>'
    if one.problem:
        strip = f"<p>✗ This tokenizer refused the text. {html.escape(one.problem)}</p>"
        return f'<div class="ttt-cut"><div class="ttt-cut-head">{name}</div>{strip}</div>'
    count, *rates = one.numbers()
    numbers = f'<span class="ttt-cut-count">{count}</span>' + "".join(
        f"<span>{rate}</span>" for rate in rates
    )
    ids = [token_id for token_id, _ in one.pieces] if with_ids else None
    strip = strip_html([piece for _, piece in one.pieces], ids)
    return f'<div class="ttt-cut"><div class="ttt-cut-head">{name}{numbers}</div>{strip}</div>'


def _typed_html(text: str) -> str:
    return f'<p class="ttt-typed" dir="auto">{html.escape(text)}</p>'


def _example_button(name: str, field: ipywidgets.Textarea, example: str) -> ipywidgets.Button:
    button = ipywidgets.Button(description=name, layout={"width": "auto"})

    def put(_button: ipywidgets.Button) -> None:
        field.value = example

    button.on_click(put)
    return button
