"""A rank of LoRA: what is trained, and a matrix beside its two thin ones, in HTML and in words."""

from collections import defaultdict

from course_lib.study.widgets.rank_counts import (
    MATRICES,
    RANKS,
    Adapter,
    file_bytes,
    n_in_pair,
    smollm2_shape,
    too_large_from,
    training_bytes,
)

SIDE = 576  # of the matrix that is drawn: query's, and output's
SQUARE = (SIDE, SIDE)
SCALE = 200 / SIDE  # pixels for a row or a column
THIN = 1.5  # pixels of what is too thin to be seen
WIDTH, HEIGHT, TOP = 760, 354, 30
LEFT_W, LEFT_B, LEFT_A = 10, 270, 420  # left ends of the three matrices
LEFT, RIGHT, BARS, ROW, THICK = 140, 700, 262, 28, 18  # the bars: their ends, top, rows
AXIS = 450_000  # numbers at the right end
FIRST_TICK = 32  # below it the axis has no room for a rank's number
HUES = {"frozen": "gray", "trained": "orange"}
CAPTION = "Numbers that LoRA trains in SmolLM2-135M, and their share of the whole"

STYLE = """
.ttt-rank{display:block;width:100%;max-width:760px;height:auto;margin:.6em 0 .4em}
.ttt-rank text{font-size:14px;fill:var(--jp-content-font-color1,currentColor)}
.ttt-rank .ttt-sign{font-size:22px}
.ttt-rank .ttt-name{font-weight:600}
.ttt-rank rect{stroke:var(--ttt-hue);stroke-width:1}
.ttt-rank .ttt-frozen{fill:none;stroke-dasharray:6 4;stroke-width:1.5}
.ttt-rank .ttt-trained{fill:var(--ttt-hue);stroke:none}
.ttt-rank .ttt-limit{stroke:var(--ttt-plum);stroke-width:2;stroke-dasharray:5 3}
.ttt.ttt .ttt-sizes{margin:.4em 0 1.2em}
"""


def percent(share: float) -> str:
    """Return a share in percent, in three digits.

    Example:
        >>> percent(0.000428206), percent(0.580988)
        ('0.0428%', '58.1%')
    """
    return f"{100 * share:.3g}%"


def megabytes(n_bytes: int) -> str:
    """Return a number of bytes in millions, in three digits.

    Example:
        >>> megabytes(230_400), megabytes(1_614_180_096), megabytes(691_200)
        ('0.23 MB', '1,614 MB', '0.691 MB')
    """
    millions = n_bytes / 1e6
    return f"{millions:,.0f} MB" if millions >= 100 else f"{millions:.3g} MB"


def headline(adapter: Adapter) -> str:
    """Say how many numbers are trained."""
    return (
        f"Rank {adapter.rank} in {adapter.matrices}: {adapter.n_trained:,} numbers are trained, "
        f"{percent(adapter.share)} of {smollm2_shape().n_params:,}."
    )


def memory(adapter: Adapter) -> str:
    """Say what the file and the training take, against those of full fine-tuning."""
    n_all, n = smollm2_shape().n_params, adapter.n_trained
    return (
        f"Its file has {file_bytes(n):,} bytes in float32: {megabytes(file_bytes(n))} instead of "
        f"{megabytes(file_bytes(n_all))}. Gradients and AdamW's two means take "
        f"{megabytes(training_bytes(n))} instead of {megabytes(training_bytes(n_all))}."
    )


def compare(adapter: Adapter) -> str:
    """Say how the two thin matrices compare with the one beside them."""
    n_pair, n_square = n_in_pair(SQUARE, adapter.rank), SIDE * SIDE
    said = (
        f"Beside W of {SIDE} × {SIDE}, b and a hold {n_pair:,} numbers, "
        f"{percent(n_pair / n_square)} of the {n_square:,} in W. From rank "
        f"{too_large_from(SQUARE)} on they would hold more than W."
    )
    return " ".join([said, *_too_large(adapter)])


def _too_large(adapter: Adapter) -> list[str]:
    """Say of each shape of the chosen matrices whether the two beside it hold more already."""
    by_shape = defaultdict(list)
    for name in adapter.too_large:
        by_shape[smollm2_shape().shapes[name]].append(name)
    return [
        f"Beside {' and '.join(names)} ({n_out} × {n_in}) they do already: there it is so from "
        f"rank {too_large_from((n_out, n_in))} on."
        for (n_out, n_in), names in by_shape.items()
    ]


def draw_adapter(adapter: Adapter, live: bool = True) -> str:
    """Return the sentences, a table against full fine-tuning, and the matrices to scale."""
    region = ' aria-live="polite"' if live else ""
    label = (
        f"To scale: W, {SIDE} by {SIDE}, frozen; beside it b, {SIDE} by {adapter.rank}, and a, "
        f"{adapter.rank} by {SIDE}, trained. Below, bars: W holds {SIDE * SIDE:,} numbers, b and a "
        f"together {n_in_pair(SQUARE, adapter.rank):,}; a line marks rank "
        f"{too_large_from(SQUARE)}, where they pass W."
    )
    return (
        f'<div{region}><p class="ttt-title">{headline(adapter)}</p>'
        f'<p>{compare(adapter)}</p><p class="ttt-hidden">{memory(adapter)}</p></div>'
        f'<svg class="ttt-rank" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"{_matrices(adapter.rank)}{_bars(adapter.rank)}</svg>{_against_full(adapter)}"
    )


