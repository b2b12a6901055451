"""A query and a key whose pairs of numbers turn with their positions, as dials and in words."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, degrees, hypot, sin

RADIUS, ROOM = 62, 72  # of a dial, in pixels, and of the picture around it

STYLE = """
.ttt-dials{display:flex;flex-wrap:wrap;gap:.6em 1.6em}
.ttt-dials>div{width:150px}
.ttt-dials svg{display:block;width:144px;height:144px}
.ttt-dials p{font-variant-numeric:tabular-nums}
.ttt-hand{font-weight:600}
"""


@dataclass(frozen=True)
class Turning:
    """A query and a key of the same even width, and where they stand.

    Attributes:
        query, key: D numbers each, before they are turned.
        base: pair i turns by base^(-2i/D) radians a position.
        query_at, key_at: their positions.
    """

    query: Sequence[float]
    key: Sequence[float]
    base: float
    query_at: int
    key_at: int

    def speed(self, pair: int) -> float:
        """Return by how many radians a pair turns from one position to the next."""
        return self.base ** (-2 * pair / len(self.query))

    def hands(self, pair: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the pair of the query and the pair of the key, each turned by its position."""
        place = slice(2 * pair, 2 * pair + 2)
        speed = self.speed(pair)
        return (
            turned(self.query[place], speed * self.query_at),
            turned(self.key[place], speed * self.key_at),
        )

    def product(self, pair: int) -> float:
        """Return what a pair adds to the score."""
        (a, b), (c, d) = self.hands(pair)
        return a * c + b * d

    def score(self) -> float:
        """Return the dot product of the turned query and the turned key."""
        return sum(self.product(pair) for pair in range(self.n_pairs))

    @property
    def n_pairs(self) -> int:
        return len(self.query) // 2


def turned(pair: Sequence[float], angle: float) -> tuple[float, float]:
    """Return a point of the plane, turned around the origin by an angle in radians.

    Example:
        >>> [round(number, 4) for number in turned((1.0, 0.0), 1.0)]
        [0.5403, 0.8415]
    """
    x, y = pair
    return x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle)


def headline(state: Turning) -> str:
    """Say where query and key stand and what their score is."""
    distance = state.query_at - state.key_at
    return (
        f"Query at {state.query_at}, key at {state.key_at}: distance {distance}, "
        f"score {_number(state.score())}"
    )


def draw_dials(state: Turning) -> str:
    """Return a dial for each pair: the query's hand solid, the key's dashed."""
    longest = (
        max(hypot(*hand) for pair in range(state.n_pairs) for hand in state.hands(pair)) or 1.0
    )
    dials = "".join(_dial(state, pair, longest) for pair in range(state.n_pairs))
    return (
        f'<p class="ttt-title" aria-live="polite">{headline(state)}</p>'
        '<p><span class="ttt-blue ttt-hand" style="color:var(--ttt-blue)">solid: query</span>, '
        '<span class="ttt-orange ttt-hand" style="color:var(--ttt-orange)">dashed: key</span>. '
        "A dot marks where the query was at position 0, a ring where the key was.</p>"
        f'<div class="ttt-dials">{dials}</div>'
    )


def draw_still(states: Sequence[Turning]) -> str:
    """Return a table of some positions, with what each pair adds to the score."""
    pairs = range(states[0].n_pairs)
    heads = "".join(f'<th scope="col">pair {pair}</th>' for pair in pairs)
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{state.query_at} and {state.key_at}</th>'
        f"<td>{state.query_at - state.key_at}</td>"
        + "".join(f'<td class="ttt-number">{_number(state.product(pair))}</td>' for pair in pairs)
        + f'<td class="ttt-number">{_number(state.score())}</td></tr>'
        for state in states
    )
    return (
        "<table><caption>Same distance, same score: what each pair adds to it</caption><thead>"
        '<tr class="ttt-row"><th scope="col">query and key at</th><th scope="col">distance</th>'
        f'{heads}<th scope="col">score</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def describe(states: Sequence[Turning]) -> str:
    """Return the same in plain text."""
    lines = ["Same distance, same score: what each pair adds to it"]
    for state in states:
        products = ", ".join(_number(state.product(pair)) for pair in range(state.n_pairs))
        lines.append(f"{headline(state)} = {products}")
    return "\n".join(lines)


def _dial(state: Turning, pair: int, longest: float) -> str:
    query, key = state.hands(pair)
    place = slice(2 * pair, 2 * pair + 2)
    size = RADIUS / longest
    between = degrees(state.speed(pair) * (state.query_at - state.key_at)) % 360
    label = (
        f"Pair {pair}: turned by {between:.0f} degrees against each other, "
        f"adds {_number(state.product(pair))} to the score"
    )
    return (
        f'<div><svg viewBox="{-ROOM} {-ROOM} {2 * ROOM} {2 * ROOM}" role="img" '
        f'aria-label="{html.escape(label, quote=True)}">'
        f'<circle r="{RADIUS}" fill="none" stroke="var(--ttt-rule)" stroke-width="1.5"/>'
        f"{_start(state.query[place], size, 'blue')}"
        f"{_start(state.key[place], size, 'orange', hollow=True)}"
        f"{_hand(query, size, 'blue', '')}{_hand(key, size, 'orange', '7 4')}</svg>"
        f"<p>pair {pair}, {state.speed(pair):.3g} a step<br>adds {_number(state.product(pair))}</p>"
        "</div>"
    )


def _hand(point: tuple[float, float], size: float, hue: str, dashes: str) -> str:
    x, y = point[0] * size, -point[1] * size  # up is positive, as on paper
    return (
        f'<line x1="0" y1="0" x2="{x:.2f}" y2="{y:.2f}" stroke="var(--ttt-{hue})" '
        f'stroke-width="3.5" stroke-linecap="round" stroke-dasharray="{dashes}"/>'
    )


def _start(point: Sequence[float], size: float, hue: str, hollow: bool = False) -> str:
    """Return the mark of where a hand was at position 0: a dot, or a ring."""
    x, y = point[0] * size, -point[1] * size
    fill = "none" if hollow else f"var(--ttt-{hue})"
    return (
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="3.5" fill="{fill}" '
        f'stroke="var(--ttt-{hue})" stroke-width="2"/>'
    )


def _number(value: float) -> str:
    """Return a number with two digits after the point, and no minus before a zero."""
    return f"{round(value, 2) + 0.0:.2f}"
