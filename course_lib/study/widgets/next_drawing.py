"""The next token before and after temperature and filters: bars as HTML, and in words."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from course_lib.llm.sampling import Settings
from course_lib.study.strips import token_html, visible
from course_lib.study.widgets.choosing import percent

HOTTEST = 100
LONGEST_PROMPT = 120  # characters, the last ones
LEAST_SHOWN = 1e-5
CAPTION = "What is kept, the entropy after, and the likeliest token"

STYLE = """
.ttt-asked{margin:.1em 0 .5em;overflow-wrap:anywhere}
.ttt.ttt .ttt-candidates{width:100%;max-width:660px;margin-bottom:1.2em}
.ttt.ttt .ttt-candidates .ttt-row th,.ttt.ttt .ttt-candidates .ttt-row td{padding:2px 18px 2px 0;
border-bottom:0;vertical-align:middle}
.ttt.ttt .ttt-candidates .ttt-rest th,.ttt.ttt .ttt-candidates .ttt-rest td{padding-top:7px;
border-top:1px solid var(--ttt-rule)}
.ttt.ttt .ttt-candidates .ttt-row .ttt-chances{width:50%;padding-right:0}
.ttt-candidates .ttt-token{margin:0;overflow-wrap:break-word}
.ttt-chance{display:block;box-sizing:border-box;border-radius:2px;min-width:1px}
.ttt-before{height:7px;margin-bottom:2px;background:var(--ttt-gray)}
.ttt-after{height:13px;background:var(--ttt-blue)}
.ttt-dropped{border:1px solid var(--ttt-orange);background:repeating-linear-gradient(
-45deg,var(--ttt-orange) 0 2px,transparent 2px 5px)}
.ttt-legend{display:flex;flex-wrap:wrap;gap:.1em 1.8em;margin:.1em 0 .5em}
.ttt-legend span{display:inline-flex;align-items:center;gap:7px}.ttt-legend i{width:30px;margin:0}
"""


@dataclass(frozen=True)
class Candidate:
    """A token that may come next: its text, its probability before and after, and if it is kept."""

    token: str
    before: float
    after: float
    kept: bool


@dataclass(frozen=True)
class Outlook:
    """What may come after a prompt, as the model says and as the settings change it.

    Attributes:
        prompt: the text so far.
        settings: what changes the distribution.
        best: the likeliest tokens, best first.
        n_kept: how many tokens of the vocabulary no filter has dropped.
        vocab_size: how many tokens there are.
        entropies: in nats, (before, after).
    """

    prompt: str
    settings: Settings
    best: tuple[Candidate, ...]
    n_kept: int
    vocab_size: int
    entropies: tuple[float, float]

    @property
    def rest(self) -> Candidate:
        """Return all other tokens together; kept if one of them is."""
        before, after = (
            max(1 - sum(shares), 0.0)
            for shares in zip(*[(one.before, one.after) for one in self.best], strict=True)
        )
        n_others = self.vocab_size - len(self.best)
        return Candidate(f"the other {n_others:,}", before, after, self.n_kept_others > 0)

    @property
    def n_kept_others(self) -> int:
        return self.n_kept - sum(one.kept for one in self.best)


def problem(settings: Settings, vocab_size: int) -> str:
    """Return what is wrong with the settings in one sentence, or nothing."""
    if not 0 <= settings.temperature <= HOTTEST:
        return f"Temperature must be from 0 to {HOTTEST}, and it is {settings.temperature:g}."
    if settings.top_k is not None and not 1 <= settings.top_k <= vocab_size:
        return f"Top-k must be from 1 to {vocab_size:,}, and it is {settings.top_k:,}."
    if settings.top_p is not None and not 0 < settings.top_p <= 1:
        return f"Top-p must be above 0 and at most 1, and it is {settings.top_p:g}."
    if settings.min_p is not None and not 0 <= settings.min_p <= 1:
        return f"Min-p must be from 0 to 1, and it is {settings.min_p:g}."
    return ""


def name(settings: Settings, vocab_size: int) -> str:
    """Return the settings in words, without the filters that keep every token.

    Example:
        >>> name(Settings(temperature=0.7, top_k=50, top_p=1.0), 49_152)
        'temperature 0.7, top-k 50'
    """
    parts = [f"temperature {settings.temperature:g}"]
    if settings.top_k is not None and settings.top_k < vocab_size:
        parts.append(f"top-k {settings.top_k:,}")
    if settings.top_p is not None and settings.top_p < 1:
        parts.append(f"top-p {settings.top_p:g}")
    if settings.min_p:
        parts.append(f"min-p {settings.min_p:g}")
    return ", ".join(parts)


def share(prob: float) -> str:
    """Return a probability in percent; a tiny one is only said to be tiny."""
    return percent(prob) if prob >= LEAST_SHOWN or prob == 0 else f"below {percent(LEAST_SHOWN)}"


def sentences(outlook: Outlook) -> list[str]:
    """Say what is set, how many tokens are kept, and what becomes of entropy and best token."""
    best, (before, after) = outlook.best[0], outlook.entropies
    said = name(outlook.settings, outlook.vocab_size)
    are = "is" if outlook.n_kept == 1 else "are"
    return [
        f"{said[0].upper()}{said[1:]}: {outlook.n_kept:,} of {outlook.vocab_size:,} tokens {are} "
        "kept.",
        f"Entropy: {before:.2f} nats before, {after:.2f} after. The likeliest token, "
        f"“{visible(best.token)}”, had {share(best.before)} and has {share(best.after)}.",
    ]


def draw_outlook(outlook: Outlook, live: bool = True) -> str:
    """Return the prompt, the sentences, and a row a token with both probabilities as bars."""
    region = ' aria-live="polite"' if live else ""
    kept, change = map(html.escape, sentences(outlook))
    largest = max(max(one.before, one.after) for one in outlook.best)
    rows = "".join(_row(one, largest) for one in outlook.best) + _rest(outlook)
    heads = (
        '<th scope="col">next token</th><th scope="col" class="ttt-number">before</th>'
        '<th scope="col" class="ttt-number">after</th>'
        '<th scope="col" class="ttt-chances">both as bars</th>'
    )
    return (
        f'<p class="ttt-asked">After: <span class="ttt-mono">{html.escape(_end(outlook.prompt))}'
        f'</span></p><div{region}><p class="ttt-title">{kept}</p><p>{change}</p></div>'
        f'{_LEGEND}<table class="ttt-candidates"><thead><tr class="ttt-row">{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def draw_table(outlooks: Mapping[str, Sequence[Outlook]]) -> str:
    """Return a table, a column a prompt (by name) and a row a setting, the same for all."""
    heads = "".join(f'<th scope="col">{html.escape(prompt)}</th>' for prompt in outlooks)
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{name(row[0].settings, row[0].vocab_size)}</th>'
        + "".join(f"<td>{html.escape(_brief(one))}</td>" for one in row)
        + "</tr>"
        for row in zip(*outlooks.values(), strict=True)
    )
    return (
        f'<table><caption>{CAPTION}</caption><thead><tr class="ttt-row">'
        f'<th scope="col">settings</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )


def describe_outlook(outlook: Outlook) -> str:
    """Return the same as the picture in plain text."""
    tokens = [f"“{visible(one.token)}” {_change(one)}" for one in outlook.best]
    if outlook.vocab_size > len(outlook.best):
        tokens.append(f"{outlook.rest.token} {_change(outlook.rest)} ({_n_kept_others(outlook)})")
    return "\n".join(
        [
            f"After: {_end(outlook.prompt)}",
            *sentences(outlook),
            f"Before -> after: {', '.join(tokens)}",
        ]
    )


def describe_table(outlooks: Mapping[str, Sequence[Outlook]]) -> str:
    """Return the same as the table in plain text, a line a prompt and setting."""
    lines = [CAPTION]
    for prompt, column in outlooks.items():
        lines += [f"{prompt} | {name(o.settings, o.vocab_size)}: {_brief(o)}" for o in column]
    return "\n".join(lines)


def _row(one: Candidate, largest: float) -> str:
    """Return a token's row; a dropped token has one striped bar, a kept one two full bars."""
    dropped = "" if one.kept else " ttt-dropped"
    bars = _bar(f"ttt-before{dropped}", one.before / largest)
    if one.kept:
        bars += _bar("ttt-after", one.after / largest)
    return (
        f'<tr class="ttt-row"><th scope="row">{token_html(one.token, "plain")}</th>'
        f'<td class="ttt-number">{share(one.before)}</td>'
        f'<td class="ttt-number">{_after(one)}</td><td class="ttt-chances">{bars}</td></tr>'
    )


