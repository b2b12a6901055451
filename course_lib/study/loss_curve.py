"""Draw how the loss of a training run fell."""

from collections.abc import Sequence
from pathlib import Path

from course_lib.study.figures import BLUE, GRAY, ORANGE, use_style

TICKS = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12)


def save_loss_curve(
    path: Path,
    losses: Sequence[tuple[int, float]],
    held_out: Sequence[tuple[int, float]],
    floor: float | None,
    title: str,
) -> None:
    """Write a picture of the loss by step, of training text and of other text.

    Args:
        losses, held_out: (step, nats a token).
        floor: the least possible loss, drawn as a line, or None.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    use_style()
    fig, ax = plt.subplots()
    ax.plot(*zip(*losses, strict=True), color=GRAY, linewidth=0.8, linestyle="-", label="each step")
    if held_out:
        ax.plot(
            *zip(*held_out, strict=True),
            color=BLUE,
            linewidth=2,
            linestyle="-",
            label="text it does not train on",
        )
    if floor is not None:
        ax.axhline(floor, color=ORANGE, linestyle="--", label=f"the least possible: {floor:.3f}")
    values = [loss for _, loss in (*losses, *held_out)] + [floor or losses[-1][1]]
    ax.set(title=title, xlabel="step", ylabel="loss, nats a token", yscale="log")
    ax.set_ylim(0.85 * min(values), 1.1 * max(values))
    ax.set_yticks([tick for tick in TICKS if 0.85 * min(values) < tick < 1.1 * max(values)])
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_locator(plt.NullLocator())
    ax.legend()
    fig.savefig(path, dpi=150)
    plt.close(fig)
