"""A flat map of words with a query that can be moved, as HTML and in words."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.study.markup import HUES

WIDTH, HEIGHT, MARGIN = 640, 400, 40
N_NEAREST = 5
LABEL_WIDTH, LABEL_HEIGHT = 80, 15  # room for a word, in pixels of the map
RING = 9  # half as wide as the ring around the query
# The last kind is hollow and in the color of the text: gray is for the lines.
CLASSES = (*[f"ttt-{hue}" for hue in HUES if hue != "gray"], "ttt-hollow")

STYLE = """
.ttt-map{display:block;width:100%;max-width:640px;height:auto;border:1px solid var(--ttt-rule)}
.ttt-map text{font-size:14px;fill:var(--jp-content-font-color1,currentColor)}
.ttt-map .ttt-hollow,.ttt-kinds .ttt-hollow svg{fill:none;stroke-width:2;
stroke:var(--jp-content-font-color1,currentColor)}
.ttt-kinds{display:flex;flex-wrap:wrap;gap:.2em 1.4em;margin:0 0 .4em}
.ttt-kinds svg{width:14px;height:14px;vertical-align:-2px;margin-right:5px}
"""
# One shape a kind, drawn around (0, 0), so that a kind can be told without its hue.
SHAPES = (
    '<circle r="4.5"/>',
    '<rect x="-4" y="-4" width="8" height="8"/>',
    '<path d="M0-6 6 0 0 6-6 0z"/>',
    '<path d="M0-6 5.5 4h-11z"/>',
    '<path d="M0 6 5.5-4h-11z"/>',
)


@dataclass(frozen=True)
class Map:
    """Words with their kinds, their vectors, and the two directions of the flat map.

    Attributes:
        words, kinds: one of each a word.
        vectors: (n, C).
        directions: (2, C) to the right and up, of length 1.
        step: how far one move goes.
    """

    words: list[str]
    kinds: list[str]
    vectors: Tensor
    directions: Tensor
    step: float

    def query(self, word: str, right: int, up: int) -> Tensor:
        """Return the vector (C,) of a word, moved by so many steps."""
        moved = torch.tensor([right, up]) * self.step
        return self.vectors[self.words.index(word)] + moved @ self.directions

    def nearest(self, word: str, query: Tensor) -> list[tuple[int, float]]:
        """Return (place, cosine) of the five words nearest in all C numbers, best first.

        The word that the query started from is left out.
        """
        cosines = F.cosine_similarity(self.vectors, query, dim=-1)  # (n,)
        cosines[self.words.index(word)] = -2.0
        best = cosines.topk(min(N_NEAREST, len(self.words) - 1))
        return list(zip(best.indices.tolist(), best.values.tolist(), strict=True))

    def places(self, vectors: Tensor) -> list[list[float]]:
        """Return where vectors (m, C) lie on the map, in pixels from the upper left."""
        middle = self.vectors.mean(dim=0)
        flat = (self.vectors - middle) @ self.directions.T  # (n, 2)
        low, high = flat.min(dim=0).values, flat.max(dim=0).values
        room = torch.tensor([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
        scale = (room / (high - low).clamp_min(1e-9)).min()  # pixels a unit, the same both ways
        away = ((vectors - middle) @ self.directions.T - (low + high) / 2) * scale
        away[:, 1] *= -1  # pixels count from the top
        pixels = torch.tensor([WIDTH / 2, HEIGHT / 2]) + away
        return pixels.clamp(torch.tensor(8.0), torch.tensor([WIDTH - 8.0, HEIGHT - 8.0])).tolist()


def headline(word: str, right: int, up: int) -> str:
    """Say where the query is."""
    parts = [
        f"{abs(steps)} {name}"
        for steps, name in (
            (right, "to the right" if right > 0 else "to the left"),
            (up, "up" if up > 0 else "down"),
        )
        if steps
    ]
    return f"The query is {word}, moved {' and '.join(parts)}" if parts else f"The query is {word}"


def said(a_map: Map, word: str, right: int, up: int) -> str:
    """Say where the query is and which words are nearest."""
    nearest = a_map.nearest(word, a_map.query(word, right, up))
    words = ", ".join(f"{a_map.words[place]} {cosine:.2f}" for place, cosine in nearest)
    return f"{headline(word, right, up)}. Nearest other words: {words or 'none'}."


def draw_map(a_map: Map, word: str, right: int, up: int) -> str:
    """Return the map with lines from the query to the five nearest other words."""
    query = a_map.query(word, right, up)
    nearest = a_map.nearest(word, query)
    places = a_map.places(a_map.vectors)
    ((x, y),) = a_map.places(query[None])
    order = list(dict.fromkeys(a_map.kinds))
    class_of = dict(zip(order, CLASSES, strict=False))
    shape_of = dict(zip(order, SHAPES, strict=False))
    lines = "".join(
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{places[place][0]:.1f}" y2="{places[place][1]:.1f}" '
        'stroke="var(--ttt-gray)" stroke-width="1.5"/>'
        for place, _ in nearest
    )
    marks = "".join(
        f'<g class="{class_of[kind]}" transform="translate({px:.1f} {py:.1f})" '
        f'fill="var(--ttt-hue)"><title>{html.escape(name)}</title>{shape_of[kind]}</g>'
        for name, kind, (px, py) in zip(a_map.words, a_map.kinds, places, strict=True)
    )
    labels = "".join(
        f'<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}">{html.escape(name)}</text>'
        for name, left, top, anchor in _labels(
            a_map, [place for place, _ in nearest], places, (x, y)
        )
    )
    ring = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RING}" fill="none" stroke-width="3" '
        'stroke="var(--jp-content-font-color1,currentColor)"/>'
    )
    alt = html.escape(said(a_map, word, right, up), quote=True)
    kinds = "".join(
        f'<span class="{class_of[kind]}"><svg viewBox="-7 -7 14 14" aria-hidden="true" '
        f'fill="var(--ttt-hue)">{shape_of[kind]}</svg>{html.escape(kind)}</span>'
        for kind in order
    )
    return (
        f'<p class="ttt-title" aria-live="polite">{html.escape(said(a_map, word, right, up))}</p>'
        f'<div class="ttt-kinds">{kinds}</div>'
        f'<svg class="ttt-map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{alt}">'
        f"{lines}{marks}{labels}{ring}</svg>"
    )


def draw_still(a_map: Map, words: Sequence[str]) -> str:
    """Return a table of some words and those nearest to them."""
    heads = "".join(f'<th scope="col">nearest {n}</th>' for n in range(1, N_NEAREST + 1))
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{html.escape(word)}</th>'
        + "".join(f"<td>{html.escape(other)}</td>" for other in _others(a_map, word))
        + "</tr>"
        for word in words
    )
    return (
        "<table><caption>The nearest words of some queries</caption><thead>"
        f'<tr class="ttt-row"><th scope="col">query</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def describe(a_map: Map, words: Sequence[str]) -> str:
    """Return the same in plain text."""
    lines = ["The nearest words of some queries"]
    lines += [f"{word}: {', '.join(_others(a_map, word))}" for word in words]
    return "\n".join(lines)


def _others(a_map: Map, word: str) -> list[str]:
    return [a_map.words[place] for place, _ in a_map.nearest(word, a_map.query(word, 0, 0))]


def _labels(
    a_map: Map,
    chosen: Sequence[int],
    places: Sequence[Sequence[float]],
    ring: tuple[float, float],
) -> list[tuple[str, float, float, str]]:
    """Return (word, x, y, anchor) of the labels.

    One that would lie under the ring begins beside it, on the page; one that would cover another
    moves down.
    """
    labels: list[tuple[str, float, float, str]] = []
    for place in sorted(chosen, key=lambda place: places[place][1]):
        x, y = places[place]
        side = -1 if x > WIDTH - 110 else 1
        left, top = x + side * 9, y + 5
        first, last = sorted((left, left + side * LABEL_WIDTH))
        across_ring = first < ring[0] + RING and last > ring[0] - RING
        if across_ring and abs(y - ring[1]) < RING + LABEL_HEIGHT:
            if not 0 < ring[0] + side * (RING + 4 + LABEL_WIDTH) < WIDTH:
                side = -side
            left = ring[0] + side * (RING + 4)
        for _, other_left, other_top, _ in labels:
            if abs(other_left - left) < LABEL_WIDTH and top - other_top < LABEL_HEIGHT:
                top = other_top + LABEL_HEIGHT
        labels.append((a_map.words[place], left, top, "start" if side > 0 else "end"))
    return labels
