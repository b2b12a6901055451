"""What a training run costs, beside the runs of known models: bars as HTML, and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10

from course_lib.study.training_cost import CHINCHILLA, RUNS, Plan

WIDTH, ROW = 680, 28
LEFT, RIGHT, TOP, BOTTOM = 140, 600, 6, 46  # room for names, numbers and the axis, in pixels
LOWEST, HIGHEST = 20, 26  # powers of ten at the ends of the axis
THICK, THIN = 18, 2  # pixels of a bar, and of what is too short for one
MOST_TOKENS, MOST_CHIPS, MOST_DOLLARS = 1e9, 10_000_000, 1_000  # tokens in billions
CAPTION = "Known models, each with the tokens of its paper"
COLUMNS = ("parameters", "tokens", "tokens a parameter", "FLOPs", "chip-hours", "time", "dollars")

STYLE = """
.ttt-bill{display:block;width:100%;max-width:680px;height:auto;margin:.2em 0 .7em}
.ttt-bill text{font-size:13px;fill:var(--jp-content-font-color1,currentColor)}
.ttt-bill line{stroke:var(--ttt-rule)}
.ttt-bill .ttt-chosen text{font-weight:700}
.ttt.ttt .ttt-row th.ttt-model{white-space:nowrap}
.ttt.ttt .ttt-bills .ttt-row th,.ttt.ttt .ttt-bills .ttt-row td{padding-right:14px}
"""


@dataclass(frozen=True)
class Bill:
    """A plan for one of the known models, whose tokens may be other than its paper's."""

    model: str
    plan: Plan


def problem(tokens: float, chips: int, percent: float, price: float) -> str:
    """Return what is wrong with the numbers in the fields in one sentence, or nothing."""
    if not 0 < tokens <= MOST_TOKENS:
        return (
            f"Tokens must be above 0 and at most {MOST_TOKENS:,.0f} billion, and it is {tokens:g}."
        )
    if not 1 <= chips <= MOST_CHIPS:
        return f"Chips must be from 1 to {MOST_CHIPS:,}, and it is {chips:,}."
    if not 0 < percent <= 100:
        return f"Part of the peak must be above 0 and at most 100 percent, and it is {percent:g}."
    if not 0 <= price <= MOST_DOLLARS:
        return f"Dollars an hour must be from 0 to {MOST_DOLLARS:,}, and it is {price:g}."
    return ""


def power(value: float) -> str:
    """Return a large number with a power of ten.

    Example:
        >>> power(7.2e23), power(3.791e25), power(9.996e20)
        ('7.20e23', '3.79e25', '1.00e21')
    """
    return f"{value:.2e}".replace("e+", "e")


