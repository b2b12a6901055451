"""Draw how alike pairs by chance are, and where some chosen pairs stand among them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor

from course_lib.study.figures import BLUE, ORANGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEADROOM = 2.1  # times the height of the hill: room for the labels above it


def draw_hills(ax: "Axes", by_chance: Tensor, chosen: Mapping[str, float]) -> None:
    """Draw a histogram of cosines, and a line with its label for each chosen pair.

    Args:
        by_chance: (n,) cosines of pairs that were drawn by chance.
        chosen: label -> cosine.
    """
    counts, _, _ = ax.hist(by_chance.tolist(), bins=60, color=BLUE, alpha=0.7)
    top = HEADROOM * max(counts)
    ax.set(xlim=(-0.4, 1.15), ylim=(0, top), ylabel="pairs by chance")
    ordered = sorted(chosen.items(), key=lambda pair: pair[1])
    for rank, (label, value) in enumerate(ordered):
        # The further right, the lower: a label stands above all lines to the right of its own.
        height = top * (0.95 - 0.43 * rank / max(len(ordered) - 1, 1))
        ax.plot([value, value], [0, height], color=ORANGE, linestyle="-", linewidth=1.5)
        ax.annotate(
            f"{label} {value:.2f}",
            (value, height),
            xytext=(5, 0),
            textcoords="offset points",
            color=ORANGE,
            va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},  # hides the grid
        )
