"""Draw words as points of a flat map."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from course_lib.study.figures import BLUE, INK, ORANGE, PINE, PLUM

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS = "osD^v"  # each kind has a shape of its own, and a color; the last is hollow
SIDES = ((1, 1), (1, -1), (-1, 1), (-1, -1))  # right or left, up or down, the best first
COLORS = (BLUE, ORANGE, PLUM, PINE, INK)


def points(
    table: Tensor, directions: Tensor, ids: Mapping[str, int], groups: Mapping[str, Sequence[str]]
) -> tuple[list[str], list[str], Tensor]:
    """Return the words of the groups that have an id, the kind of each, and their places.

    Args:
        table: (V, C) a vector for each id.
        directions: (2, C) the axes of the map, of length 1 and at a right angle.
        groups: kind -> words.

    Returns:
        n words, n kinds, and (n, 2) places, whose mean is the middle of the map.
    """
    pairs = [(word, kind) for kind, group in groups.items() for word in group if word in ids]
    words, kinds = [word for word, _ in pairs], [kind for _, kind in pairs]
    vectors = table[torch.tensor([ids[word] for word in words])]  # (n, C)
    return words, kinds, (vectors - vectors.mean(dim=0)) @ directions.T


def draw(
    ax: "Axes",
    table: Tensor,
    directions: Tensor,
    ids: Mapping[str, int],
    groups: Mapping[str, Sequence[str]],
    named: int = 1,
) -> None:
    """Draw the words of at most five groups, and write the first words of each group.

    Args:
        table, directions, ids, groups: as in `points`.
        named: how many words of each group are written beside their points.
    """
    if len(groups) > len(MARKERS):
        raise ValueError(f"expected at most {len(MARKERS)} groups, got {len(groups)}")
    words, kinds, places = points(table, directions, ids, groups)
    taken = places  # where a name should not stand: marks, and names that are written already
    for kind, color, marker in zip(groups, COLORS, MARKERS, strict=False):
        mine = [i for i, its in enumerate(kinds) if its == kind]
        x, y = places[mine].T.tolist()
        fill = "none" if color == INK else color
        ax.plot(x, y, marker, color=color, markerfacecolor=fill, markersize=5, label=kind)
        for i in mine[:named]:
            right, up = min(SIDES, key=lambda side, i=i: _covered(words[i], places[i], taken, side))
            ax.annotate(
                words[i],
                places[i].tolist(),
                xytext=(5 * right, 3 if up > 0 else -11),
                textcoords="offset points",
                ha="left" if right > 0 else "right",
                fontsize=9,
                color=color,
            )
            low, high = _box(words[i], places[i], taken, (right, up))
            taken = torch.cat([taken, torch.stack([low, (low + high) / 2, high])])
    ax.set(xticks=[], yticks=[])
    ax.set_aspect("equal", "datalim")  # a step to the right is as long as a step up
    ax.grid(visible=False)
    ax.margins(0.12)


def _box(word: str, point: Tensor, taken: Tensor, side: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Return about where a name would stand on a side of its point: lower left, upper right."""
    span = (taken.max(dim=0).values - taken.min(dim=0).values).max().item()
    far = torch.tensor([0.02 * len(word) + 0.02, 0.05]) * span * torch.tensor(side)
    return torch.minimum(point, point + far), torch.maximum(point, point + far)


def _covered(word: str, point: Tensor, taken: Tensor, side: tuple[int, int]) -> int:
    """Return how many points a name would cover."""
    low, high = _box(word, point, taken, side)
    return int(((taken >= low) & (taken <= high)).all(dim=-1).sum())