def draw_table() -> str:
    """Return a table, a row a rank, for each choice of matrices."""
    heads = "".join(f'<th scope="col" class="ttt-number">{name}</th>' for name in MATRICES)
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row" class="ttt-number">{rank}</th>'
        + "".join(f'<td class="ttt-number">{_told(Adapter(rank, x))}</td>' for x in MATRICES)
        + "</tr>"
        for rank in RANKS
    )
    return (
        f'<table><caption>{CAPTION}</caption><thead><tr class="ttt-row">'
        f'<th scope="col" class="ttt-number">rank</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def describe(adapter: Adapter) -> str:
    """Return the sentences and the table in plain text."""
    lines = [headline(adapter), compare(adapter), memory(adapter), f"{CAPTION}:"]
    for rank in RANKS:
        told = "; ".join(f"{name} {_told(Adapter(rank, name))}" for name in MATRICES)
        lines.append(f"rank {rank}: {told}")
    return "\n".join(lines)


def _told(adapter: Adapter) -> str:
    return f"{adapter.n_trained:,} ({percent(adapter.share)})"


def place(n_numbers: int) -> float:
    """Return where a bar of so many numbers ends, in pixels from the left."""
    return LEFT + n_numbers / AXIS * (RIGHT - LEFT)


def _in_bytes(n_bytes: int) -> str:
    return f"{n_bytes:,} ({megabytes(n_bytes)})"


def _against_full(adapter: Adapter) -> str:
    n_all, n = smollm2_shape().n_params, adapter.n_trained
    rows = {
        "numbers trained": (f"{n:,}", f"{n_all:,}"),
        "bytes of the file, in float32": (_in_bytes(file_bytes(n)), _in_bytes(file_bytes(n_all))),
        "bytes of gradients and AdamW's two means": (
            _in_bytes(training_bytes(n)),
            _in_bytes(training_bytes(n_all)),
        ),
    }
    body = "".join(
        f'<tr class="ttt-row"><th scope="row">{name}</th>'
        + "".join(f'<td class="ttt-number">{value}</td>' for value in values)
        + "</tr>"
        for name, values in rows.items()
    )
    return (
        '<table class="ttt-sizes"><thead><tr class="ttt-row"><td></td>'
        f'<th scope="col" class="ttt-number">LoRA, rank {adapter.rank}</th>'
        f'<th scope="col" class="ttt-number">full fine-tuning</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _matrices(rank: int) -> str:
    """Return W + b × a: rows and columns to scale, and what each is called above it."""
    side, thin = SIDE * SCALE, max(rank * SCALE, THIN)
    middle = TOP + side / 2 + 8
    small = "too thin to be drawn to scale" if rank * SCALE < THIN else ""
    return (
        _matrix("W", (SIDE, SIDE), LEFT_W, (side, side), "frozen")
        + f'<text class="ttt-sign" x="{(LEFT_W + side + LEFT_B) / 2:.1f}" y="{middle:.1f}" '
        'text-anchor="middle">+</text>'
        + _matrix("b", (SIDE, rank), LEFT_B, (thin, side), "trained")
        + f'<text class="ttt-sign" x="{(LEFT_B + thin + LEFT_A) / 2:.1f}" y="{middle:.1f}" '
        'text-anchor="middle">×</text>'
        + _matrix("a", (rank, SIDE), LEFT_A, (side, thin), "trained")
        + f'<text x="{LEFT_A}" y="{TOP + 22}">{small}</text>'
    )


def _matrix(
    name: str, shape: tuple[int, int], left: float, size: tuple[float, float], kind: str
) -> str:
    width, height = size
    return (
        f'<g class="ttt-{HUES[kind]}">'
        f'<text x="{left}" y="18"><tspan class="ttt-name">{name}</tspan> '
        f"{shape[0]} × {shape[1]}, {kind}</text>"
        f'<rect class="ttt-{kind}" x="{left}" y="{TOP}" width="{width:.2f}" '
        f'height="{height:.2f}"/></g>'
    )


def _bars(rank: int) -> str:
    """Return how many numbers W holds, and b and a; and the rank from which on it is more."""
    n_square, n_pair = SIDE * SIDE, n_in_pair(SQUARE, rank)
    limit, from_rank = place(n_square), too_large_from(SQUARE)
    axis, end = BARS + 2 * ROW, BARS + 2 * ROW + 18
    ticks = "".join(
        f'<text x="{place(n_in_pair(SQUARE, tick)):.1f}" y="{end}" text-anchor="middle">'
        f"{tick}</text>"
        for tick in RANKS
        if tick >= FIRST_TICK
    )
    return (
        _bar(f"W: {n_square:,}", n_square, BARS, "frozen")
        + _bar(f"b and a: {n_pair:,}", n_pair, BARS + ROW, "trained")
        + f'<g class="ttt-plum"><line class="ttt-limit" x1="{limit:.1f}" x2="{limit:.1f}" '
        f'y1="{BARS - 6}" y2="{axis}"/><text x="{limit + 8:.1f}" y="{BARS + ROW + 14}">'
        f"rank {from_rank} on: more than W</text></g>"
        f'<text x="{LEFT - 8}" y="{end}" text-anchor="end">rank</text>{ticks}'
    )


def _bar(name: str, n_numbers: int, top: float, kind: str) -> str:
    return (
        f'<g class="ttt-{HUES[kind]}"><text x="{LEFT - 8}" y="{top + 14}" text-anchor="end">{name}'
        f'</text><rect class="ttt-{kind}" x="{LEFT}" y="{top}" '
        f'width="{max(place(n_numbers) - LEFT, THIN):.2f}" height="{THICK}"/></g>'
    )
