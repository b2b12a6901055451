"""Draw what each half of each layer costs, one panel a task, all on the same axes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from course_lib.study.figures import BLUE, ORANGE, QUIET
from course_lib.study.who_does_what import WAYS, Costs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TASKS = {
    "capitals": "Capitals: to say the right one",
    "which capital": "Which capital: its lead over eight others",
    "repeats": "Repeats: to find them in the text",
}
PARTS = {  # name, place beside the layer's number, and a fill that needs no hue to be told apart
    "attention": ("attention", -0.2, {"color": BLUE}),
    "feed_forward": ("feed-forward", 0.2, {"color": "white", "edgecolor": ORANGE}),
}
TITLE = "What it costs to switch one half of one layer off"
EDGE = 10.0  # nats: what costs more leaves the picture, and is named above it
LABELLED = 0.8  # nats: what costs more gets the number of its layer
NAMED = 2  # so many of those outside the picture


def draw(
    costs: Costs, way: str, tasks: Sequence[str] = tuple(TASKS), title: str = TITLE
) -> "Figure":
    """Return a figure with a bar for each half of each layer; pass it to `figures.show`.

    Its axis is the same for all ways, so that two figures can be compared.

    Args:
        way: one of `WAYS`.
        tasks: a panel each.
    """
    from matplotlib import pyplot

    size = (8.8, 0.8 + 2.5 * len(tasks))
    fig, axes = pyplot.subplots(len(tasks), 1, figsize=size, sharex=True, sharey=True)
    found = {task: {part: costs.by[task, way, part].tolist() for part in PARTS} for task in tasks}
    lowest = min(0.0, *(cost for rows in found.values() for row in rows.values() for cost in row))
    for ax, (task, rows) in zip(axes, found.items(), strict=True):
        _panel(ax, TASKS[task], rows)
    n_layer = len(found[tasks[0]]["attention"])
    axes[-1].set(xlabel="layer", xlim=(-0.6, n_layer - 0.4), xticks=range(n_layer))
    axes[-1].set_ylim(max(lowest - 0.25, -EDGE), EDGE)  # of all panels
    fig.suptitle(title, x=0.01, ha="left", fontsize=12.5, weight="bold")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=len(PARTS))
    return fig


def alt(costs: Costs, way: str, tasks: Sequence[str] = tuple(TASKS)) -> str:
    """Return the figure in words: the four halves of each kind that cost most."""
    said = [f"Nats a token that it costs if one half of one layer says {WAYS[way]}."]
    for task in tasks:
        for part, (half, *_) in PARTS.items():
            worst = costs.worst(task, way, part, k=4).items()
            most = ", ".join(f"{cost:.2f} in layer {layer}" for layer, cost in worst)
            said.append(f"{TASKS[task]}, {half}: {most}.")
    return " ".join(said)


def outside(rows: dict[str, list[float]]) -> str:
    """Return the names and costs of the halves whose bars leave the picture, worst first."""
    found = [
        (cost, f"{PARTS[part][0]} {layer}: {cost:.1f}")
        for part, row in rows.items()
        for layer, cost in enumerate(row)
        if abs(cost) > EDGE
    ]
    names = [name for _, name in sorted(found, reverse=True)]
    rest = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return "outside:  " + ",  ".join(names[:NAMED] + rest) if names else ""


def _panel(ax: "Axes", name: str, rows: dict[str, list[float]]) -> None:
    """Draw the bars of a task; a layer whose halves cost much gets its number above them."""
    for part, row in rows.items():
        half, shift, fill = PARTS[part]
        places = [layer + shift for layer in range(len(row))]
        ax.bar(places, row, width=0.36, linewidth=1.3, label=half, **fill)
    for layer, pair in enumerate(zip(*rows.values(), strict=True)):
        if max(pair) >= LABELLED:
            place = layer + (0.1 if pair[1] > pair[0] else -0.1)  # over the higher bar
            ax.text(place, min(max(pair), EDGE) + 0.12, f"{layer}", ha="center", va="bottom")
    ax.axhline(0, color=QUIET, linewidth=0.8)
    ax.set_title(name, fontsize=11, pad=20)
    ax.set_title(outside(rows), loc="right", pad=20, fontsize=9.5, color=QUIET, weight="normal")
    ax.set_ylabel("nats a token")
