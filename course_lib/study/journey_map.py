"""One sentence on its way through a language model, station by station: the map of the course.

Everything in the picture is data of the journey: ids, the numbers in the vectors, scores, guesses.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from course_lib.study.figures import BLUE, GRAY, INK, ORANGE, QUIET, RULE
from course_lib.study.next_token import Journey
from course_lib.study.strips import visible
from course_lib.study.widgets.choosing import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 100, 58  # the units of the picture
NUMBERS = 28  # of each vector, so many numbers are drawn
HALF = 3.8  # of the height of a strip of numbers
ROWS = (39.5, 29.5, 19.5)  # the height of the middle of each token's row
STATIONS = (  # name, where its middle stands, what is taught about it
    ("1  Tokens", 7, "lesson 1"),
    ("2  Vectors", 22, "lesson 2"),
    ("3  Layers", 45.5, "lessons 3 and 4"),
    ("4  Scores", 72, "lesson 4"),
    ("5  A choice", 92, "lesson 5"),
)


def draw(journey: Journey, chosen: str) -> "Figure":
    """Return the map of a text of three tokens, whose next token is `chosen`.

    Raises:
        ValueError: if the journey has another number of tokens: the picture has three rows.
    """
    from matplotlib import pyplot

    if len(journey.ids) != len(ROWS):
        raise ValueError(f"expected a text of {len(ROWS)} tokens, got {len(journey.ids)}")
    fig = pyplot.figure(figsize=(8.6, 5.1), layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    ax.axis("off")
    T, V = journey.logits.shape
    C, n_layer = journey.layers[0].size(1), len(journey.layers) - 1
    shapes = (f"{T} ids", f"{T} × {C}", f"{n_layer} times {T} × {C}", f"{T} × {V:,}", "1 id")
    for (name, x, lesson), shape in zip(STATIONS, shapes, strict=True):
        ax.text(x, 55, name, ha="center", fontsize=12.5, weight="bold")
        ax.text(x, 51.3, shape, ha="center", color=QUIET)
        ax.text(x, 47.8, lesson, ha="center", color=BLUE)
    _tokens(ax, journey)
    _vectors(ax, journey)
    _layers(ax, journey)
    _scores(ax, journey)
    _choice(ax, journey, chosen)
    _way_back(ax)
    return fig


def colors(vector: Tensor) -> Tensor:
    """Return the first numbers of vectors (..., C) scaled to -1..1, for the color map.

    A few numbers in a layer are a thousand times as large as the rest: what counts is how a number
    compares with the usual size in its own vector, and whatever is over three times that is full.
    """
    usual = vector.abs().median(dim=-1, keepdim=True).values
    return (vector[..., :NUMBERS] / (3 * usual)).clamp(-1, 1)


def _tokens(ax: "Axes", journey: Journey) -> None:
    for y, piece, token_id in zip(ROWS, journey.pieces, journey.ids, strict=True):
        _box(ax, 7, y, visible(piece), f"{token_id}", INK)
        _arrow(ax, (13.2, y), (16.3, y))


def _vectors(ax: "Axes", journey: Journey) -> None:
    for y, strip in zip(ROWS, colors(journey.layers[0]), strict=True):
        _image(ax, strip[:, None], (20.6, 23.4, y - HALF, y + HALF))
        _arrow(ax, (24.6, y), (27.4, y))


def _layers(ax: "Axes", journey: Journey) -> None:
    left, right = 28.4, 62.6
    after = colors(torch.stack(journey.layers[1:], dim=1))  # (T, n_layer, NUMBERS)
    for y, strip in zip(ROWS, after, strict=True):
        _image(ax, strip.T, (left, right, y - HALF, y + HALF))
    n_layer = after.size(1)
    for number in sorted({1, n_layer // 3, 2 * n_layer // 3, n_layer} - {0}):
        x = left + (right - left) * (number - 0.5) / n_layer
        ax.text(x, 12.6, f"{number}", ha="center", va="center", color=QUIET)
    ax.text(left - 1.4, 12.6, "layer", ha="right", va="center", color=QUIET)
    for x, source, target in ((36, 0, 1), (41, 0, 2), (46, 1, 2)):  # the past flows into a token
        start, end = (x, ROWS[source] - HALF), (x, ROWS[target] + HALF)
        _arrow(ax, start, end, INK)  # behind the strip of a token between them


def _to_the_scores(ax: "Axes", y: float) -> None:
    """Draw the way of the last token's vector to the list of scores, whose middle is at `y`."""
    ax.plot([63.2, 64.6, 64.6], [ROWS[-1], ROWS[-1], y], color=GRAY, linewidth=1.4, linestyle="-")
    _arrow(ax, (64.45, y), (67.2, y))


