"""Three kinds of Transformer, told apart by their masks: who may look at whom.

Vaswani et al., 2017, built the third kind; the other two are its halves. BERT: Devlin et al., 2018,
https://arxiv.org/abs/1810.04805. T5: Raffel et al., 2019, https://arxiv.org/abs/1910.10683. BART:
Lewis et al., 2019, https://arxiv.org/abs/1910.13461.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from course_lib.llm.attention import causal_mask
from course_lib.study import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

SEES = ("self-attention", "cross-attention", "hidden")


@dataclass(frozen=True)
class Kind:
    """A kind of Transformer and its mask.

    Attributes:
        name, purpose, models: what it is called, is for, and which models are of this kind.
        tokens: one a row and a column.
        allowed: (T, T) bool, rows look at columns, True where they may.
        crossed: (T, T) bool, the part of `allowed` that is cross-attention.
    """

    name: str
    purpose: str
    models: str
    tokens: tuple[str, ...]
    allowed: Tensor
    crossed: Tensor


def kinds(source: Sequence[str], target: Sequence[str]) -> tuple[Kind, Kind, Kind]:
    """Return encoder, decoder and encoder-decoder for a text and what shall be made of it.

    The encoder and the decoder read the source alone.
    """
    n, m = len(source), len(target)
    nothing = torch.zeros(n, n, dtype=torch.bool)
    crossed = torch.zeros(n + m, n + m, dtype=torch.bool)
    crossed[n:, :n] = True  # each target token sees the whole source
    both = crossed.clone()
    both[:n, :n] = True
    both[n:, n:] = causal_mask(m, m)
    return (
        Kind("Encoder", "to read", "BERT", tuple(source), ~nothing, nothing),
        Kind(
            "Decoder",
            "to write",
            "GPT, Llama, SmolLM2",
            tuple(source),
            causal_mask(n, n),
            nothing,
        ),
        Kind(
            "Encoder-decoder",
            "to turn one text into another",
            "T5, BART",
            (*source, *target),
            both,
            crossed,
        ),
    )


def draw(three: Sequence[Kind]) -> "Figure":
    """Return a figure with a panel a kind; pass it to `figures.show` with `alt`."""
    from matplotlib import pyplot as plt

    widths = [len(kind.tokens) for kind in three]
    fig, axes = plt.subplots(1, len(three), figsize=(8.8, 4.9), width_ratios=widths)
    for ax, kind in zip(axes, three, strict=True):
        _panel(ax, kind)
    axes[0].set_ylabel("this token may look ...")
    axes[0].set_xlabel("... at this one")
    fig.legend(
        handles=[_square((0, 0), see) for see in SEES], labels=SEES, loc="outside lower left",
        ncols=len(SEES), handlelength=1.2, handleheight=1.2,
    )  # fmt: skip
    return fig


def alt(three: Sequence[Kind]) -> str:
    """Return the figure in words."""
    parts = []
    for kind in three:
        own = (kind.allowed & ~kind.crossed).sum().item()
        across = kind.crossed.sum().item()
        parts.append(
            f"{kind.name}, {kind.purpose} ({kind.models}): {own} of {kind.allowed.numel()} pairs "
            f"by self-attention" + (f", {across} more by cross-attention" if across else "") + "."
        )
    return " ".join(parts)


def _panel(ax: "Axes", kind: Kind) -> None:
    """Draw a square a pair, rows looking at columns."""
    for row, column in torch.cartesian_prod(*[torch.arange(len(kind.tokens))] * 2).tolist():
        see = 1 if kind.crossed[row, column] else 0 if kind.allowed[row, column] else 2
        ax.add_patch(_square((column, row), SEES[see]))
    places = [place + 0.5 for place in range(len(kind.tokens))]
    ax.set(xlim=(0, len(places)), ylim=(len(places), 0), aspect="equal", anchor="NW")
    ax.set_xticks(places, kind.tokens, rotation=90)
    ax.set_yticks(places, kind.tokens)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.set_title(f"{kind.name}\n{kind.purpose}\n{kind.models}", fontsize=11)
    ax.title.set_linespacing(1.4)


def _square(place: tuple[int, int], see: str) -> "Rectangle":
    """Return a square that is full, striped or empty, so that no hue is needed to tell which."""
    from matplotlib.patches import Rectangle

    full, striped, _ = SEES
    edge = {full: figures.BLUE, striped: figures.ORANGE}.get(see, figures.RULE)
    return Rectangle(
        (place[0] + 0.08, place[1] + 0.08),
        0.84,
        0.84,
        facecolor=figures.BLUE if see == full else "white",
        edgecolor=edge,
        hatch="////" if see == striped else None,
    )
