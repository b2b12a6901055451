"""Where language models stand: fields inside fields, and a band across three of them."""

from typing import TYPE_CHECKING

from course_lib.study.figures import GRAY, INK, ORANGE, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, STEP = 100, 50, 24.5
FIELDS = (  # name, an example that is no language model, an example that is one
    ("Artificial intelligence", "ELIZA, 1966\nrules that\nreply", ""),
    ("Machine learning", "a spam filter\nthat learned\nfrom mails", "our trigrams\ncount words"),
    (
        "Deep learning",
        "AlexNet, 2012\nnames what is\nin a picture",
        "recurrent nets\nread in order",
    ),
    ("Transformers", "ViT, 2020\nnames what is\nin a picture", "SmolLM2, GPT,\nLlama, Claude"),
)


def draw() -> "Figure":
    """Return the map: each field lies in the one to its left; language models are a band."""
    from matplotlib import pyplot

    fig = pyplot.figure(figsize=(8.6, 3.9), layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(-0.5, WIDTH + 0.5), ylim=(-0.5, HEIGHT + 0.5))
    ax.axis("off")
    for depth, (name, other, model) in enumerate(FIELDS):
        left = depth * STEP
        _frame(ax, left, 1.6 * depth, WIDTH - 1.1 * depth, HEIGHT - 1.6 * depth, GRAY, "none")
        middle = left + (STEP if depth < len(FIELDS) - 1 else WIDTH - 3.3 - left) / 2
        ax.text(middle, 39.6, name, ha="center", va="center", weight="bold")
        ax.text(middle, 30.5, other, ha="center", va="center", color=QUIET, linespacing=1.45)
        ax.text(middle, 13.2, model, ha="center", va="center", color=INK, linespacing=1.45)
    _frame(ax, STEP + 1.4, 8, WIDTH - 4.7, 18.4, ORANGE, "none", dashed=True)
    ax.text(1.6, 13.2, "Language models:\nthey predict\nthe next word", color=ORANGE, va="center",
            linespacing=1.45)  # fmt: skip
    ax.annotate("", xy=(STEP + 1, 13.2), xytext=(STEP - 4.6, 13.2),
                arrowprops={"arrowstyle": "-|>", "color": ORANGE, "linewidth": 1.4})  # fmt: skip
    return fig


def _frame(
    ax: "Axes", left: float, bottom: float, right: float, top: float, edge: str, face: str,
    dashed: bool = False,
) -> None:  # fmt: skip
    from matplotlib.patches import FancyBboxPatch

    shape = FancyBboxPatch(
        (left, bottom),
        right - left,
        top - bottom,
        boxstyle="round,pad=0,rounding_size=1.4",
        facecolor=face,
        edgecolor=edge,
        linewidth=1.8 if dashed else 1.2,
        linestyle="--" if dashed else "-",
    )
    ax.add_patch(shape)
