"""One moment of byte-pair-encoding training as HTML, and in words."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from course_lib.study.markup import HUES
from course_lib.study.strips import shorten, token_html
from course_lib.study.widgets.merge_steps import Pair, Step, pieces

MAX_WORDS = 12
MAX_PAIRS = 8
MAX_ALPHABET = 24
MAX_STILL_STEPS = 5

STYLE = """
.ttt-columns{display:flex;flex-wrap:wrap;gap:1em 2.5em;margin:1em 0 0}
.ttt-columns>div:first-child{flex:1 1 340px;max-width:440px}
.ttt-words{padding:4px 0 0 7px;margin-bottom:1.3em;line-height:1}
.ttt-word{margin:0 0 12px}
.ttt-word .ttt-token{margin:0 6px 0 0}
.ttt-next{display:inline-block;vertical-align:top;margin:-5px 1px -5px -5px;padding:3px;
border:2px dashed var(--jp-content-font-color1,currentColor);border-radius:9px}
.ttt-word .ttt-next .ttt-token:last-child{margin-right:0}
.ttt-made{outline:2px solid var(--ttt-hue);font-weight:700}
.ttt.ttt .ttt-pairs .ttt-row td,.ttt.ttt .ttt-pairs .ttt-row th{padding:4px 14px 4px 0;
vertical-align:middle;border-bottom:0}
.ttt.ttt .ttt-pairs .ttt-row th{font-size:13px;padding-top:0}
.ttt.ttt .ttt-pairs .ttt-wins.ttt-row td{font-weight:600}
.ttt-pairs .ttt-token{margin:0 2px 0 0}
.ttt-bar{display:inline-block;height:12px;margin-right:8px;vertical-align:-1px;
border:2px solid var(--ttt-hue);background:var(--ttt-hue);border-radius:2px;box-sizing:border-box}
.ttt-bar.ttt-tie{background:repeating-linear-gradient(135deg,transparent 0 3px,
var(--ttt-hue) 3px 5px)}
.ttt-still{border-top:1px solid var(--ttt-rule);padding-top:.7em;margin-top:.9em}
.ttt-still:first-of-type{border:0;padding:0;margin:0}
"""


@dataclass(frozen=True)
class Symbols:
    """What the ids stand for: the alphabet that training starts from, and all that is merged.

    Attributes:
        texts: id -> text or bytes.
        first_id: the id that the first merge makes.
    """

    texts: Mapping[int, str | bytes]
    first_id: int

    def name(self, token_id: int) -> str:
        return f'<b class="ttt-mono">{html.escape(shorten(self.texts[token_id]))}</b>'

    def pair_name(self, pair: Pair) -> str:
        return f"{self.name(pair[0])} + {self.name(pair[1])}"

    def box(self, token_id: int, with_id: bool = True) -> str:
        """Return the box of a token; a merged one has the same hue wherever it stands."""
        hues = list(HUES)[:-1]
        merge = token_id - self.first_id
        hue = hues[merge % len(hues)] if merge >= 0 else "plain"
        return token_html(self.texts[token_id], hue, token_id if with_id else None)


def draw_step(step: Step, symbols: Symbols) -> str:
    """Return what just happened and what comes next, the words, the pairs and the vocabulary."""
    return (
        f'<div aria-live="polite"><p class="ttt-title">{headline(step, symbols)}</p>'
        f"<p>{reason(step, symbols)}</p></div>"
        f'<div class="ttt-columns"><div>{_words(step, symbols)}{_vocabulary(step, symbols)}</div>'
        f"<div>{_pairs(step, symbols)}</div></div>"
    )


def draw_all(steps: Sequence[Step], symbols: Symbols) -> str:
    """Return the steps below each other, the middle ones left out if there are many."""
    first, last = list(steps), []
    left_out = len(steps) - MAX_STILL_STEPS
    if left_out > 0:
        first, last = list(steps[: MAX_STILL_STEPS - 1]), [steps[-1]]
    panels = [draw_step(step, symbols).replace(' aria-live="polite"', "") for step in first + last]
    if last:
        panels.insert(
            -1, _note(f"… {left_out:,} step{'s are' if left_out > 1 else ' is'} left out")
        )
    return "".join(f'<div class="ttt-still">{panel}</div>' for panel in panels)


def describe_all(steps: Sequence[Step], symbols: Symbols) -> str:
    """Return every step in plain text: what happened, the words now, what comes next."""
    blocks = []
    for step in steps:
        words = "  ".join(
            "|".join(shorten(symbols.texts[token_id]) for token_id in word)
            for word in step.words[:MAX_WORDS]
        )
        lines = [headline(step, symbols), html.escape(words), _more(step.words, MAX_WORDS)]
        lines.append(reason(step, symbols))
        blocks.append("\n".join(_plain(line) for line in lines if line))
    return "\n\n".join(blocks)


def headline(step: Step, symbols: Symbols) -> str:
    """Say which merge was made, as HTML."""
    if step.made is None:
        return "Before the first merge, each word is a row of single symbols"
    pair, new_id = step.made
    merges = "merge" if step.n_merges == 1 else "merges"
    return (
        f"After {step.n_merges} {merges}: {symbols.pair_name(pair)} became "
        f"{symbols.name(new_id)}, token {new_id}"
    )


def reason(step: Step, symbols: Symbols) -> str:
    """Say why the next merge is the next one, or why there is none, as HTML."""
    if not step.words:
        return "There are no words to merge."
    if step.upcoming is None:
        stop = "That was the last merge." if step.made else "No merge is asked for."
        if not step.ranked:
            stop = "No word has a pair left to merge."
        return f"{stop} The vocabulary is complete."
    count = step.count(step.upcoming)
    if not count:
        return f"Next is {symbols.pair_name(step.upcoming)}, which is not in these words."
    times = "once" if count == 1 else f"{count:,} times"
    found = f"Next is {symbols.pair_name(step.upcoming)}, found {times}"
    if not step.is_by_rule():
        return f"{found}."
    ties = step.ties()
    if not ties:
        return f"{found}, more often than any other pair."
    if len(ties) > 1:
        return f"{found}, as are {len(ties)} other pairs. The smallest pair of ids wins the tie."
    return (
        f"{found}, as is {symbols.pair_name(ties[0])}. The smallest pair of ids wins the tie: "
        f"{step.upcoming} before {ties[0]}."
    )


def _words(step: Step, symbols: Symbols) -> str:
    rows = []
    for word, times in list(zip(step.words, step.counts, strict=True))[:MAX_WORDS]:
        boxes = []
        for piece in pieces(word, step.upcoming):
            drawn = "".join(_box_in_word(token_id, step, symbols) for token_id in piece)
            boxes.append(f'<span class="ttt-next">{drawn}</span>' if len(piece) == 2 else drawn)
        note = f' <span class="ttt-note">× {times:,}</span>' if times != 1 else ""
        rows.append(f'<div class="ttt-word">{"".join(boxes)}{note}</div>')
    if not rows:
        return ""
    dashed = "; dashed: what merges next" if step.upcoming and step.count(step.upcoming) else ""
    return (
        f'<p class="ttt-label">The words now{dashed}</p>'
        f'<div class="ttt-words">{"".join(rows)}{_more(step.words, MAX_WORDS)}</div>'
    )


def _box_in_word(token_id: int, step: Step, symbols: Symbols) -> str:
    box = symbols.box(token_id)
    is_new = step.made is not None and token_id == step.made[1]
    return box.replace("ttt-token", "ttt-token ttt-made", 1) if is_new else box


def _pairs(step: Step, symbols: Symbols) -> str:
    if not step.ranked:
        return ""
    highest = step.ranked[0][1]
    ties = step.ties()
    rows = []
    for pair, count in step.ranked[:MAX_PAIRS]:
        mark, hue, row_class = "", "gray", ""
        if pair == step.upcoming:
            mark, hue, row_class = "merges next", "blue", " ttt-wins"
        elif pair in ties:
            mark, hue = "ties", "blue ttt-tie"
        plus = '<span class="ttt-hidden"> + </span>'  # heard, and seen where styles are lost
        boxes = plus.join(symbols.box(token_id, with_id=False) for token_id in pair)
        bar = (
            f'<span class="ttt-bar ttt-{hue}" style="width:{round(90 * count / highest)}px"></span>'
        )
        rows.append(
            f'<tr class="ttt-row{row_class}"><td>{boxes}</td>'
            f'<td class="ttt-number">{pair[0]}, {pair[1]}</td><td>{bar}{count:,}</td>'
            f"<td>{mark}</td></tr>"
        )
    heads = "".join(f'<th scope="col">{text}</th>' for text in ("Pair", "Ids", "Found"))
    return (
        f'<table class="ttt-pairs"><thead><tr class="ttt-row">{heads}<td></td></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>{_more(step.ranked, MAX_PAIRS)}"
    )


def _vocabulary(step: Step, symbols: Symbols) -> str:
    known = [token_id for token_id in symbols.texts if token_id < symbols.first_id + step.n_merges]
    shown, left_out = known, 0
    if symbols.first_id > MAX_ALPHABET:  # of 256 bytes, show those that the words use
        used = {token_id for word in step.words for token_id in word}
        shown = [token_id for token_id in known if token_id in used or token_id >= symbols.first_id]
        left_out = len(known) - len(shown)
    boxes = "".join(_box_in_word(token_id, step, symbols) for token_id in shown)
    rest = f"… and {left_out:,} that these words do not use now" if left_out else ""
    return (
        f'<p class="ttt-label">The vocabulary: {len(known):,} tokens with their ids</p>'
        f'<div class="ttt-strip">{boxes}</div>{rest and _note(rest)}'
    )


def _more(items: Sequence, limit: int) -> str:
    left_out = len(items) - limit
    return _note(f"… and {left_out:,} more") if left_out > 0 else ""


def _note(text: str) -> str:
    return f'<p class="ttt-note">{text}</p>'


def _plain(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", text))