def _scores(ax: "Axes", journey: Journey) -> None:
    """Draw the five best scores of the last token, and a sign for all the others."""
    best = journey.best()
    top = ROWS[0] + 2.6
    _to_the_scores(ax, top - 9.2)
    for place, (text, score, _) in enumerate(best):
        y = top - place * 4.6
        ax.text(75.2, y, visible(text), ha="right", va="center", family="DejaVu Sans Mono")
        ax.text(76.6, y, f"{score:.1f}", va="center", color=QUIET)
    rest = len(journey.probs) - len(best)
    ax.text(
        74.5, top - len(best) * 4.6, f"and {rest:,} more", ha="center", va="center", color=QUIET
    )
    _arrow(ax, (81.2, top - 9.2), (83.6, top - 9.2))


def _choice(ax: "Axes", journey: Journey, chosen: str) -> None:
    best = journey.best()
    top = ROWS[0] + 2.6
    for place, (text, _, prob) in enumerate(best):
        y = top - place * 4.6
        hue = ORANGE if text == chosen else BLUE
        ax.barh(y, 8.2 * prob / best[0][2], 2.8, left=85, color=hue)
        ax.text(85.8 + 8.2 * prob / best[0][2], y, percent(prob), va="center", color=QUIET)
    ids = {text: i for i, (text, _, _) in enumerate(best)}
    if chosen not in ids:
        raise ValueError(f"expected one of the five best, {[*ids]}, got {chosen!r}")
    _box(ax, 92, 14.2, visible(chosen), "", ORANGE)


def _way_back(ax: "Axes") -> None:
    """Draw the chosen token's way back to the start, under everything."""
    ax.plot([92, 92, 7, 7], [10.4, 5.4, 5.4, 12.6], color=ORANGE, linewidth=1.6, linestyle="-")
    ax.annotate(
        "",
        xy=(7, 14.6),
        xytext=(7, 11.5),
        arrowprops={"arrowstyle": "-|>", "color": ORANGE, "linewidth": 1.6},
    )
    ax.text(
        49.5,
        5.4,
        "append it, and again",
        ha="center",
        va="center",
        color=ORANGE,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 5},
    )
    ax.text(
        49.5,
        0.8,
        "The numbers in stations 2 to 4 are learned: from text (lesson 6), from examples (7) "
        "and judgments (8)",
        ha="center",
        va="center",
        color=QUIET,
    )


def _box(ax: "Axes", x: float, y: float, text: str, below: str, edge: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    shape = FancyBboxPatch(
        (x - 5, y - 3.2),
        10,
        6.4,
        boxstyle="round,pad=0.2,rounding_size=1.2",
        facecolor="white",
        edgecolor=edge,
        linewidth=1.4,
    )
    ax.add_patch(shape)
    ax.text(
        x,
        y + (1.3 if below else 0),
        text,
        ha="center",
        va="center",
        family="DejaVu Sans Mono",
        fontsize=11.5,
        color=edge,
    )
    if below:
        ax.text(x, y - 1.7, below, ha="center", va="center", color=QUIET)


def _image(ax: "Axes", values: Tensor, extent: tuple[float, float, float, float]) -> None:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    left, right, bottom, top = extent
    between = LinearSegmentedColormap.from_list("signs", [ORANGE, "white", BLUE])
    ax.imshow(
        values.numpy(), cmap=between, vmin=-1, vmax=1, extent=extent, aspect="auto",
        interpolation="nearest",
    )  # fmt: skip
    frame = Rectangle((left, bottom), right - left, top - bottom, fill=False, edgecolor=RULE)
    ax.add_patch(frame)


def _arrow(
    ax: "Axes", start: tuple[float, float], end: tuple[float, float], color: str = GRAY
) -> None:
    arrow = {"arrowstyle": "-|>", "color": color, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=end, xytext=start, arrowprops=arrow, zorder=-1)