def _rest(outlook: Outlook) -> str:
    """Return the row of all other tokens, if there are any."""
    if outlook.vocab_size == len(outlook.best):
        return ""
    rest = outlook.rest
    return (
        f'<tr class="ttt-row ttt-rest"><th scope="row">{rest.token}</th>'
        f'<td class="ttt-number">{share(rest.before)}</td>'
        f'<td class="ttt-number">{_after(rest)}</td>'
        f'<td class="ttt-chances">{_n_kept_others(outlook)}</td></tr>'
    )


def _bar(kind: str, length: float) -> str:
    return f'<span class="ttt-chance {kind}" style="width:{100 * length:.2f}%"></span>'


def _after(one: Candidate) -> str:
    return share(one.after) if one.kept else "dropped"


def _change(one: Candidate) -> str:
    return f"{share(one.before)} -> {_after(one)}"


def _n_kept_others(outlook: Outlook) -> str:
    n = outlook.n_kept_others
    return f"{n:,} of them kept" if n else "none of them kept"


def _brief(outlook: Outlook) -> str:
    best = outlook.best[0]
    return (
        f"{outlook.n_kept:,} kept, {outlook.entropies[1]:.2f} nats, "
        f"“{visible(best.token)}” {share(best.after)}"
    )


def _end(prompt: str) -> str:
    cut = "… " if len(prompt) > LONGEST_PROMPT else ""
    return cut + visible(prompt[-LONGEST_PROMPT:])


_LEGEND = (
    '<div class="ttt-legend ttt-note">'
    '<span><i class="ttt-chance ttt-before"></i>before (thin)</span>'
    '<span><i class="ttt-chance ttt-after"></i>after (thick)</span>'
    '<span><i class="ttt-chance ttt-before ttt-dropped"></i>dropped (striped)</span></div>'
)
