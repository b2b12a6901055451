"""Scores of one query and the weights that a softmax makes of them, as HTML and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

NUDGE = 0.1  # by so much the largest score is raised, to see what the softmax still feels

STYLE = """
.ttt.ttt .ttt-scale .ttt-row td,.ttt.ttt .ttt-scale .ttt-row th{padding:3px 18px 3px 0;
border-bottom:0;vertical-align:middle}
.ttt-scale .ttt-weight{display:inline-block;height:12px;border-radius:2px;
background:var(--ttt-blue);vertical-align:middle}
"""


@dataclass(frozen=True)
class Scale:
    """What one query finds among its keys.

    Attributes:
        normal: the scores at width 1; at width D they are larger by the root of D.
        D: the width of queries and keys.
        divided: whether the scores are divided by the root of D again.
    """

    normal: tuple[float, ...]
    D: int
    divided: bool

    @property
    def scores(self) -> list[float]:
        factor = 1.0 if self.divided else sqrt(self.D)
        return [factor * score for score in self.normal]

    @property
    def weights(self) -> list[float]:
        return softmax(self.scores)

    @property
    def entropy(self) -> float:
        """Return the entropy of the weights in nats."""
        return -sum(weight * log(weight) for weight in self.weights if weight > 0)

    @property
    def response(self) -> float:
        """Return what the largest weight gains when its score grows by `NUDGE`."""
        scores = self.scores
        place = scores.index(max(scores))
        before = softmax(scores)[place]
        scores[place] += NUDGE
        return softmax(scores)[place] - before


def softmax(scores: Sequence[float]) -> list[float]:
    """Return scores as weights that add to 1."""
    highest = max(scores)
    exponentials = [exp(score - highest) for score in scores]
    return [value / sum(exponentials) for value in exponentials]


def headline(scale: Scale) -> str:
    """Say how wide the vectors are, and how much of a choice the softmax has left."""
    how = "divided by its root" if scale.divided else "not divided"
    flat = log(len(scale.normal))
    return (
        f"D = {scale.D:,}, {how}: the largest weight is {max(scale.weights):.3f}, the entropy "
        f"{scale.entropy:.2f} of {flat:.2f} nats. Raise its score by {NUDGE}, and it gains "
        f"{scale.response:.4f}."
    )


def draw_scale(scale: Scale, live: bool = True) -> str:
    """Return the headline and a row a key: score, weight, and the weight as a bar."""
    region = ' aria-live="polite"' if live else ""
    heads = "".join(
        f'<th scope="col"{span}>{name}</th>'
        for name, span in (("key", ""), ("score", ""), ("weight", ' colspan="2"'))
    )
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{number}</th><td class="ttt-number">{score:.2f}</td>'
        f'<td class="ttt-number">{weight:.3f}</td>'
        f'<td><span class="ttt-weight" style="width:{20 * weight:.2f}em"></span></td></tr>'
        for number, (score, weight) in enumerate(zip(scale.scores, scale.weights, strict=True))
    )
    return (
        f'<p class="ttt-title"{region}>{headline(scale)}</p><table class="ttt-scale">'
        f'<thead><tr class="ttt-row">{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )


def draw_widths(normal: Sequence[float], widths: Sequence[int]) -> str:
    """Return a table of the largest weight and the entropy at several widths, both ways."""
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("D", "largest weight, not divided", "entropy", "largest weight, divided")
    )
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{D:,}</th><td>{max(raw.weights):.3f}</td>'
        f"<td>{raw.entropy:.2f} nats</td><td>{max(divided.weights):.3f}</td></tr>"
        for D, raw, divided in _both(normal, widths)
    )
    return (
        "<table><caption>Wider vectors, larger scores, a softmax that only picks the best"
        f'</caption><thead><tr class="ttt-row">{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )


def describe_widths(normal: Sequence[float], widths: Sequence[int]) -> str:
    """Return the same in plain text, a line a width and way."""
    lines = []
    for _, raw, divided in _both(normal, widths):
        lines += [headline(raw), headline(divided)]
    return "\n".join(lines)


def _both(normal: Sequence[float], widths: Sequence[int]) -> list[tuple[int, Scale, Scale]]:
    kept = tuple(normal)
    return [(D, Scale(kept, D, False), Scale(kept, D, True)) for D in widths]
