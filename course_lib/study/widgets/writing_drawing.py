"""One moment of a model's writing as HTML, and in words: the text, and how likely it was."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log

from course_lib.study.strips import reading_direction, shorten, token_html
from course_lib.study.widgets.choosing import Choice

LONGEST_LABEL = 18  # characters of a token that fit on its button
LONGEST_PROMPT = 600  # characters of it that are shown, the last ones
BAR = 16  # em, as long as a probability of 1
CAPTION = "The likeliest token each time: the first steps"
NONE_YET = '<p class="ttt-note">none yet</p>'

STYLE = """
.ttt-controls .jupyter-button.ttt-next-token{width:18.5em;text-align:left;
font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:14px}
.ttt-controls .ttt{margin:0}
.ttt-controls.ttt-tight{padding:2px 4px;flex-wrap:nowrap}
.ttt-controls.ttt-tight .jupyter-button{flex:0 1 auto;min-width:9em;outline-offset:0}
.ttt-controls.ttt-tight .widget-html{flex:1 1 0;min-width:9em}
.ttt.ttt .ttt-outcome{margin-top:.7em}
.ttt.ttt .ttt-so-far{min-height:3em;padding:.5em .8em;margin:.3em 0 .9em;font-size:15px;
border:1px solid var(--ttt-rule);border-radius:5px;white-space:pre-wrap;overflow-wrap:anywhere}
.ttt-written{min-height:64px;padding:1px 0 0}
.ttt-taken{display:inline-block;text-align:center;vertical-align:top;margin:0 5px 6px 0}
.ttt-taken .ttt-token{margin:0} .ttt-taken small{display:block;font-size:12px;line-height:1.35;
font-variant-numeric:tabular-nums;color:var(--jp-content-font-color1,inherit)}
.ttt-shares{display:inline-block;vertical-align:middle;margin-right:.6em}
.ttt-share{display:block;height:10px;border-radius:2px;background:var(--ttt-blue)}
.ttt-share+.ttt-share{margin-top:2px}
.ttt-share.ttt-drawn{background:var(--ttt-orange)}
.ttt.ttt .ttt-ways td,.ttt.ttt .ttt-ways th{vertical-align:top;padding-right:14px}
.ttt.ttt .ttt-ways tbody th{width:36%;overflow-wrap:anywhere}
"""


@dataclass(frozen=True)
class Guess:
    """A token that may come next.

    Attributes:
        token: its text; a byte that is no whole character is a surrogate (`surrogateescape`).
        prob: the model's own probability.
        drawn: the probability that a draw at the temperature takes it.
    """

    token: str
    prob: float
    drawn: float


@dataclass(frozen=True)
class Rest:
    """All tokens that are not among the guesses, taken together."""

    n_tokens: int = 0
    prob: float = 0.0
    drawn: float = 0.0


@dataclass(frozen=True)
class Moment:
    """A text so far, and what may come next.

    Attributes:
        prompt: what it began with.
        chosen: the tokens added since; their probabilities are the model's own.
        guesses: the likeliest next tokens, best first; none after the end.
        rest: every other token.
        temperature: of a draw.
        ending: why nothing may follow, as a sentence; "" while the text goes on.
    """

    prompt: str
    chosen: tuple[Choice, ...]
    guesses: tuple[Guess, ...]
    rest: Rest = Rest()
    temperature: float = 1.0
    ending: str = ""

    @property
    def added(self) -> str:
        """Return the text of the chosen tokens; half a character is shown as �."""
        tokens = "".join(choice.token for choice in self.chosen)
        return tokens.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    @property
    def nats(self) -> float:
        """Return the sum of -ln p over the chosen tokens."""
        return sum(surprise(choice.prob) for choice in self.chosen)

    @property
    def perplexity(self) -> float:
        """Return e to the mean of -ln p, 1 for no tokens."""
        mean = self.nats / max(len(self.chosen), 1)
        return exp(mean) if mean < 700 else inf  # e^710 is too large for a float


def surprise(prob: float) -> float:
    """Return -ln p in nats."""
    return -log(prob) if prob else inf


def share(prob: float) -> str:
    """Return a probability in percent, without a tail of digits where it is tiny.

    Example:
        >>> share(0.07133), share(0.000123), share(1e-9)
        ('7.1%', '0.012%', '<0.001%')
    """
    if prob >= 0.001 or prob == 0:
        return f"{100 * prob:.1f}%"
    return f"{100 * prob:.2g}%" if prob >= 1e-5 else "<0.001%"


def label(guess: Guess) -> str:
    """Return what the button of a guess says: the token, its spaces visible, and how likely."""
    name = shorten(guess.token) or "(empty)"
    if len(name) > LONGEST_LABEL:
        name = f"{name[: LONGEST_LABEL - 1]}…"
    return f"{name}  {share(guess.prob)}"


def headline(moment: Moment) -> str:
    """Say which token came last."""
    if not moment.chosen:
        return "Choose the next token"
    last = moment.chosen[-1]
    place = "the likeliest" if last.rank == 1 else f"number {last.rank:,} by probability"
    return f"Token {len(moment.chosen)}, {place} ({share(last.prob)}): {shorten(last.token)}"


def score(moment: Moment) -> str:
    """Say how surprising all chosen tokens are together."""
    n_tokens = len(moment.chosen)
    if not n_tokens:
        return "Press one of the likeliest, or draw one of all tokens by chance."
    tokens = "1 token" if n_tokens == 1 else f"{n_tokens} tokens"
    return (
        f"Sum of −ln p over {tokens}: {moment.nats:.2f} nats. "
        f"Perplexity so far: {_large(moment.perplexity)}."
    )


def draw_moment(moment: Moment) -> str:
    """Return what came last, the text so far, and each chosen token with its probability."""
    boxes = "".join(
        _box(choice.token, "blue" if choice.rank == 1 else "orange", choice.prob)
        for choice in moment.chosen
    )
    direction = reading_direction([choice.token for choice in moment.chosen])
    said = " ".join(text for text in (score(moment), moment.ending) if text)
    return (
        f'<div aria-live="polite"><p class="ttt-title">{html.escape(headline(moment))}</p>'
        f"<p>{html.escape(said)}</p></div>"
        f'<p class="ttt-so-far" dir="auto">{html.escape(_end_of(moment.prompt))}'
        f"<b>{html.escape(moment.added)}</b></p>"
        '<p class="ttt-label">Chosen tokens, and below each its probability p and −ln p '
        "(orange: not the likeliest)</p>"
        f'<div class="ttt-written" dir="{direction}">{boxes or NONE_YET}</div>'
    )


def bars_html(guess: Guess, temperature: float) -> str:
    """Return a bar for the model's probability; another for a draw's, where it differs."""
    if temperature == 1:
        return _shares(guess, with_drawn=False)
    return f"{_shares(guess)}<span>drawn: {share(guess.drawn)}</span>"


def rest_html(moment: Moment) -> str:
    """Say how likely it is that none of the guesses comes next; "" where there is no other."""
    rest = moment.rest
    if not rest.n_tokens:
        return ""
    said = f"Any of the {rest.n_tokens:,} other tokens: {share(rest.prob)}"
    if moment.temperature != 1:
        said += f"; drawn at temperature {moment.temperature:g}: {share(rest.drawn)}"
    return f"<p>{said}</p>"


def draw_way(moments: Sequence[Moment]) -> str:
    """Return a table of the moments on the greedy way, a row each, and how it went."""
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{html.escape(_text(moment))}</th><td>'
        + "".join(
            _box(guess.token, "plain" if place else "blue", guess.prob, with_nats=not place)
            for place, guess in enumerate(moment.guesses)
        )
        + (f"{html.escape(moment.ending)}</td></tr>" if moment.ending else "</td></tr>")
        for moment in moments[:-1] or moments
    )
    return (
        f'<table class="ttt-ways"><caption>{CAPTION}</caption><thead><tr class="ttt-row">'
        '<th scope="col">Text so far</th><th scope="col">The likeliest next tokens and their '
        "probabilities, the one taken first (with −ln p)</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        f'<p class="ttt-outcome">{html.escape(outcome(moments[-1]))}</p>'
    )


def describe_way(moments: Sequence[Moment]) -> str:
    """Return the same in plain text."""
    lines = [CAPTION]
    for moment in moments[:-1] or moments:
        said = ", ".join(label(guess) for guess in moment.guesses) or moment.ending
        lines.append(f"{_text(moment)} -> {said}")
    return "\n".join([*lines, outcome(moments[-1])])


def outcome(moment: Moment) -> str:
    """Say what was written in the end, and how surprising it was."""
    return f"Written: “{_text(moment)}”. {score(moment)} {moment.ending}".rstrip()


def _box(token: str, hue: str, prob: float, with_nats: bool = True) -> str:
    nats = f"<small> {surprise(prob):.2f}</small>" if with_nats else ""
    return (
        f'<span class="ttt-taken">{token_html(token, hue)}<small> {share(prob)}</small>{nats}'
        "</span> "
    )


def _shares(guess: Guess, with_drawn: bool = True) -> str:
    widths = {"": guess.prob, " ttt-drawn": guess.drawn}
    shares = "".join(
        f'<span class="ttt-share{kind}" style="width:{BAR * prob:.2f}em"></span>'
        for kind, prob in list(widths.items())[: 1 + with_drawn]
    )
    return f'<span class="ttt-shares">{shares}</span>'


def _text(moment: Moment) -> str:
    """Return the text on one line."""
    return (_end_of(moment.prompt) + moment.added).replace("\n", "⏎")


def _end_of(prompt: str) -> str:
    return prompt if len(prompt) <= LONGEST_PROMPT else f"… {prompt[-LONGEST_PROMPT:]}"


def _large(number: float) -> str:
    if number == inf:
        return "more than a computer can count"
    if number < 100:
        return f"{number:.2f}"
    return f"{number:,.0f}" if number < 1e6 else f"{number:.3g}"
