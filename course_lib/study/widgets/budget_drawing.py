"""Where a model's parameters are, as a bar of parts, as a table and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from course_lib.study.widgets.choosing import percent

WIDTH, HEIGHT = 680, 44
LETTER = 10  # pixels that a letter of a part's name takes at most
# part -> (its name, its hue); neighbors differ in brightness, too.
PARTS = {
    "attention": ("attention", "plum"),
    "feed_forward": ("feed-forward", "blue"),
    "embeddings": ("embeddings", "pine"),
    "norms": ("norms", "gray"),
}
LEAST = {"n_positions": 0}  # every other size is at least 1
MOST = 10_000_000
UNITS = ("bytes", "kB", "MB", "GB", "TB")
CAPTION = "Where the parameters are, as shares of all"
COLUMNS = (
    "parameters",
    "in 16 bits",
    "attention",
    "feed-forward",
    "embeddings",
    "feed-forward without embeddings",
)

STYLE = """
.ttt-budget{display:block;width:100%;max-width:680px;height:auto;margin:.2em 0 .5em}
.ttt-budget text{font-size:14px;fill:var(--jp-layout-color0,#fff)}
.ttt.ttt .ttt-row th.ttt-model{white-space:nowrap}
.ttt-swatch{display:inline-block;width:12px;height:12px;margin-right:7px;
background:var(--ttt-hue)}
"""


@dataclass(frozen=True)
class Budget:
    """How many parameters each part of a model has.

    Attributes:
        parts: {part: parameters} for each of `PARTS`.
        total: all of them.
    """

    parts: Mapping[str, int]
    total: int

    def share(self, part: str) -> float:
        return self.parts[part] / self.total

    @property
    def feed_forward_without_embeddings(self) -> float:
        return self.parts["feed_forward"] / (self.total - self.parts["embeddings"])


def problem(config: Mapping[str, int | bool]) -> str:
    """Return what is wrong with a shape in one sentence, or nothing."""
    for name, size in config.items():
        least = LEAST.get(name, 1)
        if not isinstance(size, bool) and not least <= size <= MOST:
            return f"{name} must be from {least} to {MOST:,}, and it is {size:,}."
    for whole, part in (("d_model", "n_head"), ("n_head", "n_kv_head")):
        if config[whole] % config[part]:
            return (
                f"{whole} must be a multiple of {part}, and {config[whole]:,} is no multiple of "
                f"{config[part]:,}."
            )
    return ""


def new_budget(counts: Mapping[str, int]) -> Budget:
    """Return what a `count` function has counted, without what is not drawn."""
    return Budget({part: counts[part] for part in PARTS}, counts["total"])


def number_of_bytes(n: float) -> str:
    """Return bytes in the largest unit that fits, a thousand of one being one of the next.

    Example:
        >>> number_of_bytes(538_060_032), number_of_bytes(1.6234e12)
        ('538 MB', '1.62 TB')
    """
    power = min(int(f"{n:.2e}"[-2:]) // 3, len(UNITS) - 1)
    value = n / 1000**power
    digits = f"{value:,.0f}" if value >= 99.95 or power == 0 else f"{value:.3g}"
    return f"{digits} {UNITS[power]}"


def sentences(budget: Budget) -> list[str]:
    """Say how large the model is, and what part of it is the feed-forward half."""
    return [
        f"{budget.total:,} parameters: {number_of_bytes(4 * budget.total)} in fp32, "
        f"{number_of_bytes(2 * budget.total)} in 16 bits.",
        f"Feed-forward is {percent(budget.share('feed_forward'))} of all, "
        f"{percent(budget.feed_forward_without_embeddings)} without embeddings.",
    ]


def draw_budget(budget: Budget) -> str:
    """Return the sentences, the bar, and a row a part with its number and share."""
    size, share = sentences(budget)
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row" class="ttt-{hue}"><span class="ttt-swatch"></span>'
        f'{name}</th><td class="ttt-number">{budget.parts[part]:,}</td>'
        f'<td class="ttt-number">{percent(budget.share(part))}</td></tr>'
        for part, (name, hue) in PARTS.items()
    )
    heads = (
        '<th scope="col">part</th><th scope="col" class="ttt-number">parameters</th>'
        '<th scope="col" class="ttt-number">share</th>'
    )
    return (
        f'<div aria-live="polite"><p class="ttt-title">{size}</p><p>{share}</p></div>'
        f"{_bar(budget)}<table><thead>"
        f'<tr class="ttt-row">{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )


def draw_table(budgets: Mapping[str, Budget]) -> str:
    """Return a table, a row a model."""
    heads = "".join(f'<th scope="col" class="ttt-number">{name}</th>' for name in COLUMNS)
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row" class="ttt-model">{name}</th>'
        + "".join(f'<td class="ttt-number">{value}</td>' for value in _values(budget))
        + "</tr>"
        for name, budget in budgets.items()
    )
    return (
        f'<table><caption>{CAPTION}</caption><thead><tr class="ttt-row">'
        f'<th scope="col">model</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )


def describe(budgets: Mapping[str, Budget]) -> str:
    """Return the same in plain text, a line a model."""
    lines = [CAPTION]
    for name, budget in budgets.items():
        pairs = zip(COLUMNS, _values(budget), strict=True)
        lines.append(f"{name}: " + ", ".join(f"{column} {value}" for column, value in pairs))
    return "\n".join(lines)


def _values(budget: Budget) -> Sequence[str]:
    parts = ("attention", "feed_forward", "embeddings")
    return [
        f"{budget.total:,}",
        number_of_bytes(2 * budget.total),
        *[percent(budget.share(part)) for part in parts],
        percent(budget.feed_forward_without_embeddings),
    ]


def _bar(budget: Budget) -> str:
    """Return the parts side by side, each as wide as its share, named where the name fits."""
    left, pieces, said = 0.0, [], []
    for part, (name, hue) in PARTS.items():
        width = budget.share(part) * WIDTH
        said.append(f"{name} {percent(budget.share(part))}")
        text = name if width > LETTER * len(name) else ""
        pieces.append(
            f'<g class="ttt-{hue}"><title>{said[-1]}</title>'
            f'<rect x="{left:.1f}" width="{max(width - 2, 0.5):.1f}" height="{HEIGHT}" '
            f'fill="var(--ttt-hue)"/><text x="{left + width / 2:.1f}" y="{HEIGHT / 2 + 5}" '
            f'text-anchor="middle">{text}</text></g>'
        )
        left += width
    return (
        f'<svg class="ttt-budget" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="Shares of all parameters: {", ".join(said)}">{"".join(pieces)}</svg>'
    )
