"""Draw how the loss of a training run fell."""

from collections.abc import Sequence
from pathlib import Path

from course_lib.study.figures import BLUE, GRAY, ORANGE, use_style


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
    lowest = min(loss for _, loss in (*losses, *held_out))
    ax.set(title=title, xlabel="step", ylabel="loss, nats a token", yscale="log")
    ax.set_ylim(bottom=0.9 * min(lowest, floor or lowest))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter("{x:g}")
    ax.legend()
    fig.savefig(path, dpi=150)
    plt.close(fig)
