"""Draw how the loss of a training run fell."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.study.figures import BLUE, GRAY, ORANGE, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TICKS = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12)
WIDE_TICKS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10)  # where the loss falls below a tenth
LEAST = 0.005  # nats a token; what is lower is drawn here, for a logarithm has no 0
FEW = 20  # so many points are marked one by one


def save_loss_curve(
    path: Path,
    losses: Sequence[tuple[int, float]],
    held_out: Sequence[tuple[int, float]],
    floor: float | None,
    title: str,
) -> None:
    """Write a PNG picture of the loss by step, of training text and of other text.

    Args:
        losses, held_out: (step, nats a token), at least one of `losses`.
        floor: the least possible loss, drawn as a line, or None.
    """
    import matplotlib  # here, because a notebook that only grades draws nothing

    with matplotlib.rc_context():
        use_style()
        fig = loss_figure(losses, held_out, floor)
        fig.axes[0].set_title(title)
        fig.savefig(path, dpi=150, bbox_inches="tight", pad_inches=0.15)


def loss_figure(
    losses: Sequence[tuple[int, float]], held_out: Sequence[tuple[int, float]], floor: float | None
) -> "Figure":
    """Return the picture without its title; arguments as in `save_loss_curve`."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, NullLocator

    fig = Figure()
    ax = fig.subplots()
    ax.set(xlabel="step", ylabel="loss, nats a token", yscale="log")
    draw(ax, losses, "each step", color=GRAY, linewidth=0.8, alpha=0.6, markersize=3)
    draw(ax, held_out, "text it does not train on", color=BLUE, linewidth=2, markersize=5)
    if floor is not None:
        label = f"the least possible: {floor:.3f}"
        ax.axhline(floor, color=ORANGE, linestyle="--", label=label)
    values = [loss for _, loss in (*losses, *held_out)] + ([] if floor is None else [floor])
    low, high = 0.85 * max(min(values), LEAST), 1.1 * max(*values, LEAST)
    ticks = [tick for tick in (WIDE_TICKS if low < 0.1 else TICKS) if low < tick < high]
    if len(ticks) > 2:
        ax.set_yticks(ticks)
    else:
        ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.set_ylim(low, high)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_xlim(left=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    ax.legend()
    return fig


def draw(ax: "Axes", points: Sequence[tuple[int, float]], label: str, **style) -> None:
    """Draw points as a line; a few of them as dots too."""
    steps = [step for step, _ in points]
    losses = [max(loss, LEAST) for _, loss in points]
    marker = "o" if len(points) <= FEW else ""
    ax.plot(steps, losses, label=label, marker=marker, linestyle="-", **style)
