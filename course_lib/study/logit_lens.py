"""Read the stream of SmolLM2 between its layers, as if the model ended there.

nostalgebraist, 2020, "interpreting GPT: the logit lens": the final norm and the head, made for the
stream after the last layer, are put on the stream before it. A station is a place to look: station
0 is the stream that enters, station k the stream after k layers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from course_lib import smollm2
from course_lib.llm.model import GPT
from course_lib.study import next_token
from course_lib.study.figures import BLUE
from course_lib.study.strips import visible
from course_lib.study.widgets.choosing import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LAST, STEP = 7, 4  # the last stations are all drawn, every fourth of those before
MOST_TOKENS = 12
ROW_LETTERS = 84  # that fit side by side in the picture


@dataclass(frozen=True)
class Lens:
    """What is read at 31 stations of a text of T tokens.

    Attributes:
        pieces: the text of each token.
        guesses: (31, T) the likeliest next token, by station and token.
        probs: (31, T) the probability of this guess.
        ranks: {word: rank at each station} after the last token; rank 1 is the likeliest.
        word_probs: {word: probability at each station} after the last token.
    """

    pieces: list[str]
    guesses: list[list[str]]
    probs: Tensor
    ranks: dict[str, list[int]]
    word_probs: dict[str, list[float]]


@torch.inference_mode()
def read(model: GPT, streams: Sequence[Tensor]) -> Tensor:
    """Return the probabilities (n, T, V) that are read from n streams (T, C)."""
    return model.head(model.norm(torch.stack(list(streams)))).softmax(dim=-1)


def lens(text: str, words: Sequence[str] = ()) -> Lens:
    """Return what SmolLM2 would guess at each station of a text.

    Args:
        words: one token each, with the space before it, such as " Paris".

    Raises:
        ValueError: if a word is not one token, or the text has none.
    """
    ids = {word: _one_token(word) for word in words}
    journey = next_token.journey(text)
    probs = read(next_token.load(), journey.layers)  # (31, T, V)
    best = probs.max(dim=-1)
    end = probs[:, -1]  # (31, V)
    return Lens(
        pieces=journey.pieces,
        guesses=[[next_token.piece(i) for i in row] for row in best.indices.tolist()],
        probs=best.values,
        ranks={w: ((end > end[:, i, None]).sum(dim=-1) + 1).tolist() for w, i in ids.items()},
        word_probs={w: end[:, i].tolist() for w, i in ids.items()},
    )


def draw(seen: Lens, title: str = "What the model would say if it ended here") -> "Figure":
    """Return the guesses as a table that is read downwards; pass it to `figures.show`.

    Raises:
        ValueError: if there are more tokens than fit.
    """
    from matplotlib import pyplot
    from matplotlib.colors import LinearSegmentedColormap

    T = len(seen.pieces)
    if T > MOST_TOKENS:
        raise ValueError(f"expected a text of at most {MOST_TOKENS} tokens, got {T}")
    rows = stations(len(seen.guesses))
    fig, ax = pyplot.subplots(figsize=(8.8, 1.5 + 0.29 * len(rows)))
    colors = LinearSegmentedColormap.from_list("probability", ["white", BLUE])
    probs = seen.probs[rows].numpy()
    image = ax.imshow(probs, cmap=colors, vmin=0, vmax=1, alpha=0.7, aspect="auto")
    for y, station in enumerate(rows):
        for x, guess in enumerate(seen.guesses[station]):
            ax.text(x, y, _short(guess, T), ha="center", va="center_baseline", parse_math=False)
    ax.set_xticks(range(T), [_short(piece, T) for piece in seen.pieces], parse_math=False)
    ax.set_yticks(range(len(rows)), [f"{station}" for station in rows])
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.set(ylabel="after so many layers", xlabel="below each token: the guess for the next")
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.hlines([y - 0.5 for y in range(1, len(rows))], -0.5, T - 0.5, "white", "-", linewidth=1.5)
    ax.vlines([x - 0.5 for x in range(1, T)], -0.5, len(rows) - 0.5, "white", "-", linewidth=1.5)
    fig.suptitle(title, x=0.01, ha="left", fontsize=12.5, weight="bold")
    bar = fig.colorbar(image, label="probability of the guess", aspect=30, pad=0.02)
    bar.outline.set_visible(False)
    return fig


def alt(seen: Lens) -> str:
    """Return the figure in words: what is guessed after the last token."""
    rows = stations(len(seen.guesses))
    guesses = [
        f"{_name(seen.guesses[station][-1])} after {station} "
        f"({percent(seen.probs[station, -1].item())})"
        for station in rows
    ]
    said = [f"Guesses after “{''.join(seen.pieces)}”, by layers: {', '.join(guesses)}."]
    for word, ranks in seen.ranks.items():
        places = ", ".join(f"{ranks[station]} after {station}" for station in rows[-LAST:])
        said.append(f"Rank of {_name(word)}: {places}.")
    return " ".join(said)


def stations(n: int) -> list[int]:
    """Return those of n stations that are drawn.

    Example:
        >>> stations(31)
        [0, 4, 8, 12, 16, 20, 24, 25, 26, 27, 28, 29, 30]
    """
    return [*range(0, n - LAST, STEP), *range(max(n - LAST, 0), n)]


def _name(token: str) -> str:
    """Return a token with its spaces made visible; a space alone would look like a full stop."""
    return "(space)" if token == " " else visible(token)


def _short(token: str, T: int) -> str:
    """Return a token's name as it fits into one of T columns; a box stands for unknown letters."""
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    name = "".join(c if font.get_char_index(ord(c)) else "□" for c in _name(token))
    most = ROW_LETTERS // T
    return name if len(name) <= most else name[: most - 1] + "…"


def _one_token(word: str) -> int:
    ids = smollm2.load_tokenizer().encode_ordinary(word)
    if len(ids) != 1:
        raise ValueError(f"expected one token, got {len(ids)}: {[*map(next_token.piece, ids)]}")
    return ids[0]