def in_words(value: float) -> str:
    """Return a number in three digits, with a word for large ones.

    Example:
        >>> in_words(0.034), in_words(12.345), in_words(505_561), in_words(1.8e6), in_words(15.6e12)
        ('0.034', '12.3', '506,000', '1.8 million', '15.6 trillion')
    """
    rounded = float(f"{value:.3g}")
    if rounded < 1e6:
        return f"{rounded:,.0f}" if rounded >= 100 else f"{value:.3g}"
    for unit, word in ((1e15, ""), (1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if rounded >= unit:
            return f"{rounded / unit:.3g} {word}" if word else power(value)
    raise AssertionError("a million is the last unit")


def duration(days: float) -> str:
    """Return a time in hours, days or years.

    Example:
        >>> duration(1 / 24), duration(0.5), duration(20.57), duration(1000)
        ('1 hour', '12 hours', '20.6 days', '2.74 years')
    """
    if days < 2:
        hours = in_words(24 * days)
        return f"{hours} hour" if hours == "1" else f"{hours} hours"
    return f"{in_words(days)} days" if days < 730 else f"{in_words(days / 365.25)} years"


def ratio(tokens_per_param: float) -> str:
    """Say how many tokens a parameter sees, and how that compares with Chinchilla's."""
    times = tokens_per_param / CHINCHILLA
    if 0.95 <= times < 1.05:
        compared = f"as for Chinchilla, which had {CHINCHILLA}"
    elif times > 1:
        compared = f"{in_words(times)} times the {CHINCHILLA} of Chinchilla"
    else:
        compared = f"fewer than the {CHINCHILLA} of Chinchilla by a factor of {in_words(1 / times)}"
    return f"Tokens for each parameter: {in_words(tokens_per_param)}, {compared}."


def sentences(bill: Bill) -> list[str]:
    """Say what the run takes, how long and what it costs, and how well it feeds its model."""
    plan, paper = bill.plan, RUNS[bill.model]
    as_published = plan.n_tokens == paper.n_tokens
    told = f" (its paper says {power(paper.flops)})" if as_published and paper.flops else ""
    chips = plan.chip if plan.n_chips == 1 else f"{plan.chip}s"
    return [
        f"{bill.model} on {in_words(plan.n_tokens)} tokens: {power(plan.flops)} FLOPs{told}, "
        f"{in_words(plan.chip_hours)} {plan.chip}-hours.",
        f"On {plan.n_chips:,} {chips} at {100 * plan.utilization:.3g}% of the peak that is "
        f"{duration(plan.days)}. In US dollars: {plan.price:.3g} for an hour of each, "
        f"{in_words(plan.dollars)} in all.",
        ratio(plan.tokens_per_param),
    ]


def flops_of_all(bill: Bill) -> dict[str, float]:
    """Return the FLOPs of each known model; those of the chosen one with the tokens chosen."""
    known = {name: Plan(run.n_params, run.n_tokens, "", 1, 1, 0) for name, run in RUNS.items()}
    return {name: plan.flops for name, plan in {**known, bill.model: bill.plan}.items()}


def draw_bill(bill: Bill, live: bool = True) -> str:
    """Return the sentences and a bar a model; the bar of the chosen one is marked."""
    first, *rest = sentences(bill)
    region = ' aria-live="polite"' if live else ""
    more = "".join(f"<p>{sentence}</p>" for sentence in rest)
    flops = flops_of_all(bill)
    bars = "".join(
        _bar(name, value, TOP + row * ROW, name == bill.model)
        for row, (name, value) in enumerate(flops.items())
    )
    height = TOP + len(flops) * ROW + BOTTOM
    told = ", ".join(f"{name} {power(value)}" for name, value in flops.items())
    return (
        f'<div{region}><p class="ttt-title">{first}</p>{more}</div>'
        f'<svg class="ttt-bill" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="FLOPs of training: {told}. Marked: {bill.model}.">{_axis(height)}{bars}</svg>'
    )


def draw_table(plans: Mapping[str, Plan]) -> str:
    """Return a table, a row a model."""
    heads = "".join(f'<th scope="col" class="ttt-number">{name}</th>' for name in COLUMNS)
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row" class="ttt-model">{name}</th>'
        + "".join(f'<td class="ttt-number">{value}</td>' for value in _values(plan))
        + "</tr>"
        for name, plan in plans.items()
    )
    return (
        f'<table class="ttt-bills"><caption>{CAPTION}</caption><thead><tr class="ttt-row">'
        f'<th scope="col">model</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )


def describe(bill: Bill, plans: Mapping[str, Plan]) -> str:
    """Return the sentences and the table in plain text."""
    lines = [*sentences(bill), f"{CAPTION}:"]
    for name, plan in plans.items():
        pairs = zip(COLUMNS, _values(plan), strict=True)
        lines.append(f"{name}: " + ", ".join(f"{column} {value}" for column, value in pairs))
    return "\n".join(lines)


def _values(plan: Plan) -> Sequence[str]:
    return [
        in_words(plan.n_params),
        in_words(plan.n_tokens),
        in_words(plan.tokens_per_param),
        power(plan.flops),
        in_words(plan.chip_hours),
        duration(plan.days),
        in_words(plan.dollars),
    ]


def place(flops: float) -> float:
    """Return where a number of FLOPs stands on the axis, in pixels from the left."""
    inside = min(max(log10(flops), LOWEST), HIGHEST)
    return LEFT + (inside - LOWEST) / (HIGHEST - LOWEST) * (RIGHT - LEFT)


def _axis(height: int) -> str:
    """Return a line and its label for each power of ten, and what the axis measures."""
    floor = height - BOTTOM
    lines = "".join(
        f'<line x1="{place(10.0**n):.1f}" x2="{place(10.0**n):.1f}" y1="{TOP}" y2="{floor}"/>'
        f'<text x="{place(10.0**n):.1f}" y="{floor + 17}" text-anchor="middle">1e{n}</text>'
        for n in range(LOWEST, HIGHEST + 1)
    )
    middle = (LEFT + RIGHT) / 2
    named = "FLOPs of the whole training; each line is ten times the one before"
    return f'{lines}<text x="{middle}" y="{height - 6}" text-anchor="middle">{named}</text>'


def _bar(name: str, flops: float, top: float, chosen: bool) -> str:
    right = max(place(flops), LEFT + THIN)
    base = top + (ROW + THICK) / 2 - 4
    return (
        f'<g class="ttt-{"orange ttt-chosen" if chosen else "blue"}">'
        f'<text x="{LEFT - 8}" y="{base:.1f}" text-anchor="end">{"▸ " if chosen else ""}{name}'
        f'</text><rect x="{LEFT}" y="{top + (ROW - THICK) / 2:.1f}" width="{right - LEFT:.1f}" '
        f'height="{THICK}" rx="2" fill="var(--ttt-hue)"/>'
        f'<text x="{right + 7:.1f}" y="{base:.1f}">{power(flops)}</text></g>'
    )
